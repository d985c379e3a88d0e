import { createReadStream } from "node:fs";
import { StoreUnavailable } from "../store/unavailable.ts";
import type { ForeignAnswer, Manifest, OutputRecord, Store, Tags } from "../store.ts";
import { type PackReference, packAnswers } from "./answer-pack.ts";
import { checked, type Expected, isThere } from "./checked.ts";
import { makeShared, objectName, packName, recordDigest, recordName, recordPrefix } from "./layout.ts";
import type { NeededStep } from "./needed-steps.ts";
import type { Remote } from "./remote.ts";
import { areOutputs, formatRecord, readRecord, type StepRecord } from "./step-record.ts";
import { openTally, type Tally, type Transfer, type TransferOptions } from "./transfer.ts";

/**
 * Brings steps to a shared place with their contents and answers. What is there is read and checked before it counts;
 * what is damaged there is told and, where this store has it, replaced. It may end at any moment, and several may do
 * it at once: a step appears when all that it names is there.
 *
 * @throws StoreUnavailable where the place cannot be written or is of a newer version
 */
export async function pushSteps({ store, remote, needed, onProgress }: TransferOptions): Promise<Transfer> {
  await makeShared(remote);
  const tally = openTally();
  const put = openPut(remote, tally);
  const use = store.use();
  try {
    for (const [index, step] of needed.entries()) {
      await pushStep({ store, remote, tally, put }, step);
      onProgress?.(index + 1, tally.result().bytes);
    }
  } finally {
    use.release();
  }
  return tally.result();
}

interface Push {
  readonly store: Store;
  readonly remote: Remote;
  readonly tally: Tally;
  readonly put: Put;
}

/** Puts a file where it is not there yet. @returns true where it was not */
type Put = (
  name: string,
  file: Expected,
  source: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
) => Promise<boolean>;

async function pushStep({ store, remote, tally, put }: Push, step: NeededStep): Promise<void> {
  const manifest = store.lookup(step.key);
  if (manifest === undefined) return tally.step("missing", step.id);
  if (step.outputs !== undefined && !areOutputs(manifest.outputs, step.outputs))
    return tally.step("other", step.id);

  for (const output of Object.values(manifest.outputs)) {
    const path = await store.open(output.digest);
    // It has just been set aside, and the store tells of it.
    if (path === undefined) return tally.step("refused", step.id);
    const moved = await put(objectName(output.digest), output, () => readContent(path, output));
    tally.file(moved ? "moved" : "there", output.digest, output.bytes);
  }

  if (await isKnown({ remote, tally }, manifest)) return tally.step("there", step.id);
  const answers = await pushAnswers({ store, remote, tally, put }, step);
  const record = formatRecord({ manifest, answers });
  const moved = await put(recordName(step.key, record.digest), record, () => [record.content]);
  if (moved) tally.bytes(record.bytes);
  tally.step(moved ? "moved" : "there", step.id);
}

/** A content of this store, checked once more on its way. */
async function* readContent(path: string, output: OutputRecord): AsyncGenerator<Uint8Array> {
  try {
    yield* checked(createReadStream(path), output);
  } catch (error) {
    const { message } = error as Error;
    throw new StoreUnavailable(
      `${path} could not be read: ${message}`,
      "distill store verify tells more",
      error,
    );
  }
}

/** Whether somebody brought this very result of the step already, with all of its answers. */
async function isKnown(
  { remote, tally }: Pick<Push, "remote" | "tally">,
  manifest: Manifest,
): Promise<boolean> {
  const outputs = Object.fromEntries(
    Object.entries(manifest.outputs).map(([name, { digest }]) => [name, digest] as const),
  );
  const prefix = recordPrefix(manifest.key);
  for (const name of (await tally.attempt(prefix, () => remote.list(prefix))) ?? []) {
    const digest = recordDigest(name);
    if (digest === undefined) continue;
    const record = await tally.attempt(name, () => readRecord(remote, manifest.key, digest));
    if (record === undefined || !areOutputs(record.manifest.outputs, outputs)) continue;
    if (await areAnswersThere({ remote, tally }, record)) return true;
  }
  return false;
}

async function areAnswersThere(
  { remote, tally }: Pick<Push, "remote" | "tally">,
  { answers }: StepRecord,
): Promise<boolean> {
  if (answers === null) return false;
  for (const pack of answers) {
    const name = packName(pack.digest);
    if ((await tally.attempt(name, () => isThere(remote, name, pack))) !== true) return false;
  }
  tally.answers({ moved: 0, there: answers.reduce((sum, pack) => sum + pack.answers, 0) });
  return true;
}

async function pushAnswers(
  { store, tally, put }: Push,
  step: NeededStep,
): Promise<readonly PackReference[] | null> {
  const keys = store.asked(step.key) ?? taggedBy(store, step);
  if (keys === undefined) return null;
  const packs: PackReference[] = [];
  for (const pack of packAnswers(readAnswers(store, keys, step))) {
    const moved = await put(packName(pack.digest), pack, () => [pack.content]);
    tally.answers(moved ? { moved: pack.answers, there: 0 } : { moved: 0, there: pack.answers });
    if (moved) tally.bytes(pack.bytes);
    packs.push(pack);
  }
  return packs;
}

/** Answers with the tags that a step gave them. */
function* readAnswers(store: Store, keys: readonly string[], step: NeededStep): Generator<ForeignAnswer> {
  for (const { answer, tags } of store.giveAnswers(keys))
    yield {
      answer,
      tags: tags
        .filter((one) => isTaggedBy(one, step))
        .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    };
}

// Steps that ran before their answers were written down left tags, of all that they ever asked for.
function taggedBy(store: Store, step: NeededStep): readonly string[] | undefined {
  const keys = new Set<string>();
  for (const { step: name } of step.tagged)
    if (name !== undefined)
      for (const { key, tags } of store.completions({ step: name }))
        if (tags.some((one) => isTaggedBy(one, step))) keys.add(key);
  return keys.size === 0 ? undefined : [...keys];
}

function isTaggedBy(tags: Tags, { tagged }: NeededStep): boolean {
  return tagged.some(({ spec, step }) => tags.spec === spec && (step === undefined || tags.step === step));
}

/** A file that two steps have is looked at once. */
function openPut(remote: Remote, tally: Tally): Put {
  const known = new Set<string>();
  return async (name, file, source) => {
    if (known.has(name)) return false;
    const isFit = (await tally.attempt(name, () => isThere(remote, name, file))) === true;
    if (!isFit) await remote.write(name, source());
    known.add(name);
    return !isFit;
  };
}
