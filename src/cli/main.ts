import { Command, CommanderError } from "commander";
import { printable } from "../runner/sanitize.ts";
import { declareOnPullRequest } from "./declare/on-pull-request.ts";
import { declareOnSpec } from "./declare/on-spec.ts";
import { declareOnStored } from "./declare/on-stored.ts";
import { declareOnWriting } from "./declare/on-writing.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

// Put in by the build, from package.json.
declare const VERSION: string;

const program = new Command("distill")
  .description("Distil a large model into a small one, from a YAML spec in git.")
  .version(VERSION, "--version", "print the version")
  .helpOption("-h, --help", "tell what there is")
  .helpCommand(false)
  .configureHelp({
    subcommandTerm: (command) =>
      [command.name(), command.usage().replace("[options]", "").trim()].join(" ").trim(),
  })
  .showHelpAfterError(`("distill --help" tells what there is)`)
  .exitOverride();

declareOnSpec(program);
declareOnPullRequest(program);
declareOnStored(program);
declareOnWriting(program);

// What the user has to mend; no stack is shown.
const userErrors = new Set([
  "StoreUnavailable",
  "StepFailure",
  "RequestFailure",
  "RenderError",
  "ExpressionError",
  "DamagedInput",
]);

// Whoever reads may have seen enough, as "head" does, or the terminal is gone; a run goes on all the same.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  if (process.argv[2] !== "run") process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.ok : exit.usage;
  if (error instanceof Stop) {
    if (error.message !== "") tell(error.message);
    if (error.hint !== undefined) tell(error.hint);
    return error.code;
  }
  if ((error as NodeJS.ErrnoException).code === "EPIPE") return exit.ok;
  if (error instanceof Error && userErrors.has(error.name)) {
    const { message, hint } = error as Error & { readonly hint?: string };
    tell(message);
    if (hint !== undefined) tell(hint);
    return exit.failed;
  }
  tell(`distill has a fault of its own; please report it with this:\n${(error as Error).stack ?? error}`);
  return exit.fault;
}

// A message may quote data, and what a terminal obeys must not come from there.
function tell(text: string): void {
  process.stderr.write(`${text.split("\n").map(printable).join("\n")}\n`);
}
