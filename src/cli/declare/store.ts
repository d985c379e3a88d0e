import type { Command } from "commander";
import { collect } from "./options.ts";

/** Declares `distill store` and the commands under it. */
export function declareStore(program: Command): void {
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
    .action(async (options) => (await import("../commands.ts")).verifyStore(options));

  store
    .command("push <directory> [spec...]")
    .summary("bring what the lock needs to a directory that others pull from")
    .description(
      "Brings the steps that the lock names, with their files and answers, to a directory such as a mounted share or a CI's cache. Checks what is there; goes on where it was, also beside others.",
    )
    .option("--json", "print what was brought as JSON")
    .addHelpText("after", "\nExample:\n  $ distill store push /mnt/team/distill examples/distill.yaml")
    .action(async (directory, specs, options) =>
      (await import("../commands.ts")).pushStore(directory, specs, options),
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
      (await import("../commands.ts")).pullStore(directory, specs, options),
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
    .action(async (options) => (await import("../commands.ts")).eraseStore(options));

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
    .action(async (options) => (await import("../commands.ts")).clearStore(options));
}
