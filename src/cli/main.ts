import { Command, CommanderError } from "commander";
import { printable } from "../runner/sanitize.ts";
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

// One value each time, so that it does not swallow the argument after it.
const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const setOption = [
  "--set <name=value>",
  "set a value that the spec declares under vars: (may be repeated)",
  collect,
] as const;
const specOption = ["--spec <file>", "the spec; by default the one in this folder"] as const;
const atProviderOption = [
  "--at-provider",
  "do it where their provider keeps them too: opens a connection",
] as const;
const providersOption = [
  "--spec <file>",
  "the spec that names the provider; by default the one in this folder",
] as const;
const againstOption = ["--against <rev>", "compare with a revision of git, with or without a store"] as const;
const selectOption = [
  "--select <steps>",
  "only these: steps joined by commas, student+, +exam, state:modified+",
] as const;

program.commandsGroup("A spec:");

program
  .command("run [spec]")
  .summary("run what is not kept, and write lock and report")
  .description(
    "Validates a spec, plans it, runs every step whose output is not kept, and writes lock and report beside it.",
  )
  .option(...setOption)
  .option("--only <step>", "run this step and what it needs; writes no lock")
  .option(...selectOption)
  .option(...againstOption)
  .option("--force <step>", "run this step although its output is kept (may be repeated)", collect)
  .option(
    "--rebuy <step>",
    "let this step buy again what the lock says was bought (may be repeated)",
    collect,
  )
  .option(
    "--refresh <step>",
    "let this step look again for stored completions, whatever it found before (may be repeated)",
    collect,
  )
  .option("--frozen", "run nothing: everything must be kept and be what the lock says")
  .option("--yes", "spend without asking; needed where nobody is at a terminal")
  .option("--max-cost <usd>", "send nothing that could make this run cost more")
  .option(
    "--sample <n>",
    "ask every model only so many questions, so that plan can tell what all of them cost",
  )
  .option("--allow-exec", "allow programs that the spec brings")
  .option("--allow-origin <origin>", "allow requests to this origin (may be repeated)", collect)
  .option(
    "--record <file>",
    "write every exchange with a provider to this file too, without keys; a file that holds some is gone on with. What is kept already is not sent, and so not written",
  )
  .option(
    "--replay <file>",
    "serve a provider's answers from this file: no key, no network; answers are kept apart from those of other runs",
  )
  .option("--json", "print nothing but the result, as one line of JSON")
  .addHelpText("after", "\nExample:\n  $ distill run examples/distill.yaml")
  .action(async (spec, options) => (await import("./commands.ts")).run(spec, options));

program
  .command("plan [spec]")
  .summary("tell what would run, what is reused, and why")
  .description(
    "Tells for every step whether it would run or be reused, and why. Runs nothing, opens no connection.",
  )
  .option(...setOption)
  .option(...againstOption)
  .option(...selectOption)
  .option("--force <step>", "as if this step had to run (may be repeated)", collect)
  .option("--json", "print the plan as JSON")
  .addHelpText("after", "\nExample:\n  $ distill plan examples/distill.yaml --against main")
  .action(async (spec, options) => (await import("./commands.ts")).plan(spec, options));

program
  .command("validate [spec]")
  .summary("check a spec and tell every fault")
  .description("Checks a spec and tells every fault with its place. Runs nothing, opens no connection.")
  .option(...setOption)
  .option("--json", "print the diagnostics as JSON")
  .addHelpText("after", "\nExample:\n  $ distill validate examples/distill.yaml")
  .action(async (spec, options) => (await import("./validate.ts")).validate(spec, options));

program
  .command("explain <step>")
  .summary("tell why a step ran, or would run")
  .description("Tells what changed since a step ran, down to the parameter or the step before it.")
  .option(...specOption)
  .option(...setOption)
  .option(...againstOption)
  .option("--json", "print the causes as JSON")
  .addHelpText("after", "\nExample:\n  $ distill explain student --spec examples/distill.yaml")
  .action(async (step, options) => (await import("./commands.ts")).explain(step, options));

program
  .command("status [spec]")
  .summary("tell what is kept, the verdict, and the lock's state")
  .description("Tells which steps are kept and what they gave, the verdict, and whether the lock is whole.")
  .option(...setOption)
  .option("--json", "print the state as JSON")
  .addHelpText("after", "\nExample:\n  $ distill status examples/distill.yaml")
  .action(async (spec, options) => (await import("./commands.ts")).status(spec, options));

program
  .command("cancel [spec]")
  .summary("cancel batches that wait at a provider")
  .description(
    "Cancels the batches that steps of this spec have handed in and that have not ended, also while a run waits for them. What was answered by then is kept by that run, or by the next one.",
  )
  .option(...setOption)
  .option("--all", "those of every spec of this project, as far as this one names their provider")
  .option("--forget", "let go of them without asking the provider, and fetch nothing of theirs")
  .option("--allow-origin <origin>", "allow requests to this origin (may be repeated)", collect)
  .option("--json", "print what was cancelled as JSON")
  .addHelpText("after", "\nExample:\n  $ distill cancel examples/distill.yaml")
  .action(async (spec, options) => (await import("./commands.ts")).cancel(spec, options));

program
  .command("ask <model> [text]")
  .summary("ask a model of the spec, a trained one or a cascade")
  .description(
    "Asks a model of a spec as the pipeline does: with the prompt that it was examined or trained with. Tells how sure a classifier is, and whether a cascade keeps its answer.",
  )
  .option(...specOption)
  .option(...setOption)
  .option("--prompt <name>", "ask with this prompt of the spec")
  .option("--item <json>", "the item that the prompt reads, where a text is not all of it")
  .option("--allow-origin <origin>", "allow requests to this origin (may be repeated)", collect)
  .option("--json", "print answer, probabilities and decision as JSON")
  .addHelpText(
    "after",
    '\nExample:\n  $ distill ask routed "my VPN drops every hour" --spec examples/distill.yaml',
  )
  .action(async (model, text, options) => (await import("./commands.ts")).ask(model, text, options));

program
  .command("export <model> <dir>")
  .summary("bring a classifier out as modules with a model card")
  .description(
    "Writes a trained classifier, alone or as the first of a cascade, into a folder: modules for JavaScript and Python that need nothing else and answer as distill does to the last bit, test vectors and a model card. Of a model that a provider keeps, the card and its name there.",
  )
  .option(...specOption)
  .option(...setOption)
  .option("--format <formats>", "js, python, or both joined by a comma; by default both")
  .option(
    "--rows <n>",
    "put so many rows of its examination into the test vectors; by default made-up texts alone",
  )
  .option("--language <code>", "a language of the texts, for the card (may be repeated)", collect)
  .option("--license <id>", "the license, for the card; by default unknown")
  .option("--force", "write over what is there")
  .addHelpText("after", "\nExample:\n  $ distill export student out/ --spec examples/distill.yaml")
  .action(async (model, dir, options) => (await import("./commands.ts")).exportModel(model, dir, options));

program
  .command("doctor [spec]")
  .summary("check machine, store, keys and models")
  .description(
    "Checks Node, SQLite, git, the store and what you allow; with a spec also, for every model that a run would ask, the key, the origin, the server and the model. Buys nothing and sends no prompt.",
  )
  .option(...setOption)
  .option("--offline", "open no connection")
  .option("--allow-origin <origin>", "allow requests to this origin (may be repeated)", collect)
  .option("--json", "print what was found as JSON")
  .addHelpText("after", "\nExample:\n  $ distill doctor router.yaml")
  .action(async (spec, options) => (await import("./commands.ts")).doctor(spec, options));

program.commandsGroup("A pull request:");

program
  .command("verify [spec]")
  .summary("recompute every figure and the verdict from what is committed")
  .description(
    "Recomputes every interval, test and gate and the verdict from spec, lock and evidence, and draws the report again: with no store, no key and no network. Tells what does not fit, and where.",
  )
  .option(...setOption)
  .option("--json", "print what was checked and what does not fit as JSON")
  .addHelpText("after", "\nExample:\n  $ distill verify examples/distill.yaml")
  .action(async (spec, options) => (await import("./commands.ts")).verify(spec, options));

program
  .command("lock [spec]")
  .summary("check that the lock is whole and of this spec")
  .description(
    "Checks that the lock is whole and that its keys are those of the spec, without statistics: for hooks and merges.",
  )
  .requiredOption("--check", "check it; a run alone writes it")
  .option(...setOption)
  .option("--json", "print what was checked and what does not fit as JSON")
  .addHelpText("after", "\nExample:\n  $ distill lock --check examples/distill.yaml")
  .action(async (spec, options) =>
    (await import("./commands.ts")).verify(spec, { ...options, lockOnly: true }),
  );

program
  .command("diff [from] [to]")
  .summary("tell what changed in spec, rows, figures and verdict between two revisions")
  .description(
    "Compares what is committed in two revisions, or in one (by default HEAD) and the working tree: spec, rows, rules, figures tested on the items that both have, and the verdict. Reads git, lock and evidence; runs nothing.",
  )
  .option(...specOption)
  .option("--markdown", "print it as the comment of a pull request")
  .option("--json", "print it as JSON")
  .addHelpText("after", "\nExample:\n  $ distill diff main --spec examples/distill.yaml")
  .action(async (from, to, options) => (await import("./commands.ts")).diff(from, to, options));

program.commandsGroup("What is stored:");

program
  .command("report [spec]")
  .summary("print the report of what the store keeps")
  .description("Prints the report as Markdown, drawn from the store. Runs nothing, opens no connection.")
  .option(...setOption)
  .option("--write", "write it beside the spec instead")
  .option("--html [file]", "write it as one page with every item and answer instead; do not commit it")
  .option("--json", "print what it is drawn from as JSON")
  .addHelpText("after", "\nExample:\n  $ distill report examples/distill.yaml")
  .action(async (spec, options) => (await import("./commands.ts")).report(spec, options));

const completions = program
  .command("completions")
  .summary("list, import, export and delete stored completions")
  .description("Stored completions: every request to a model that was kept, with its answer.")
  .usage("<command>");

completions
  .command("list")
  .summary("list completions, the newest last")
  .description("Lists the completions of this project, one a line, the newest last.")
  .option("--model <name>", "only those of this model, as its provider calls it")
  .option("--step <id>", "only those that this step stored")
  .option("--metadata <key=value>", "only those that were stored under this (may be repeated)", collect)
  .option("--created-after <time>", "only those of this day or time and later")
  .option("--created-before <time>", "only those before this day or time")
  .option("--limit <n>", "only the newest so many")
  .option("--json", "print one JSON object a line")
  .addHelpText("after", "\nExample:\n  $ distill completions list --metadata department=Finance --limit 20")
  .action(async (options) => (await import("./commands.ts")).listCompletions(options));

completions
  .command("show <id>")
  .summary("show one completion")
  .description(
    "Shows one completion: request, answer, metadata and usage. The beginning of its id is enough.",
  )
  .option("--json", "print it as JSON")
  .addHelpText("after", "\nExample:\n  $ distill completions show 3f9c2a")
  .action(async (id, options) => (await import("./commands.ts")).showCompletion(id, options));

completions
  .command("import <file>")
  .summary("bring completions in from a file")
  .description(
    "Brings completions in: stored ones of OpenAI with their messages, chats and fine-tuning files as JSON Lines, outputs of promptfoo, and our own export. All or none; fields that have no place are told. With --spec and --model, runs of that spec find them and do not buy them again.",
  )
  .option("--format <format>", "auto, distill, openai, chat, fine-tuning or promptfoo; by default auto")
  .option("--model <name>", "the model's name, where the file tells none; with --spec a model of the spec")
  .option("--spec <file>", "keep them as answers to this spec's requests")
  .option("--prompt <name>", "the prompt of the spec whose request parameters they were asked with")
  .option("--provider <key=value>", "whose answers they are, without a spec (may be repeated)", collect)
  .option("--metadata <key=value>", "store them all under this too (may be repeated)", collect)
  .option("--skip-bad", "import the good ones although others are bad")
  .option("--dry-run", "only tell what would be imported")
  .option("--json", "print the counts as JSON")
  .addHelpText("after", "\nExample:\n  $ distill completions import chats.jsonl --metadata source=helpdesk")
  .action(async (file, options) => (await import("./commands.ts")).importCompletions(file, options));

completions
  .command("export")
  .summary("write completions as JSON Lines")
  .description(
    "Writes completions as JSON Lines: all that is stored of them (jsonl, which import takes back), as OpenAI tells stored completions (openai), or as chats to learn from (fine-tuning).",
  )
  .option("--model <name>", "only those of this model, as its provider calls it")
  .option("--step <id>", "only those that this step stored")
  .option("--metadata <key=value>", "only those that were stored under this (may be repeated)", collect)
  .option("--created-after <time>", "only those of this day or time and later")
  .option("--created-before <time>", "only those before this day or time")
  .option("--limit <n>", "only the newest so many")
  .option("--format <format>", "jsonl, openai or fine-tuning; by default jsonl")
  .option("--out <file>", "write this file instead of standard output")
  .addHelpText("after", "\nExample:\n  $ distill completions export --step capture --format fine-tuning")
  .action(async (options) => (await import("./commands.ts")).exportCompletions(options));

completions
  .command("tag <id...>")
  .summary("set metadata by hand")
  .description(
    "Sets metadata of completions by hand, beside what steps stored them under: up to 16 keys of at most 64 characters, with values of at most 512.",
  )
  .option("--set <key=value>", "set this (may be repeated)", collect)
  .option("--unset <key>", "take away what was set by hand (may be repeated)", collect)
  .option(...atProviderOption)
  .option(...providersOption)
  .option("--allow-origin <origin>", "allow requests to this origin (may be repeated)", collect)
  .addHelpText("after", "\nExample:\n  $ distill completions tag 3f9c2a --set quality=good")
  .action(async (ids, options) => (await import("./commands.ts")).tagCompletions(ids, options));

completions
  .command("delete [id...]")
  .summary("remove completions for good")
  .description(
    "Removes completions for good, and keeps a tombstone without content. What was made from them stays; distill store erase goes through that too.",
  )
  .option("--model <name>", "those of this model, as its provider calls it")
  .option("--step <id>", "those that this step stored")
  .option("--metadata <key=value>", "those that were stored under this (may be repeated)", collect)
  .option("--created-after <time>", "those of this day or time and later")
  .option("--created-before <time>", "those before this day or time")
  .option("--reason <text>", "why, for the tombstones")
  .option(...atProviderOption)
  .option(...providersOption)
  .option("--allow-origin <origin>", "allow requests to this origin (may be repeated)", collect)
  .option("--dry-run", "only tell how many there are")
  .option("--yes", "do not ask")
  .addHelpText("after", "\nExample:\n  $ distill completions delete --metadata task=draft --dry-run")
  .action(async (ids, options) => (await import("./commands.ts")).deleteCompletions(ids, options));

program
  .command("rows <reference>")
  .summary("print the rows of a dataset or of a step's output")
  .description(
    "Prints rows as they are: a dataset, a step's output (select) or one of several (select.dropped).",
  )
  .option(...specOption)
  .option(...setOption)
  .option("--id <id>", "only the rows of this item")
  .option("--limit <n>", "at most so many")
  .option("--json", "print one JSON object a line")
  .addHelpText("after", "\nExample:\n  $ distill rows select.dropped --limit 3 --spec examples/distill.yaml")
  .action(async (reference, options) => (await import("./commands.ts")).rows(reference, options));

const store = program
  .command("store")
  .summary("check, share, clear and erase what is stored")
  .description("The record in .distill/ at the project's root.")
  .usage("<command>");

store
  .command("verify")
  .summary("check every stored value against its sha256")
  .description(
    "Checks every stored value against its sha256, those of replays too; tells what is damaged and sets it aside.",
  )
  .option("--json", "print what is damaged as JSON")
  .addHelpText("after", "\nExample:\n  $ distill store verify")
  .action(async (options) => (await import("./commands.ts")).verifyStore(options));

store
  .command("push <directory> [spec...]")
  .summary("bring what the lock needs to a directory that others pull from")
  .description(
    "Brings the steps that the lock names, with their files and answers, to a directory such as a mounted share or a CI's cache. Checks what is there; goes on where it was, also beside others.",
  )
  .option("--json", "print what was brought as JSON")
  .addHelpText("after", "\nExample:\n  $ distill store push /mnt/team/distill examples/distill.yaml")
  .action(async (directory, specs, options) =>
    (await import("./commands.ts")).pushStore(directory, specs, options),
  );

store
  .command("pull <directory> [spec...]")
  .summary("bring what the lock needs from a directory that others pushed to")
  .description(
    "Brings the steps that the lock names, with their files and answers, from a directory that others pushed to. Checks everything on arrival; what is here already stands.",
  )
  .option("--json", "print what was brought as JSON")
  .addHelpText("after", "\nExample:\n  $ distill store pull /mnt/team/distill && distill run --frozen")
  .action(async (directory, specs, options) =>
    (await import("./commands.ts")).pullStore(directory, specs, options),
  );

store
  .command("erase")
  .summary("remove an item's completions, and all that was made from them")
  .description(
    "Removes completions and every row, result and file that is about the same items, for good: no byte of them stays in .distill/. Tombstones without content keep them from coming back. Tells models that were trained on them, and files of yours that still hold them.",
  )
  .option("--item <id>", "what is about this item (may be repeated)", collect)
  .option("--metadata <key=value>", "what was stored under this (may be repeated)", collect)
  .option("--where <expression>", "rows and completions of which this holds, in CEL as in filter rules")
  .option("--reason <text>", "why, for the tombstones; without personal data")
  .option("--remote <directory>", "erase it in this shared directory too")
  .option("--dry-run", "only tell what would be erased")
  .option("--yes", "do not ask")
  .option("--json", "print what was erased as JSON")
  .addHelpText("after", "\nExample:\n  $ distill store erase --where \"item.customer == 'c17'\" --dry-run")
  .action(async (options) => (await import("./commands.ts")).eraseStore(options));

store
  .command("gc")
  .summary("remove what neither a lock on any branch nor the newest runs need")
  .description(
    "Removes steps and files that no lock needs, on any branch, tag or stash that git has here, nor the newest run of any spec; what was set aside as damaged; and what replays kept, for they can be replayed again. Answers stay: they were paid for.",
  )
  .option("--answers", "also remove answers that no step which stays has asked for")
  .option("--dry-run", "only tell what would be removed")
  .option("--json", "print what was removed as JSON")
  .addHelpText("after", "\nExample:\n  $ distill store gc --dry-run")
  .action(async (options) => (await import("./commands.ts")).clearStore(options));

program.commandsGroup("Writing a spec:");

program
  .command("init [folder]")
  .summary("write a commented spec with data that run")
  .description(
    "Writes a commented spec with made-up data that run with no key and no network. Overwrites nothing.",
  )
  .addHelpText("after", "\nExample:\n  $ distill init shop && cd shop && npx distill run")
  .action(async (folder = ".") => (await import("./commands.ts")).init(folder));

program
  .command("steps [name]")
  .summary("list step types, graders, trainers and providers")
  .description("Lists step types, graders, trainers and providers, or tells the parameters of one.")
  .option("--json", "print their schemas as JSON")
  .addHelpText("after", "\nExample:\n  $ distill steps filter")
  .action(async (name, options) => (await import("./commands.ts")).steps(name, options));

program
  .command("schema")
  .summary("print the JSON Schema of a spec")
  .description("Prints the JSON Schema of a spec, for editors and other tools.")
  .addHelpText("after", "\nExample:\n  $ distill schema > distill.schema.json")
  .action(async () => (await import("./commands.ts")).schema());

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
