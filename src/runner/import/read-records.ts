import { open, readFile } from "node:fs/promises";
import type { Json, JsonObject } from "../row.ts";
import { isRecord } from "./fields.ts";

/** One record of a file with its place there, or what is wrong at that place. */
export type PlacedRecord = {
  /** `data.jsonl:17`, or `output.json, entry 17`. */
  readonly place: string;
} & ({ readonly record: JsonObject } | { readonly fault: string });

/**
 * The records of a file: JSON Lines, a JSON list, a list of OpenAI's API (`data`), or promptfoo's output (`results`).
 *
 * @param name stands for the file in places
 */
export async function* readRecords(path: string, name: string): AsyncGenerator<PlacedRecord> {
  if (await isOneValue(path)) {
    const value = parse(await readFile(path));
    if (value === undefined) yield { place: name, fault: "it is no JSON" };
    else yield* entries(listIn(value) ?? [value], name);
    return;
  }
  let line = 0;
  for await (const bytes of readLines(path)) {
    line += 1;
    if (bytes.toString("latin1").trim() === "") continue;
    const place = `${name}:${line}`;
    const value = parse(bytes);
    const list = value === undefined ? undefined : listIn(value);
    if (list !== undefined) yield* entries(list, place);
    else if (isRecord(value)) yield { place, record: value };
    else yield { place, fault: value === undefined ? "it is no JSON" : "it is no JSON object" };
  }
}

function* entries(list: readonly Json[], name: string): Generator<PlacedRecord> {
  for (const [index, value] of list.entries()) {
    const place = `${name}, entry ${index + 1}`;
    if (isRecord(value)) yield { place, record: value };
    else yield { place, fault: "it is no JSON object" };
  }
}

/** The records that a value lists; undefined where it is a record itself. */
function listIn(value: Json): readonly Json[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isRecord(value)) return undefined;
  if (Array.isArray(value.data) && !("messages" in value)) return value.data as readonly Json[];
  const { results } = value;
  if (isRecord(results) && Array.isArray(results.results)) return results.results as readonly Json[];
  return Array.isArray(results) ? results : undefined;
}

/** True where a file is one JSON value over several lines: its first line opens what it does not close. */
async function isOneValue(path: string): Promise<boolean> {
  for await (const bytes of readLines(path)) {
    const line = bytes.toString("latin1").trim();
    if (line !== "") return /^(\xef\xbb\xbf)?[[{]/.test(line) && !/[}\]]$/.test(line);
  }
  return false;
}

async function* readLines(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    // One character a byte, so that nothing is replaced before it is decoded.
    for await (const line of file.readLines({ encoding: "latin1" })) yield Buffer.from(line, "latin1");
  } finally {
    await file.close();
  }
}

function parse(bytes: Buffer): Json | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
