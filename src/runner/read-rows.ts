import { createReadStream } from "node:fs";
import type { Json, Row } from "./row.ts";
import { isObject } from "./spec.ts";
import { StepFailure } from "./step-failure.ts";

/** The lines of a JSON Lines file as values; `name` stands for the file in messages. */
export async function* readJsonLines(
  path: string,
  name: string,
): AsyncGenerator<{ value: Json; line: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  const decode = function* (bytes: Buffer): Generator<{ value: Json; line: number }> {
    let start = 0;
    for (let end = bytes.indexOf(10); start < bytes.length; end = bytes.indexOf(10, start)) {
      const stop = end < 0 ? bytes.length : end;
      line++;
      const value = parseLine(bytes.subarray(start, stop), decoder, name, line);
      if (value !== undefined) yield { value, line };
      start = stop + 1;
    }
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(10) + 1;
    rest = bytes.subarray(end);
    yield* decode(bytes.subarray(0, end));
  }
  yield* decode(rest);
}

/** The items of a dataset as rows without answers. */
export async function* readDataset(path: string, name: string, idColumn: string): AsyncGenerator<Row> {
  const seen = new Map<string, number>();
  for await (const { value, line } of readJsonLines(path, name)) {
    if (!isObject(value))
      throw new StepFailure(`${name}:${line}: an item is a JSON object, and this is not one`);
    const raw = Object.hasOwn(value, idColumn) ? value[idColumn] : undefined;
    if (typeof raw !== "string" && typeof raw !== "number")
      throw new StepFailure(
        `${name}:${line}: no "${idColumn}" that identifies the item`,
        "name the column: datasets.NAME.id",
      );
    const id = String(raw);
    const first = seen.get(id);
    if (first !== undefined)
      throw new StepFailure(`${name}:${line}: the id "${id}" was used on line ${first} already`);
    seen.set(id, line);
    yield { id, item: value, messages: [], sample: null, metadata: {}, grades: {} };
  }
}

function parseLine(
  bytes: Buffer,
  decoder: InstanceType<typeof TextDecoder>,
  name: string,
  line: number,
): Json | undefined {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new StepFailure(`${name}:${line}: not valid UTF-8`);
  }
  if (text.trim() === "") return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new StepFailure(`${name}:${line}: not valid JSON: ${(error as Error).message.split("\n")[0]}`);
  }
  // Whatever writes the row later goes down as deep, and would overflow.
  if (text.length > 2 * maxDepth && !isShallow(value, maxDepth))
    throw new StepFailure(`${name}:${line}: nested more than ${maxDepth} levels deep`);
  return value;
}

const maxDepth = 1000;

function isShallow(value: Json, depth: number): boolean {
  if (value === null || typeof value !== "object") return true;
  return depth > 0 && Object.values(value).every((entry) => isShallow(entry as Json, depth - 1));
}
