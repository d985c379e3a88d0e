import type { Command } from "commander";
import { atProviderOption, collect, providersOption } from "./options.ts";

/** Declares `distill completions` and the commands under it. */
export function declareCompletions(program: Command): void {
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
    .action(async (options) => (await import("../commands.ts")).listCompletions(options));

  completions
    .command("show <id>")
    .summary("show one completion")
    .description(
      "Shows one completion: request, answer, metadata and usage. The beginning of its id is enough.",
    )
    .option("--json", "print it as JSON")
    .addHelpText("after", "\nExample:\n  $ distill completions show 3f9c2a")
    .action(async (id, options) => (await import("../commands.ts")).showCompletion(id, options));

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
    .option("--assume-request", "what the file does not tell of their requests was as the spec asks")
    .option("--provider <key=value>", "whose answers they are, without a spec (may be repeated)", collect)
    .option("--metadata <key=value>", "store them all under this too (may be repeated)", collect)
    .option("--skip-bad", "import the good ones although others are bad")
    .option("--dry-run", "only tell what would be imported")
    .option("--json", "print the counts as JSON")
    .addHelpText("after", "\nExample:\n  $ distill completions import chats.jsonl --metadata source=helpdesk")
    .action(async (file, options) => (await import("../commands.ts")).importCompletions(file, options));

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
    .action(async (options) => (await import("../commands.ts")).exportCompletions(options));

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
    .action(async (ids, options) => (await import("../commands.ts")).tagCompletions(ids, options));

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
    .action(async (ids, options) => (await import("../commands.ts")).deleteCompletions(ids, options));
}
