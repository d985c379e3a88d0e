import { StoreUnavailable } from "../store/unavailable.ts";
import { readWhole } from "./checked.ts";
import { type Remote, Unfit } from "./remote.ts";

/*
 * What lies in a shared place, version 1:
 *
 *   distill-store.json        {"distill_store":1}
 *   objects/SHA256            a content
 *   answers/SHA256.jsonl      up to 500 answers with their tags (see answer-pack.ts)
 *   steps/KEY.SHA256.json     what a step left: its manifest, and the names of its answers (see step-record.ts)
 *
 * The name of every file but the first says what is in it, so two machines that write one name write one content, and
 * nothing is ever changed. A step comes after all that it names. Several records of one key are several results of it:
 * the lock says which one is meant. Whoever may write there is trusted with answers: of what a model said, the place
 * is the only witness. Outputs are what the lock says, or they are refused.
 */

/** Where a content lies. */
export function objectName(digest: string): string {
  return `objects/${digest}`;
}

/** Where a pack of answers lies. */
export function packName(digest: string): string {
  return `answers/${digest}.jsonl`;
}

/** How the names of a step's records begin. */
export function recordPrefix(key: string): string {
  return `steps/${key}.`;
}

/** Where a step's record lies. */
export function recordName(key: string, digest: string): string {
  return `${recordPrefix(key)}${digest}.json`;
}

/** The digest in the name of a record; undefined where the name is not one of ours. */
export function recordDigest(name: string): string | undefined {
  return /^steps\/[0-9a-f]{64}\.([0-9a-f]{64})\.json$/.exec(name)?.[1];
}

/** The key in the name of a record; undefined where the name is not one of ours. */
export function recordKey(name: string): string | undefined {
  return /^steps\/([0-9a-f]{64})\.[0-9a-f]{64}\.json$/.exec(name)?.[1];
}

/** The digest in the name of a pack; undefined where the name is not one of ours. */
export function packDigest(name: string): string | undefined {
  return /^answers\/([0-9a-f]{64})\.jsonl$/.exec(name)?.[1];
}

/** Beginnings of the names of all records, and of all packs. */
export const folders = { records: "steps/", packs: "answers/" } as const;

/** Checks that a place is a shared store that this version knows. @throws StoreUnavailable with what to do */
export async function requireShared(remote: Remote): Promise<void> {
  await asUnavailable(remote, () => checkMarker(remote));
}

/** Makes an empty place a shared store; checks one that is one. @throws StoreUnavailable where something else lies there */
export async function makeShared(remote: Remote): Promise<void> {
  await asUnavailable(remote, async () => {
    if (await remote.has(MARKER)) return await checkMarker(remote);
    const others = (await remote.list("")).filter((name) => name !== "lost+found");
    // Another machine may have made it one since.
    if (others.length > 0 && !(await remote.has(MARKER)))
      throw new StoreUnavailable(
        `${remote.name} is neither empty nor a shared store`,
        "name an empty directory, or one that does not exist yet",
      );
    await remote.write(MARKER, [Buffer.from(markerText)]);
  });
}

async function asUnavailable(remote: Remote, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new StoreUnavailable(
      `${remote.name} cannot be used: ${MARKER} ${error.message}`,
      "look at what is there, and at its permissions",
      error,
    );
  }
}

async function checkMarker(remote: Remote): Promise<void> {
  if (!(await remote.has(MARKER)))
    throw new StoreUnavailable(
      `${remote.name} is not a shared store: it has no ${MARKER}`,
      "`distill store push` makes an empty directory one; or name another",
    );
  const { content } = await readWhole(remote, MARKER, { digest: "", atMost: 4096 });
  const text = content.toString();
  if (text === markerText) return;
  const version = versionIn(text);
  if (version !== undefined && version > VERSION)
    throw new StoreUnavailable(
      `${remote.name} was written by a newer distill (its version is ${version}, this one knows ${VERSION})`,
      "upgrade distill",
    );
  throw new StoreUnavailable(
    `${remote.name}/${MARKER} is damaged`,
    `it must be this line and nothing else: ${markerText.trim()}`,
  );
}

const VERSION = 1;
const MARKER = "distill-store.json";
const markerText = `{"distill_store":${VERSION}}\n`;

function versionIn(text: string): number | undefined {
  try {
    const version = JSON.parse(text)?.distill_store;
    return Number.isSafeInteger(version) ? version : undefined;
  } catch {
    return undefined;
  }
}
