import type { Erased, ItemSet } from "../runner/erasure.ts";
import { printable } from "../runner/sanitize.ts";
import type { ErasedThere } from "../runner/shared-store/erase-shared.ts";
import { formatCounted } from "../steps/format.ts";
import type { FoundRecordings } from "./find-recordings.ts";
import type { FoundSources } from "./find-sources.ts";

/** What was found or erased in all places. */
export interface Everywhere {
  /** In the project's own store, then in those of its replays. */
  readonly here: readonly Erased[];
  /** In a directory that stores share; undefined where none was named. */
  readonly there: ErasedThere | undefined;
  readonly items: ItemSet;
  /** Texts that nothing which stays has. */
  readonly texts: ReadonlySet<string>;
}

/** Files of the user that hold it and stay as they are. */
export interface Leftovers {
  readonly sources: FoundSources;
  readonly recordings: FoundRecordings;
}

/** True where nothing was found in any place. */
export function isNothing({ here, there }: Everywhere): boolean {
  return (
    here.every(({ answers, files, steps, requests }) =>
      [answers.length, files.length, steps.length, requests].every((count) => count === 0),
    ) &&
    (there === undefined || there.steps + there.files + there.answers === 0)
  );
}

/** What was found or erased, in counts and names of steps. */
export function formatFound(found: Everywhere, did: "erased" | "removed" | "would be erased"): string {
  if (isNothing(found)) return "nothing is stored of it\n";
  const { here, there } = found;
  const sum = (pick: (one: Erased) => number) => here.reduce((total, one) => total + pick(one), 0);
  const rows = sum(({ files }) => files.reduce((total, file) => total + file.rows, 0));
  const parts = counted([
    [sum(({ answers }) => answers.length), "completion"],
    [sum(({ files }) => files.length), "file"],
    [sum(({ steps }) => steps.length), "step"],
    [sum(({ requests }) => requests), "request under way"],
    [sum(({ damaged }) => damaged), "damaged value"],
  ]);
  const steps = [...new Set(here.flatMap((one) => one.steps.flatMap(({ names }) => names)))];
  return [
    ...(parts === ""
      ? []
      : [`${did}: ${parts}${rows === 0 ? "" : ` with ${formatCounted(rows, "row")} of it`}`]),
    ...(steps.length === 0
      ? []
      : [`${did === "would be erased" ? "to go" : "gone"}: ${steps.map(printable).join(", ")}`]),
    ...(there === undefined ? [] : formatThere(there, did)),
    "",
  ].join("\n");
}

function formatThere({ steps, files, answers, unread }: ErasedThere, did: string): readonly string[] {
  const parts = counted([
    [answers, "completion"],
    [files, "file"],
    [steps, "step"],
  ]);
  return [
    `in the shared directory ${parts === "" ? "nothing is stored of it" : `${did}: ${parts}`}`,
    ...unread.map((name) => `  could not be read there, so look yourself: ${printable(name)}`),
  ];
}

/** What is left to the user: models to train again, and files that still hold it. */
export function formatAdvice(options: {
  readonly found: Everywhere;
  readonly left: Leftovers;
  readonly hasRemote: boolean;
}): string {
  const { found, hasRemote } = options;
  const { sources, recordings } = options.left;
  const trained = found.here.flatMap((one) => one.trained);
  const more = sources.lines.length - maxShown;
  const lines = [
    ...trained.map(
      ({ names, rows }) =>
        `${names.map(printable).join(", ")} was trained on ${formatCounted(rows, "row")} of it and stays: train it again`,
    ),
    ...sources.lines.slice(0, maxShown).map((place) => `${printable(place)} still holds it`),
    ...(more > 0 ? [`${formatCounted(more, "further line")} of such files still hold it`] : []),
    ...recordings.holding.map(
      ({ file, lines }) =>
        `${printable(file)}, a recording, still holds it in ${formatCounted(lines, "line")}: take them out, or record it again`,
    ),
    ...[...sources.unread, ...recordings.unread].map(
      (name) => `${printable(name)} could not be read, so look yourself`,
    ),
    ...(sources.lines.length + recordings.holding.length > 0
      ? ["git keeps what these files were: its history is yours to rewrite"]
      : []),
    ...(!hasRemote && !isNothing(found)
      ? ["what was pushed to a shared directory is erased there with --remote DIRECTORY"]
      : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

const maxShown = 20;

function counted(counts: readonly (readonly [number, string])[]): string {
  return counts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => formatCounted(count, noun))
    .join(", ");
}
