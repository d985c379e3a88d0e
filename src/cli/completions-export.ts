import { once } from "node:events";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { formatFineTuning, formatOpenAi } from "../runner/import/format-completion.ts";
import { formatOwn } from "../runner/import/own.ts";
import { findStoreRoot } from "../runner/project.ts";
import type { JsonObject } from "../runner/row.ts";
import { openStoreIfPresent } from "../runner/store/open-store.ts";
import type { CompletionRecord } from "../runner/store.ts";
import { formatCounted } from "../steps/format.ts";
import { type FilterFlags, readFilter, withoutCopies } from "./completion-filter.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill completions export`. */
export interface ExportFlags extends FilterFlags {
  readonly format?: string;
  /** The file to write; standard output where it is left out. */
  readonly out?: string;
}

/** `distill completions export`. */
export async function exportCompletions(flags: ExportFlags): Promise<void> {
  const format = formats.get(flags.format ?? "jsonl");
  if (format === undefined)
    throw new Stop(
      exit.usage,
      `there is no format "${flags.format}"`,
      `formats: ${[...formats.keys()].join(", ")}`,
    );
  const filter = readFilter(flags);
  const store = openStoreIfPresent(findStoreRoot(process.cwd()));
  let written = 0;
  let left = 0;
  try {
    const output = flags.out === undefined ? standardOutput : openFile(flags.out);
    try {
      for (const completion of store?.completions(withoutCopies(filter)) ?? []) {
        const record = format(completion);
        if (record === undefined) {
          left += 1;
          continue;
        }
        await output.write(`${JSON.stringify(record)}\n`);
        written += 1;
      }
      output.finish();
    } finally {
      output.discard();
    }
  } finally {
    store?.close();
  }
  const told = [
    `${formatCounted(written, "completion")}${flags.out === undefined ? "" : ` written to ${flags.out}`}`,
    ...(left === 0
      ? []
      : [
          `${formatCounted(left, "completion")} left out: a model should not learn an answer that was cut off, filtered or refused`,
        ]),
  ];
  process.stderr.write(`${told.join("\n")}\n`);
}

/** How a completion is written, by format; undefined where the format has no place for it. */
const formats: ReadonlyMap<string, (completion: CompletionRecord) => JsonObject | undefined> = new Map([
  ["jsonl", formatOwn],
  ["openai", formatOpenAi],
  ["fine-tuning", formatFineTuning],
]);

interface Output {
  write(text: string): Promise<void>;
  /** Makes what was written count. */
  finish(): void;
  /** Takes back what does not count. */
  discard(): void;
}

const standardOutput: Output = {
  async write(text) {
    if (!process.stdout.write(text)) await once(process.stdout, "drain");
  },
  finish() {},
  discard() {},
};

/** A file that appears when it is whole. */
function openFile(path: string): Output {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, "w", 0o600);
  let isOpen = true;
  return {
    async write(text) {
      writeSync(file, text);
    },
    finish() {
      fsyncSync(file);
      closeSync(file);
      isOpen = false;
      renameSync(temporary, path);
    },
    discard() {
      if (!isOpen) return;
      closeSync(file);
      rmSync(temporary, { force: true });
    },
  };
}
