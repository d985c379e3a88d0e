import { hash } from "node:crypto";
import { digestJson } from "../key.ts";
import type { JsonObject } from "../row.ts";
import type { Manifest, OutputRecord } from "../store.ts";
import type { PackReference } from "./answer-pack.ts";
import { type Expected, readWhole } from "./checked.ts";
import { recordName } from "./layout.ts";
import { type Remote, Unfit } from "./remote.ts";
import { isCount, isDigest, isRecord } from "./shape.ts";

/** What a shared place says of one result of a step. */
export interface StepRecord {
  readonly manifest: Manifest;
  /** The packs that hold the answers that it asked for; null where they were never written down. */
  readonly answers: readonly PackReference[] | null;
}

/** A record as it is written. */
export function formatRecord({ manifest, answers }: StepRecord): Expected & { readonly content: Buffer } {
  const packs =
    answers?.map(({ digest, bytes, answers: count }) => ({ digest, bytes, answers: count })) ?? null;
  const content = Buffer.from(`${JSON.stringify({ manifest, answers: packs })}\n`);
  return { digest: hash("sha256", content), bytes: content.length, content };
}

/** Reads the record of a step that has this digest. @throws Unfit where it is none */
export async function readRecord(remote: Remote, key: string, digest: string): Promise<StepRecord> {
  const { content, fits } = await readWhole(remote, recordName(key, digest), {
    digest,
    atMost: RECORD_BYTES,
  });
  if (!fits) throw new Unfit("does not fit its sha256");
  const record = parse(content.toString());
  if (!isStepRecord(record)) throw new Unfit("is no record of a step");
  if (record.manifest.key !== key || !isMadeFrom(record.manifest.ingredients, key))
    throw new Unfit("is the record of another step");
  return record;
}

/** True where outputs are those that a lock, or another manifest, names. */
export function areOutputs(
  outputs: Manifest["outputs"],
  named: { readonly [name: string]: string },
): boolean {
  const names = Object.keys(outputs);
  return (
    names.length === Object.keys(named).length &&
    names.every((name) => Object.hasOwn(named, name) && outputs[name]!.digest === named[name])
  );
}

/** Larger than any step's facts. */
const RECORD_BYTES = 64 << 20;
/** Larger than any pack but one of a single answer, and small enough for the memory. */
const PACK_BYTES = 256 << 20;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isMadeFrom(ingredients: JsonObject, key: string): boolean {
  try {
    return digestJson(ingredients) === key;
  } catch {
    // Nested deeper than anything of ours.
    return false;
  }
}

function isStepRecord(value: unknown): value is StepRecord {
  return (
    isRecord(value) &&
    isManifest(value.manifest) &&
    (value.answers === null || (Array.isArray(value.answers) && value.answers.every(isPackReference)))
  );
}

function isPackReference(value: unknown): value is PackReference {
  return (
    isRecord(value) &&
    isDigest(value.digest) &&
    isCount(value.bytes) &&
    value.bytes <= PACK_BYTES &&
    isCount(value.answers)
  );
}

function isManifest(value: unknown): value is Manifest {
  return (
    isRecord(value) &&
    isDigest(value.key) &&
    typeof value.step === "string" &&
    isCount(value.version) &&
    isRecord(value.ingredients) &&
    isRecord(value.outputs) &&
    Object.entries(value.outputs).every(([name, output]) => !/[/\0]/.test(name) && isOutput(output)) &&
    isRecord(value.summary) &&
    isRecord(value.summary.facts) &&
    typeof value.seconds === "number" &&
    isCount(value.requests) &&
    (value.cost_usd === null || typeof value.cost_usd === "number") &&
    (value.tokens === null || isTokens(value.tokens)) &&
    isRecord(value.resolved_models) &&
    Object.values(value.resolved_models).every(
      (names) => Array.isArray(names) && names.every((name) => typeof name === "string"),
    )
  );
}

const KINDS: ReadonlySet<unknown> = new Set(["rows", "model", "results", "verdict", "file"]);

function isOutput(value: unknown): value is OutputRecord {
  return (
    isRecord(value) &&
    KINDS.has(value.kind) &&
    isDigest(value.digest) &&
    isCount(value.bytes) &&
    (value.rows === null || isCount(value.rows)) &&
    (value.items === null || isCount(value.items))
  );
}

function isTokens(value: unknown): boolean {
  return isRecord(value) && isCount(value.input) && isCount(value.output);
}
