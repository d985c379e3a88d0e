import { Command, CommanderError } from "commander";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

const program = new Command("distill")
  .description("Distil a large model into a small one, from a YAML spec in git.")
  .version("0.1.0", "--version", "print the version")
  .helpOption("-h, --help", "tell what there is")
  .showHelpAfterError(`("distill --help" tells what there is)`)
  .exitOverride();

const setOption = ["--set <name=value...>", "set a value that the spec declares under vars:"] as const;

program
  .command("run [spec]")
  .summary("run what is not kept, and write lock and report beside the spec")
  .description(
    "Validates a spec, plans it, runs every step whose output is not kept, and writes lock and report beside it.",
  )
  .option(...setOption)
  .option("--only <step>", "run this step and what it needs; writes no lock")
  .option("--force <step...>", "run these steps although their output is kept")
  .option("--rebuy <step...>", "let these steps buy again what the lock says was bought")
  .option("--frozen", "run nothing: everything must be kept and be what the lock says")
  .option("--allow-exec", "allow programs that the spec brings")
  .option("--allow-origin <origin...>", "allow requests to these origins")
  .option("--json", "print events as JSON lines, the result last")
  .addHelpText("after", "\nExample:\n  $ distill run examples/distill.yaml")
  .action(async (spec, options) => (await import("./run.ts")).run(spec, options));

program
  .command("plan [spec]")
  .summary("tell what would run, what is reused, and why")
  .description(
    "Tells for every step whether it would run or be reused, and why. Runs nothing, opens no connection.",
  )
  .option(...setOption)
  .option("--force <step...>", "as if these steps had to run")
  .option("--json", "print the plan as JSON")
  .addHelpText("after", "\nExample:\n  $ distill plan examples/distill.yaml")
  .action(async (spec, options) => (await import("./plan.ts")).plan(spec, options));

program
  .command("validate [spec]")
  .summary("check a spec and tell every fault")
  .description("Checks a spec and tells every fault with its place. Runs nothing, opens no connection.")
  .option(...setOption)
  .option("--json", "print the diagnostics as JSON")
  .addHelpText("after", "\nExample:\n  $ distill validate examples/distill.yaml")
  .action(async (spec, options) => (await import("./validate.ts")).validate(spec, options));

program
  .command("schema")
  .summary("print the JSON Schema of a spec")
  .description("Prints the JSON Schema of a spec, for editors and other tools.")
  .addHelpText("after", "\nExample:\n  $ distill schema > distill.schema.json")
  .action(async () => (await import("./schema.ts")).schema());

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.ok : exit.usage;
  if (error instanceof Stop) {
    if (error.message !== "") process.stderr.write(`${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`${error.hint}\n`);
    return error.code;
  }
  if ((error as NodeJS.ErrnoException).code === "EPIPE") return exit.ok;
  if ((error as Error).name === "StoreUnavailable") {
    process.stderr.write(`${(error as Error).message}\n`);
    return exit.failed;
  }
  process.stderr.write(
    `distill has a fault of its own; please report it with this:\n${(error as Error).stack ?? error}\n`,
  );
  return exit.fault;
}
