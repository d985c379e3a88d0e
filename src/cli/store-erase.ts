import type { EraseWish } from "../runner/erasure.ts";
import { findStoreRoot } from "../runner/project.ts";
import { printable } from "../runner/sanitize.ts";
import { directoryRemote } from "../runner/shared-store/directory-remote.ts";
import { eraseShared } from "../runner/shared-store/erase-shared.ts";
import { removeLeavings } from "../runner/store/replays.ts";
import type { Store } from "../runner/store.ts";
import { formatCounted } from "../steps/format.ts";
import { confirm } from "./confirm.ts";
import { type EraseFlags, type ReadWish, readWish } from "./erase-wish.ts";
import { exit } from "./exit.ts";
import { findRecordings } from "./find-recordings.ts";
import { findSources } from "./find-sources.ts";
import { type Everywhere, formatAdvice, formatFound, isNothing, type Leftovers } from "./format-erased.ts";
import { readKnownItems } from "./known-items.ts";
import { openStores } from "./open-stores.ts";
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
  const root = findStoreRoot(process.cwd());
  const stores = openStores(root).map(({ store }) => store);
  const dryRun = flags.dryRun === true;
  try {
    const wish = await readWish(flags, () => readKnownItems(root, specsOf(stores)));
    if (stores.length === 0) throw new Stop(exit.failed, "nothing is stored in this project yet");
    const found = await findEverywhere(stores, wish, flags.remote);
    refuseBlindExpression(wish, found);
    const isThere = !isNothing(found);
    const unjudged = countUnjudged(wish, found);
    if (!dryRun && isThere) {
      if (flags.json !== true) process.stderr.write(formatFound(found, "would be erased"));
      await confirm("Erase it for good?", flags.yes);
    }
    const meant = { ...wish, items: found.items };
    const erased = dryRun
      ? found
      : isThere
        ? await eraseEverywhere(stores, { ...meant, dryRun: false }, flags.remote)
        : await clearWhatIsDue(stores, found);
    if (!dryRun) removeLeavings(root);
    const left = await findLeftovers(root, stores, { ...meant, texts: found.texts });
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify({ ...toFacts(erased, left, dryRun), unjudged })}\n`
        : formatFound(erased, dryRun ? "would be erased" : isLeft(erased) ? "removed" : "erased") +
            formatAdvice({ found, left, hasRemote: flags.remote !== undefined }),
    );
    if (!dryRun) {
      refuseUncleared(stores, erased);
      refuseLeft(erased);
    }
    tellUnjudged(unjudged, isThere);
  } finally {
    for (const store of stores) store.close();
  }
}

/** What would be erased everywhere; what one place knows of an item leads on in all others. */
async function findEverywhere(
  stores: readonly Store[],
  wish: ReadWish,
  remote: string | undefined,
): Promise<Everywhere> {
  for (let found: Everywhere | undefined; ; ) {
    const items = found?.items;
    const next = await eraseEverywhere(stores, { ...wish, ...(items && { items }), dryRun: true }, remote);
    if (stores.length === 1 || (found !== undefined && countAll(found) === countAll(next))) return next;
    found = next;
  }
}

function countAll({ here }: Everywhere): number {
  return here.reduce((sum, { answers, files }) => sum + answers.length + files.length, 0);
}

async function eraseEverywhere(
  stores: readonly Store[],
  wish: EraseWish,
  directory: string | undefined,
): Promise<Everywhere> {
  const here: Everywhere["here"][number][] = [];
  let whole = wish;
  for (const store of stores) {
    const erased = await store.erase(whole);
    if (erased === undefined)
      throw new Stop(exit.held, "a run is under way in this project", "wait for it, or stop it");
    here.push(erased);
    whole = { ...whole, items: erased.items };
  }
  const there =
    directory === undefined
      ? undefined
      : await eraseShared({ store: stores[0]!, remote: directoryRemote(directory), wish: whole });
  // Where a store has only this item, even what all prompts share is the item's alone.
  const texts = here.find(({ texts }) => texts.size > 0)?.texts ?? new Set();
  return { here, there, items: here.at(-1)!.items, texts };
}

/** Finishes erasures that were ended half-way, or that another process kept from clearing up. */
async function clearWhatIsDue(stores: readonly Store[], found: Everywhere): Promise<Everywhere> {
  if (!found.here.some(({ uncleared }) => uncleared)) return found;
  const nothing = { isMeant: () => false, through: true, reason: "", dryRun: false };
  return eraseEverywhere(stores, nothing, undefined);
}

function refuseBlindExpression(wish: ReadWish, found: Everywhere): void {
  const fault = isNothing(found) ? wish.fault() : undefined;
  if (fault !== undefined)
    throw new Stop(
      exit.usage,
      `--where could be evaluated on nothing that is stored: ${fault.message}`,
      fault.hint,
    );
}

/** Completions that stay and may be meant all the same. */
function countUnjudged(wish: ReadWish, { here }: Everywhere): number {
  const meant = new Set(here.flatMap(({ answers }) => answers));
  return [...wish.unjudged()].filter((key) => !meant.has(key)).length;
}

function tellUnjudged(count: number, isThere: boolean): void {
  if (count === 0) return;
  const what = `${formatCounted(count, "completion")} could not be judged by --where: no dataset of its spec, and no stored row, has the item`;
  const hint = "name what is meant of these with --item ID or --metadata KEY=VALUE";
  if (!isThere) throw new Stop(exit.failed, what, hint);
  process.stderr.write(`${what}\n${hint}\n`);
}

function refuseUncleared(stores: readonly Store[], { here }: Everywhere): void {
  const store = stores.find((_, index) => here[index]!.uncleared);
  if (store === undefined) return;
  throw new Stop(
    exit.failed,
    `another process still reads ${store.directory}: bytes of what is erased are left in its database`,
    "let it finish, then erase once more, with the same words or others",
  );
}

function isLeft({ here }: Everywhere): boolean {
  return here.some(({ left }) => left.length > 0);
}

function refuseLeft({ here }: Everywhere): void {
  const left = here.flatMap((one) => one.left);
  if (left.length === 0) return;
  const more = left.length - maxShown;
  throw new Stop(
    exit.failed,
    [
      "It is not erased: the store still holds texts of it in",
      ...left.slice(0, maxShown).map((place) => `  ${printable(place)}`),
      ...(more > 0 ? [`  and ${formatCounted(more, "further place")}`] : []),
    ].join("\n"),
    "distill completions show, rows and status tell what these are; erase them by their own item, or with --where",
  );
}

const maxShown = 20;

async function findLeftovers(
  root: string,
  stores: readonly Store[],
  erased: Pick<EraseWish, "isMeant"> & Pick<Everywhere, "items" | "texts">,
): Promise<Leftovers> {
  const specs = specsOf(stores);
  return {
    sources: await findSources({ root, specs, wish: erased, erased }),
    recordings: await findRecordings({ root, specs, texts: erased.texts }),
  };
}

function specsOf(stores: readonly Store[]): readonly string[] {
  return [...new Set(stores.flatMap((store) => store.specs()))];
}

function toFacts({ here, there }: Everywhere, { sources, recordings }: Leftovers, dryRun: boolean) {
  return {
    dry_run: dryRun,
    answers: here.flatMap(({ answers }) => answers),
    files: here.flatMap(({ files }) => files),
    steps: here.flatMap(({ steps }) => steps),
    trained: here.flatMap(({ trained }) => trained),
    requests: here.reduce((sum, { requests }) => sum + requests, 0),
    damaged: here.reduce((sum, { damaged }) => sum + damaged, 0),
    left: here.flatMap(({ left }) => left),
    cleared: here.every(({ uncleared }) => !uncleared),
    remote: there ?? null,
    still_in: sources.lines,
    recordings: recordings.holding.map(({ file }) => file),
    unread: [...sources.unread, ...recordings.unread],
  };
}
