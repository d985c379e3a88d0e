import type { Command } from "commander";
import { declareCompletions } from "./completions.ts";
import { setOption, specOption } from "./options.ts";
import { declareStore } from "./store.ts";

/** Declares the commands that read, share and erase what is stored. */
export function declareOnStored(program: Command): void {
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
    .action(async (spec, options) => (await import("../commands.ts")).report(spec, options));

  declareCompletions(program);

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
    .addHelpText(
      "after",
      "\nExample:\n  $ distill rows select.dropped --limit 3 --spec examples/distill.yaml",
    )
    .action(async (reference, options) => (await import("../commands.ts")).rows(reference, options));

  declareStore(program);
}
