import type { Command } from "commander";
import { againstOption, collect, selectOption, setOption, specOption } from "./options.ts";

/** Declares the commands that run a spec or tell of one. */
export function declareOnSpec(program: Command): void {
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
    .action(async (spec, options) => (await import("../commands.ts")).run(spec, options));

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
    .action(async (spec, options) => (await import("../commands.ts")).plan(spec, options));

  program
    .command("validate [spec]")
    .summary("check a spec and tell every fault")
    .description("Checks a spec and tells every fault with its place. Runs nothing, opens no connection.")
    .option(...setOption)
    .option("--json", "print the diagnostics as JSON")
    .addHelpText("after", "\nExample:\n  $ distill validate examples/distill.yaml")
    .action(async (spec, options) => (await import("../validate.ts")).validate(spec, options));

  program
    .command("explain <step>")
    .summary("tell why a step ran, or would run")
    .description("Tells what changed since a step ran, down to the parameter or the step before it.")
    .option(...specOption)
    .option(...setOption)
    .option(...againstOption)
    .option("--json", "print the causes as JSON")
    .addHelpText("after", "\nExample:\n  $ distill explain student --spec examples/distill.yaml")
    .action(async (step, options) => (await import("../commands.ts")).explain(step, options));

  program
    .command("status [spec]")
    .summary("tell what is kept, the verdict, and the lock's state")
    .description("Tells which steps are kept and what they gave, the verdict, and whether the lock is whole.")
    .option(...setOption)
    .option("--json", "print the state as JSON")
    .addHelpText("after", "\nExample:\n  $ distill status examples/distill.yaml")
    .action(async (spec, options) => (await import("../commands.ts")).status(spec, options));

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
    .action(async (spec, options) => (await import("../commands.ts")).cancel(spec, options));

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
    .option("--yes", "spend without asking; needed where nobody is at a terminal")
    .option("--max-cost <usd>", "send nothing that could cost more than so many US dollars")
    .option("--allow-origin <origin>", "allow requests to this origin (may be repeated)", collect)
    .option("--json", "print answer, probabilities and decision as JSON")
    .addHelpText(
      "after",
      '\nExample:\n  $ distill ask routed "my VPN drops every hour" --spec examples/distill.yaml',
    )
    .action(async (model, text, options) => (await import("../commands.ts")).ask(model, text, options));

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
    .action(async (spec, options) => (await import("../commands.ts")).doctor(spec, options));

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
    .action(async (model, dir, options) => (await import("../commands.ts")).exportModel(model, dir, options));
}
