import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { asUnavailable } from "../store/unavailable.ts";
import type { Manifest, OutputRecord, Stage, Store } from "../store.ts";
import { type PackReference, readPack } from "./answer-pack.ts";
import { checked, readWhole } from "./checked.ts";
import { objectName, packName, recordDigest, recordPrefix, requireShared } from "./layout.ts";
import type { NeededStep } from "./needed-steps.ts";
import { type Remote, Unfit } from "./remote.ts";
import { areOutputs, readRecord, type StepRecord } from "./step-record.ts";
import { openTally, type Tally, type Transfer, type TransferOptions } from "./transfer.ts";

/**
 * Brings steps from a shared place with their contents and answers. All is checked on arrival; what does not fit is
 * refused and told, and the rest goes on. What this store has stands. It may end at any moment: what came is kept, and
 * a step appears when its contents are there.
 *
 * @throws StoreUnavailable where there is no shared store, it is of a newer version, or this one cannot be written
 */
export async function pullSteps({ store, remote, needed, onProgress }: TransferOptions): Promise<Transfer> {
  await requireShared(remote);
  const tally = openTally();
  const use = store.use();
  const stage = await store.stage();
  const pull: Pull = { store, remote, tally, stage, packs: new Map() };
  try {
    for (const [index, step] of needed.entries()) {
      await pullStep(pull, step);
      onProgress?.(index + 1, tally.result().bytes);
    }
  } finally {
    await stage.discard();
    use.release();
  }
  return tally.result();
}

interface Pull {
  readonly store: Store;
  readonly remote: Remote;
  readonly tally: Tally;
  readonly stage: Stage;
  /** Packs that were read: the keys of their answers, undefined where some did not fit. */
  readonly packs: Map<string, readonly string[] | undefined>;
}

async function pullStep(pull: Pull, step: NeededStep): Promise<void> {
  const { store, tally } = pull;
  const local = store.lookup(step.key);
  if (local === undefined && isErased(store, step)) return tally.step("erased", step.id);
  if (local !== undefined && step.outputs !== undefined && !areOutputs(local.outputs, step.outputs))
    return tally.step("other", step.id);
  const asked = store.asked(step.key);
  if (local !== undefined && asked !== undefined) {
    tally.answers({ moved: 0, there: asked.length });
    return tellThere(tally, local, step);
  }

  const { records, damaged } = await readRecords(pull, step);
  let manifest: Manifest | undefined;
  let answers: readonly string[] | undefined;
  for (const record of records) {
    // Answers first, and also those of a step whose contents are damaged: they cost money.
    const own = await pullAnswers(pull, record);
    if (!(await pullContents(pull, record.manifest))) continue;
    if (manifest === undefined || own !== undefined)
      ({ manifest, answers } = { manifest: record.manifest, answers: own });
    if (own !== undefined) break;
  }
  if (manifest !== undefined) {
    const standing = store.takeInStep(manifest, answers);
    if (!areSame(standing, manifest)) tally.step("other", step.id);
    else tally.step(local === undefined ? "moved" : "there", step.id);
  } else if (local !== undefined) tellThere(tally, local, step);
  else tally.step(records.length > 0 || damaged ? "refused" : "missing", step.id);
}

/** What was erased here does not come back from where others brought it. */
function isErased(store: Store, { key, outputs = {} }: NeededStep): boolean {
  return [key, ...Object.values(outputs)].some((id) => store.tombstone(id) !== undefined);
}

/** What the shared place has of a step, of the result that is meant. */
async function readRecords(
  { remote, tally }: Pull,
  { key, outputs }: NeededStep,
): Promise<{ readonly records: readonly StepRecord[]; readonly damaged: boolean }> {
  const prefix = recordPrefix(key);
  const names = await tally.attempt(prefix, () => remote.list(prefix));
  const records: StepRecord[] = [];
  let damaged = names === undefined;
  for (const name of names ?? []) {
    const digest = recordDigest(name);
    if (digest === undefined) continue;
    const record = await tally.attempt(name, () => readRecord(remote, key, digest));
    damaged ||= record === undefined;
    if (record !== undefined && (outputs === undefined || areOutputs(record.manifest.outputs, outputs)))
      records.push(record);
  }
  return { records, damaged };
}

/** Takes in a step's answers. @returns their keys, undefined where not all of them came */
async function pullAnswers(pull: Pull, { answers }: StepRecord): Promise<readonly string[] | undefined> {
  if (answers === null) return undefined;
  const keys: string[] = [];
  let complete = true;
  for (const reference of answers) {
    const { digest } = reference;
    if (!pull.packs.has(digest)) pull.packs.set(digest, await pullPack(pull, reference));
    const own = pull.packs.get(digest);
    if (own === undefined) complete = false;
    else keys.push(...own);
  }
  return complete ? keys : undefined;
}

async function pullPack(
  { store, remote, tally }: Pull,
  { digest, bytes, answers: count }: PackReference,
): Promise<readonly string[] | undefined> {
  const name = packName(digest);
  return await tally.attempt(name, async () => {
    const { content, fits } = await readWhole(remote, name, { digest, atMost: bytes });
    const { answers, unfit } = readPack(content);
    const { added, there, other, erased } = store.takeInAnswers(answers);
    tally.answers({ moved: added, there, other, erased });
    if (added > 0) tally.bytes(content.length);
    if (!fits)
      throw new Unfit(`does not fit its sha256: ${count - answers.length} of its answers were refused`);
    if (unfit > 0 || answers.length !== count) throw new Unfit("holds something else than answers");
    return answers.map(({ answer }) => answer.key);
  });
}

/** Takes in a step's contents. @returns false where one of them did not come */
async function pullContents(pull: Pull, { outputs }: Manifest): Promise<boolean> {
  let whole = true;
  for (const output of Object.values(outputs)) {
    const { digest, bytes } = output;
    const path = await pull.store.open(digest);
    const how = path === undefined ? "moved" : "there";
    if (path === undefined ? await pullContent(pull, output) : await isAsLong(pull, path, output))
      pull.tally.file(how, digest, bytes);
    else whole = false;
  }
  return whole;
}

// A step that names another length would have this store set its own content aside.
async function isAsLong({ tally }: Pull, path: string, { digest, bytes }: OutputRecord): Promise<boolean> {
  const { size } = await stat(path);
  const fits = await tally.attempt(objectName(digest), async () => {
    if (size !== bytes) throw new Unfit(`has ${size} bytes, not ${bytes}`);
    return true;
  });
  return fits === true;
}

async function pullContent({ store, remote, tally, stage }: Pull, output: OutputRecord): Promise<boolean> {
  const name = objectName(output.digest);
  const path = join(stage.directory, output.digest);
  const came = await tally.attempt(name, async () => {
    try {
      const file = await open(path, "w");
      try {
        for await (const piece of checked(remote.read(name), output)) await file.writeFile(piece);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw asUnavailable(error, store.directory);
    }
    await store.takeInContent(path, output);
    return true;
  });
  return came === true;
}

function tellThere(tally: Tally, { outputs }: Manifest, { id }: NeededStep): void {
  for (const { digest, bytes } of Object.values(outputs)) tally.file("there", digest, bytes);
  tally.step("there", id);
}

function areSame(one: Manifest, other: Manifest): boolean {
  return areOutputs(
    one.outputs,
    Object.fromEntries(Object.entries(other.outputs).map(([name, { digest }]) => [name, digest] as const)),
  );
}
