import { parse } from "yaml";
import { digestJson } from "./key.ts";
import { type Look, type Looks, looksInText } from "./looks.ts";
import type { Json, JsonObject } from "./row.ts";
import { isObject } from "./spec.ts";

/** One step as the lock records it. */
export interface LockedStep {
  readonly key: string;
  readonly uses: string;
  /** sha256 of every output. */
  readonly outputs: { readonly [name: string]: string };
  /** Rows of the outputs that have rows. */
  readonly rows?: { readonly [name: string]: number };
  /** The figures of a step whose facts are told again from evidence, rounded to six digits. */
  readonly metrics?: JsonObject;
  /** The facts of every other step. */
  readonly facts?: JsonObject;
  /** Model names that providers resolved, by the model's name here. */
  readonly resolved_models?: { readonly [model: string]: readonly string[] };
  /** What its answers cost when they were first bought, US dollars; left out where that is not recorded. */
  readonly first_paid_usd?: number;
  /** Days of the price lists that this comes from. */
  readonly prices_as_of?: readonly string[];
  /** sha256 of the step's lines of evidence. */
  readonly evidence?: string;
  /** The first 16 digits of the sha256 of all of the above, so that an edit has a place. */
  readonly check: string;
}

/** A lock that was read and fits its own digest. */
export interface Lock {
  readonly text: string;
  readonly name: string;
  readonly steps: ReadonlyMap<string, LockedStep>;
  /** sha256 of every dataset's file, and of what every step that looks at the world found there, by name. */
  readonly sources: { readonly [name: string]: string };
  /** sha256 of every other file that the spec names, by its path as written. */
  readonly files: { readonly [path: string]: string };
  readonly looks: Looks;
  /** What ids are hashed with in the evidence. */
  readonly salt: string;
  /** sha256 of the evidence file. */
  readonly evidence: string;
  readonly verdict: string | null;
}

/** A lock, or why the file is none. */
export type ReadLock =
  | { readonly state: "good"; readonly lock: Lock }
  | {
      readonly state: "stale";
      readonly reason: string;
      /** Keys of steps that it names all the same. */
      readonly keys: ReadonlySet<string>;
      /** The looks that it names all the same: a merge must not make anybody forget them. */
      readonly looks: Looks;
      readonly salt: string | undefined;
    }
  | { readonly state: "newer"; readonly version: number };

/** The version of the lock's own format. */
export const lockVersion = 2;

/** Reads a lock's text and checks it against its own digest. */
export function readLock(text: string): ReadLock {
  const read = parseLock(text);
  if (!read.ok) return stale(text, read.reason);
  if (read.version > lockVersion) return { state: "newer", version: read.version };
  if (read.version < lockVersion) return stale(text, "an older distill wrote it");
  if (read.digest !== digestJson(read.body))
    return stale(
      text,
      "its digest does not fit: it was edited, or two locks were merged and nobody ran the result",
    );
  if (!isLockBody(read.body)) return stale(text, "it does not say what a lock says");
  return { state: "good", lock: toLock(text, read.body) };
}

/** A lock's text as far as it can be read, whether or not it fits its digest; undefined where it is none. */
export function readLockLoosely(text: string): Lock | undefined {
  const read = parseLock(text);
  if (!read.ok || read.version !== lockVersion || !isLockBody(read.body)) return undefined;
  return toLock(text, read.body);
}

/** Keys of steps that a lock names, whatever its state. */
export function keysOfLock(lock: ReadLock | undefined): ReadonlySet<string> {
  if (lock === undefined || lock.state === "newer") return new Set();
  return lock.state === "stale" ? lock.keys : new Set([...lock.lock.steps.values()].map((step) => step.key));
}

/** The looks that a lock names, whatever its state. */
export function looksOfLock(lock: ReadLock | undefined): Looks {
  if (lock === undefined || lock.state === "newer") return new Map();
  return lock.state === "stale" ? lock.looks : lock.lock.looks;
}

/** A lock's text taken apart, whether or not it fits its digest. */
export type ParsedLock =
  | {
      readonly ok: true;
      readonly version: number;
      readonly digest: Json | undefined;
      readonly body: JsonObject;
    }
  | { readonly ok: false; readonly reason: string; readonly line: number | undefined };

/** Takes a lock's text apart; its body is what the digest is over. */
export function parseLock(text: string): ParsedLock {
  const conflict = text.split("\n").findIndex((line) => /^(<{7}|={7}|>{7})( |$)/.test(line));
  if (conflict >= 0)
    return {
      ok: false,
      line: conflict + 1,
      reason: "two locks were merged and the conflict is not resolved",
    };
  let value: Json;
  try {
    // A lock may have come from anywhere: no aliases, no tags.
    value = parse(text, { schema: "core", maxAliasCount: 0 }) as Json;
  } catch (error) {
    const line = (error as { linePos?: readonly { line: number }[] }).linePos?.[0]?.line;
    return { ok: false, line, reason: "it is not valid YAML" };
  }
  if (!isObject(value) || typeof value.lock !== "number")
    return { ok: false, line: 1, reason: "it is not a lock" };
  const { digest, lock: version, ...body } = value;
  return { ok: true, version, digest, body };
}

function isLockBody(body: JsonObject): boolean {
  const { name, steps, sources, files, looks, salt, evidence } = body;
  return (
    typeof name === "string" &&
    typeof salt === "string" &&
    typeof evidence === "string" &&
    [steps, sources, files, looks].every((part) => isObject(part)) &&
    Object.values(steps as JsonObject).every(
      (step) => isObject(step) && typeof step.key === "string" && isTexts(step.outputs),
    ) &&
    isTexts(sources) &&
    isTexts(files) &&
    Object.values(looks as JsonObject).every(
      (look) =>
        isObject(look) &&
        typeof look.rows === "string" &&
        Array.isArray(look.seen) &&
        look.seen.every(isTexts),
    )
  );
}

function isTexts(value: Json | undefined): boolean {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}

function toLock(text: string, body: JsonObject): Lock {
  const { name, steps, sources, files, looks, salt, evidence, verdict } = body as unknown as Omit<
    Lock,
    "steps" | "looks" | "text"
  > & {
    readonly steps: { readonly [id: string]: LockedStep };
    readonly looks: { readonly [rows: string]: { readonly rows: string; readonly seen: readonly Look[] } };
  };
  return {
    text,
    name,
    steps: new Map(Object.entries(steps ?? {})),
    sources,
    files,
    looks: new Map(Object.entries(looks ?? {})),
    salt,
    evidence,
    verdict,
  };
}

function stale(text: string, reason: string): ReadLock {
  return {
    state: "stale",
    reason,
    keys: new Set(text.match(/(?<=\bkey: )[0-9a-f]{64}\b/g)),
    looks: looksInText(text),
    salt: text.match(/^salt: ([0-9a-f]{32})$/m)?.[1],
  };
}
