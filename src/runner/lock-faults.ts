import { checkOf, formatBody } from "./format-lock.ts";
import { digestJson } from "./key.ts";
import { parseLock } from "./lock.ts";
import { isObject } from "./spec.ts";

/** One place of a lock that is not what distill wrote. */
export interface LockFault {
  /** From 1; undefined where no single line is meant. */
  readonly line: number | undefined;
  readonly message: string;
}

/** Where a lock of this version was touched: every part carries a check of its own. Empty where nothing was. */
export function findLockFaults(text: string): readonly LockFault[] {
  const read = parseLock(text);
  if (!read.ok) return [{ line: read.line, message: read.reason }];
  const { body } = read;
  const faults: LockFault[] = [];
  for (const [id, step] of Object.entries(isObject(body.steps) ? body.steps : {})) {
    const { check, ...rest } = isObject(step) ? step : {};
    if (check !== checkOf(rest))
      faults.push({ line: lineOf(text, `  ${id}:`), message: `step ${id} does not fit its check` });
  }
  if (read.digest !== digestJson(body) && faults.length === 0)
    faults.push({
      line: lineOf(text, "digest:") ?? 1,
      message: "the digest does not fit: it, or a line outside of the steps, was edited",
    });
  const expected = formatBody(body).split("\n");
  const line = text.split("\n").findIndex((one, at) => one !== expected[at]);
  // A digest that does not fit differs here too, and was told.
  if (line >= 0 && faults.length === 0)
    faults.push({ line: line + 1, message: "this line is not as distill writes it" });
  return faults;
}

/** The line of a lock's text that begins with this, from 1. */
export function lineOf(text: string, start: string): number | undefined {
  const line = text.split("\n").findIndex((one) => one.startsWith(start));
  return line < 0 ? undefined : line + 1;
}
