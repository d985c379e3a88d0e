import type { Command } from "commander";
import { setOption, specOption } from "./options.ts";

/** Declares the commands that check and compare what is committed. */
export function declareOnPullRequest(program: Command): void {
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
    .action(async (spec, options) => (await import("../commands.ts")).verify(spec, options));

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
      (await import("../commands.ts")).verify(spec, { ...options, lockOnly: true }),
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
    .action(async (from, to, options) => (await import("../commands.ts")).diff(from, to, options));
}
