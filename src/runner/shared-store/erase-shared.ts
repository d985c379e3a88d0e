import { readFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EraseWish } from "../erasure.ts";
import { readJsonLines } from "../read-rows.ts";
import { textFinder } from "../store/erased-texts.ts";
import { findMeant } from "../store/find-meant.ts";
import type { ForeignAnswer, OutputRecord, Store } from "../store.ts";
import { type PackReference, packAnswers, readPack } from "./answer-pack.ts";
import { checked, readWhole } from "./checked.ts";
import {
  folders,
  objectName,
  packDigest,
  packName,
  recordDigest,
  recordKey,
  recordName,
  requireShared,
} from "./layout.ts";
import { type Remote, Unfit } from "./remote.ts";
import { formatRecord, readRecord, type StepRecord } from "./step-record.ts";

/** What was erased in a shared place, or would be. */
export interface ErasedThere {
  readonly steps: number;
  readonly files: number;
  readonly answers: number;
  /** Files that could not be read, so that nobody can say what they hold. */
  readonly unread: readonly string[];
}

/**
 * Removes what is meant from a place that stores share, and all that has a tombstone in this store. Packs of answers
 * are written anew without it, and so are the records that name them; a step of which a content is gone goes as a whole,
 * and its other answers are kept in this store.
 *
 * @throws StoreUnavailable where there is no shared store, or it cannot be written
 */
export async function eraseShared(options: {
  readonly store: Store;
  readonly remote: Remote;
  readonly wish: EraseWish;
}): Promise<ErasedThere> {
  const { store, remote, wish } = options;
  await requireShared(remote);
  const unread = new Set<string>();
  const stage = await store.stage();
  try {
    const records = await readAll(remote, unread);
    const meant = await findMeant(
      {
        completions: () => readCompletions(remote, unread),
        manifests: () => records.map(({ record }) => record.manifest),
        specsOf: () => [],
        lines: (digest) => readLines({ remote, unread, folder: stage.directory }, digest),
      },
      wish,
    );
    const isErased = (id: string) => store.tombstone(id) !== undefined;
    const outputs = new Map(
      records.flatMap(({ record }) => Object.values(record.manifest.outputs)).map((one) => [one.digest, one]),
    );
    const holdsText = textFinder(meant.texts);
    const files = new Set<string>();
    for (const output of outputs.values()) {
      const path = `${stage.directory}/${output.digest}`;
      if (meant.files.has(output.digest) || isErased(output.digest)) files.add(output.digest);
      else if (isOpaque(output) && (await fetchTo({ remote, unread }, output, path))) {
        if (holdsText(readFileSync(path))) files.add(output.digest);
        await rm(path, { force: true });
      }
    }
    const goes = (answer: ForeignAnswer) =>
      meant.answers.has(answer.answer.key) || isErased(answer.answer.key);
    const packs = await sortPacks({ remote, unread, goes });
    const gone = records.filter(({ record }) =>
      Object.values(record.manifest.outputs).some(({ digest }) => files.has(digest)),
    );
    const changed = records.filter(
      (one) => !gone.includes(one) && one.record.answers?.some(({ digest }) => packs.has(digest)) === true,
    );
    const there: ErasedThere = {
      steps: gone.length,
      files: files.size,
      answers: [...packs.values()].reduce((sum, pack) => sum + pack.erased, 0),
      unread: [...unread],
    };
    if (wish.dryRun) return there;
    // They cost money, and those of a step that goes as a whole would be named by nobody there.
    for (const { kept } of packs.values()) store.takeInAnswers(kept);
    for (const { record } of changed) await writeAnew(remote, record, packs);
    for (const { name } of [...gone, ...changed]) await remote.remove(name);
    for (const digest of packs.keys()) await remote.remove(packName(digest));
    for (const digest of files) await remote.remove(objectName(digest));
    return there;
  } finally {
    await stage.discard();
  }
}

interface NamedRecord {
  readonly name: string;
  readonly record: StepRecord;
}

interface Place {
  readonly remote: Remote;
  readonly unread: Set<string>;
}

async function readAll(remote: Remote, unread: Set<string>): Promise<readonly NamedRecord[]> {
  const records: NamedRecord[] = [];
  for (const name of await remote.list(folders.records)) {
    const key = recordKey(name);
    const digest = recordDigest(name);
    if (key === undefined || digest === undefined) continue;
    const record = await attempt({ unread }, name, () => readRecord(remote, key, digest));
    if (record !== undefined) records.push({ name, record });
  }
  return records;
}

async function* readPacks({ remote, unread }: Place) {
  for (const name of await remote.list(folders.packs)) {
    const digest = packDigest(name);
    if (digest === undefined) continue;
    const read = await attempt({ unread }, name, () =>
      readWhole(remote, name, { digest, atMost: PACK_BYTES }),
    );
    if (read === undefined) continue;
    const { answers, unfit } = readPack(read.content);
    if (unfit > 0) unread.add(name);
    yield { digest, answers };
  }
}

async function* readCompletions(remote: Remote, unread: Set<string>) {
  for await (const { answers } of readPacks({ remote, unread }))
    for (const { answer, tags } of answers) yield { ...answer, tags };
}

async function* readLines({ remote, unread, folder }: Place & { readonly folder: string }, digest: string) {
  const path = join(folder, digest);
  if (!(await fetchTo({ remote, unread }, { digest, bytes: undefined }, path))) return;
  try {
    for await (const { value } of readJsonLines(path, objectName(digest))) yield value;
  } finally {
    await rm(path, { force: true });
  }
}

/** Brings a content to a file; false where it is not there or cannot be read. */
async function fetchTo(
  { remote, unread }: Place,
  output: { readonly digest: string; readonly bytes: number | undefined },
  path: string,
): Promise<boolean> {
  const name = objectName(output.digest);
  const came = await attempt({ unread }, name, async () => {
    if (!(await remote.has(name))) return false;
    const file = await open(path, "w", 0o600);
    try {
      const { bytes } = output;
      const source = remote.read(name);
      for await (const piece of bytes === undefined ? source : checked(source, { ...output, bytes }))
        await file.writeFile(piece);
    } finally {
      await file.close();
    }
    return true;
  });
  return came === true;
}

async function attempt<T>(
  { unread }: Pick<Place, "unread">,
  name: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    unread.add(name);
    return undefined;
  }
}

function isOpaque({ kind }: OutputRecord): boolean {
  return kind !== "rows" && kind !== "results";
}

interface SortedPack {
  readonly erased: number;
  readonly kept: readonly ForeignAnswer[];
}

/** Packs that hold something of it, by digest. */
async function sortPacks(
  options: Place & { readonly goes: (answer: ForeignAnswer) => boolean },
): Promise<ReadonlyMap<string, SortedPack>> {
  const packs = new Map<string, SortedPack>();
  for await (const { digest, answers } of readPacks(options)) {
    const kept = answers.filter((answer) => !options.goes(answer));
    if (kept.length < answers.length) packs.set(digest, { erased: answers.length - kept.length, kept });
  }
  return packs;
}

/** Writes a step's record with what is left of its packs. */
async function writeAnew(
  remote: Remote,
  { manifest, answers }: StepRecord,
  packs: ReadonlyMap<string, SortedPack>,
): Promise<void> {
  const references: PackReference[] = [];
  for (const reference of answers ?? []) {
    const sorted = packs.get(reference.digest);
    if (sorted === undefined) references.push(reference);
    else
      for (const pack of packAnswers(sorted.kept)) {
        await remote.write(packName(pack.digest), [pack.content]);
        references.push(pack);
      }
  }
  const record = formatRecord({ manifest, answers: references });
  await remote.write(recordName(manifest.key, record.digest), [record.content]);
}

/** Larger than any pack but one of a single answer. */
const PACK_BYTES = 256 << 20;
