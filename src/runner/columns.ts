import { closeSync, openSync, readSync } from "node:fs";
import type { Json } from "./row.ts";
import { isObject } from "./spec.ts";

/** The columns of a JSON Lines file, read only as far as somebody asks. */
export interface Columns {
  /** True where any row has a value at this path below the item, as `["customer", "name"]`. */
  has(path: readonly string[]): boolean;
  /** The top columns found so far, after the whole file was read if `all`. */
  names(all?: boolean): readonly string[];
}

// The first rows answer nearly every question; only a question that they do not answer reads on.
const firstBytes = 16 * 1024;
const chunkBytes = 256 * 1024;
const maxDepth = 8;

/** Opens the columns of a file. Lines that are not JSON objects are passed over: reading rows tells them. */
export function readColumns(path: string): Columns {
  const found = new Set<string>();
  const lists = new Set<string>();
  const scanner = scan(path, (value) => collect(value, [], found, lists));
  const known = (way: readonly string[]) =>
    found.has(mark(way)) || way.some((_, i) => lists.has(mark(way.slice(0, i))));
  return {
    has(way) {
      while (!known(way)) if (scanner.next().done === true) return false;
      return true;
    },
    names(all = false) {
      while (all && scanner.next().done !== true);
      return [...found].filter((entry) => !entry.includes("\0"));
    },
  };
}

const mark = (way: readonly string[]) => way.join("\0");

function collect(value: Json, way: readonly string[], found: Set<string>, lists: Set<string>): void {
  if (Array.isArray(value)) lists.add(mark(way));
  if (!isObject(value) || way.length >= maxDepth) return;
  for (const [key, entry] of Object.entries(value)) {
    const below = [...way, key];
    found.add(mark(below));
    collect(entry, below, found, lists);
  }
}

// Yields after every chunk, so that a question about the first row does not read a gigabyte.
function* scan(path: string, visit: (value: Json) => void): Generator<void, void> {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    let rest = Buffer.alloc(0);
    for (let length = firstBytes; ; length = chunkBytes) {
      const size = readSync(file, buffer, 0, length, null);
      const text = Buffer.concat([rest, buffer.subarray(0, size)]);
      const end = size === 0 ? text.length : text.lastIndexOf(10) + 1;
      rest = Buffer.from(text.subarray(end));
      for (const line of text.subarray(0, end).toString("utf8").split("\n")) {
        const value = parse(line);
        if (value !== undefined) visit(value);
      }
      yield;
      if (size === 0) return;
    }
  } finally {
    closeSync(file);
  }
}

function parse(line: string): Json | undefined {
  if (line.trim() === "") return undefined;
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}
