import type { Command } from "commander";

/** Declares the commands that help to write a spec. */
export function declareOnWriting(program: Command): void {
  program.commandsGroup("Writing a spec:");

  program
    .command("init [folder]")
    .summary("write a commented spec with data that run")
    .description(
      "Writes a commented spec with made-up data that run with no key and no network. Overwrites nothing.",
    )
    .addHelpText("after", "\nExample:\n  $ distill init shop && cd shop && npx distill run")
    .action(async (folder = ".") => (await import("../commands.ts")).init(folder));

  program
    .command("steps [name]")
    .summary("list step types, graders, trainers and providers")
    .description("Lists step types, graders, trainers and providers, or tells the parameters of one.")
    .option("--json", "print their schemas as JSON")
    .addHelpText("after", "\nExample:\n  $ distill steps filter")
    .action(async (name, options) => (await import("../commands.ts")).steps(name, options));

  program
    .command("schema")
    .summary("print the JSON Schema of a spec")
    .description("Prints the JSON Schema of a spec, for editors and other tools.")
    .addHelpText("after", "\nExample:\n  $ distill schema > distill.schema.json")
    .action(async () => (await import("../commands.ts")).schema());
}
