import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findStoreRoot } from "../runner/project.ts";
import { printable } from "../runner/sanitize.ts";
import { directoryRemote } from "../runner/shared-store/directory-remote.ts";
import { type ErasedThere, eraseShared } from "../runner/shared-store/erase-shared.ts";
import { openStore } from "../runner/store/open-store.ts";
import type { Erased, EraseWish, Store } from "../runner/store.ts";
import { formatCounted } from "../steps/format.ts";
import { confirm } from "./confirm.ts";
import { type EraseFlags, type ReadWish, readWish } from "./erase-wish.ts";
import { exit } from "./exit.ts";
import { type FoundSources, findSources } from "./find-sources.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill store erase`. */
export interface StoreEraseFlags extends EraseFlags {
  /** A directory that stores share, in which it is erased too. */
  readonly remote?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `distill store erase`: removes completions and all that is about the same items, for good. */
export async function eraseStore(flags: StoreEraseFlags): Promise<void> {
  const wish = readWish(flags);
  const root = findStoreRoot(process.cwd());
  if (!existsSync(join(root, ".distill", "store.sqlite")))
    throw new Stop(exit.failed, "nothing is stored in this project yet");
  const stores = openStores(root);
  try {
    const found = await eraseAll(stores, wish, flags.remote, true);
    refuseBlindExpression(wish, found);
    const isThere = !isNothing(found);
    if (flags.dryRun !== true && isThere) {
      if (flags.json !== true) process.stderr.write(formatFound(found, "would be erased"));
      await confirm("Erase it for good?", flags.yes);
    }
    const erased =
      flags.dryRun === true || !isThere ? found : await eraseAll(stores, wish, flags.remote, false);
    const sources = await findSources({ root, specs: stores[0]!.specs(), wish, erased: found.here[0]! });
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify(toFacts(erased, sources, flags))}\n`
        : formatFound(erased, flags.dryRun === true ? "would be erased" : "erased") +
            formatAdvice({ found, sources, flags }),
    );
  } finally {
    for (const store of stores) store.close();
  }
}

/** What was found or erased: in the project's own store, in those of its replays, and in a shared place. */
interface Everywhere {
  readonly here: readonly Erased[];
  readonly there: ErasedThere | undefined;
}

/** The project's own store, then those of its replays. */
function openStores(root: string): readonly Store[] {
  const replays = join(root, ".distill", "replays");
  const names = existsSync(replays) ? readdirSync(replays).filter((name) => /^[0-9a-f]{16}$/.test(name)) : [];
  return [openStore(root), ...names.map((replay) => openStore(root, { replay }))];
}

async function eraseAll(
  stores: readonly Store[],
  wish: ReadWish,
  directory: string | undefined,
  dryRun: boolean,
): Promise<Everywhere> {
  const here: Erased[] = [];
  let whole: EraseWish = { ...wish, dryRun };
  for (const store of stores) {
    const erased = await store.erase(whole);
    if (erased === undefined)
      throw new Stop(exit.held, "a run is under way in this project", "wait for it, or stop it");
    here.push(erased);
    // What one knows of an item leads on in the others.
    whole = { ...whole, items: erased.items };
  }
  if (directory === undefined) return { here, there: undefined };
  const remote = directoryRemote(directory);
  return { here, there: await eraseShared({ store: stores[0]!, remote, wish: whole }) };
}

function refuseBlindExpression(wish: ReadWish, found: Everywhere): void {
  const fault = isNothing(found) ? wish.fault() : undefined;
  if (fault !== undefined)
    throw new Stop(exit.usage, `--where could be evaluated on nothing that is stored: ${fault}`);
}

function isNothing({ here, there }: Everywhere): boolean {
  return (
    here.every((one) => countAll(one) === 0) &&
    (there === undefined || there.steps + there.files + there.answers === 0)
  );
}

function countAll({ answers, files, steps, requests }: Erased): number {
  return answers.length + files.length + steps.length + requests;
}

function toFacts({ here, there }: Everywhere, sources: FoundSources, flags: StoreEraseFlags) {
  const all = <T>(pick: (one: Erased) => readonly T[]) => here.flatMap(pick);
  return {
    dry_run: flags.dryRun === true,
    answers: all(({ answers }) => answers),
    files: all(({ files }) => files),
    steps: all(({ steps }) => steps),
    trained: all(({ trained }) => trained),
    requests: here.reduce((sum, { requests }) => sum + requests, 0),
    damaged: here.reduce((sum, { damaged }) => sum + damaged, 0),
    remote: there ?? null,
    still_in: sources.lines,
    unread: sources.unread,
  };
}

function formatFound(found: Everywhere, did: string): string {
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
      : [`${did === "erased" ? "gone" : "to go"}: ${steps.map(printable).join(", ")}`]),
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

function formatAdvice(options: {
  readonly found: Everywhere;
  readonly sources: FoundSources;
  readonly flags: StoreEraseFlags;
}): string {
  const { found, sources, flags } = options;
  const trained = found.here.flatMap((one) => one.trained);
  const more = sources.lines.length - SHOWN;
  const lines = [
    ...trained.map(
      ({ names, rows }) =>
        `${names.map(printable).join(", ")} was trained on ${formatCounted(rows, "row")} of it and stays: train it again`,
    ),
    ...sources.lines.slice(0, SHOWN).map((place) => `${printable(place)} still holds it`),
    ...(more > 0 ? [`${formatCounted(more, "further line")} of such files still hold it`] : []),
    ...sources.unread.map((name) => `${printable(name)} could not be read, so look yourself`),
    ...(sources.lines.length > 0 ? ["git keeps what these files were: its history is yours to rewrite"] : []),
    ...(flags.remote === undefined && !isNothing(found)
      ? ["what was pushed to a shared directory is erased there with --remote DIRECTORY"]
      : []),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

const SHOWN = 20;

function counted(counts: readonly (readonly [number, string])[]): string {
  return counts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => formatCounted(count, noun))
    .join(", ");
}
