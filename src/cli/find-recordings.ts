import { closeSync, lstatSync, openSync, readdirSync, readSync } from "node:fs";
import { dirname, join } from "node:path";
import { readHeader } from "../runner/exchanges/exchange-line.ts";
import { shownPath } from "../runner/project.ts";
import { readJsonLines } from "../runner/read-rows.ts";
import { stringsIn, textFinder } from "../runner/store/erased-texts.ts";
import { runGit } from "./git.ts";

/** Recordings of `run --record` that hold what is erased, and those that could not be read. */
export interface FoundRecordings {
  readonly holding: readonly { readonly file: string; readonly lines: number }[];
  readonly unread: readonly string[];
}

/**
 * Looks for recordings with these texts: at the project's root, beside its specs, and among the files that git
 * tracks. They are the user's: nothing is changed in them.
 */
export async function findRecordings(options: {
  readonly root: string;
  readonly specs: readonly string[];
  readonly texts: ReadonlySet<string>;
}): Promise<FoundRecordings> {
  const { root, specs, texts } = options;
  const holding: { file: string; lines: number }[] = [];
  const unread: string[] = [];
  if (texts.size === 0) return { holding, unread };
  const holdsText = lineFinder(texts);
  for (const path of await candidates(root, specs)) {
    const file = shownPath(path, root);
    try {
      if (!isRecording(path)) continue;
      let lines = 0;
      for await (const { value } of readJsonLines(path, file)) if (holdsText(value)) lines += 1;
      if (lines > 0) holding.push({ file, lines });
    } catch {
      unread.push(file);
    }
  }
  return { holding, unread };
}

async function candidates(root: string, specs: readonly string[]): Promise<readonly string[]> {
  const folders = new Set([root, ...specs.map((spec) => dirname(join(root, spec)))]);
  const beside = [...folders].flatMap((folder) => namesIn(folder).map((name) => join(folder, name)));
  const tracked = await runGit(root, ["ls-files", "-z", "--", "*.jsonl"]);
  const known = tracked.ok ? tracked.stdout.toString().split("\0") : [];
  const all = [...beside, ...known.filter((name) => name !== "").map((name) => join(root, name))];
  return [...new Set(all)]
    .filter(
      (path) => path.endsWith(".jsonl") && lstatSync(path, { throwIfNoEntry: false })?.isFile() === true,
    )
    .toSorted();
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // The folder of a spec that is gone.
    return [];
  }
}

/** True where the first line of a file is that of a recording. */
function isRecording(path: string): boolean {
  const descriptor = openSync(path, "r");
  try {
    const piece = Buffer.alloc(headerBytes);
    const text = piece.toString("utf8", 0, readSync(descriptor, piece, 0, headerBytes, 0));
    return readHeader(text.split("\n", 1)[0]!) !== undefined;
  } finally {
    closeSync(descriptor);
  }
}

const headerBytes = 4096;

/** Finds a text as a string of a line, or inside of one that is JSON itself, as in the files of batches. */
function lineFinder(texts: ReadonlySet<string>): (line: unknown) => boolean {
  const holdsText = textFinder(texts);
  return (line) => {
    for (const text of stringsIn(line))
      if (texts.has(text) || (/^\s*[[{]/.test(text) && holdsText(Buffer.from(text)))) return true;
    return false;
  };
}
