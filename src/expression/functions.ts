import type { Compiled, Context } from "./compiled.ts";
import { Failure, type Frame, spend } from "./frame.ts";
import { findLiteralPattern, findPattern, patternSize } from "./pattern.ts";
import { placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import { any, bool, type Kind, listOf, number, string, type Type } from "./type.ts";

/** A function or method of the language. A method's receiver is its first argument. */
export interface FunctionDefinition {
  readonly style: "function" | "method" | "either";
  /** The kinds that each argument may have. */
  readonly takes: readonly (readonly Kind[])[];
  /** How many of the arguments must be there. */
  readonly needs: number;
  readonly gives: Type;
  /** Finds what is wrong with arguments that stand in the text. */
  readonly check?: (values: readonly Compiled[], context: Context) => void;
  readonly run: (args: never[], frame: Frame, node: SyntaxNode) => unknown;
}

type Run<Args extends readonly unknown[]> = (args: Args, frame: Frame, node: SyntaxNode) => unknown;

const everything: readonly Kind[] = ["number", "string", "bool", "null", "list", "object"];

/** Every function by name. What CEL has beyond them (bytes, timestamps, `type`, `cel.bind`) is left out. */
export const functions: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ["size", define("either", [["string", "list", "object"]], number, size)],
  ["contains", onTexts(bool, ([text, part]) => text.includes(part))],
  ["startsWith", onTexts(bool, ([text, part]) => text.startsWith(part))],
  ["endsWith", onTexts(bool, ([text, part]) => text.endsWith(part))],
  ["matches", { ...onTexts(bool, matches), check: checkPattern }],
  ["split", onTexts(listOf(string), split)],
  ["indexOf", onTexts(number, ([text, part]) => countBefore(text, text.indexOf(part)))],
  ["lastIndexOf", onTexts(number, ([text, part]) => countBefore(text, text.lastIndexOf(part)))],
  ["substring", { ...define("method", [["string"], ["number"], ["number"]], string, substring), needs: 2 }],
  ["lowerAscii", onText(([text]) => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase()))],
  ["upperAscii", onText(([text]) => text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase()))],
  ["trim", onText(([text]) => text.trim())],
  ["join", { ...define("method", [["list"], ["string"]], string, join), needs: 1 }],
  ["double", define("function", [["number", "string"]], number, toNumber)],
  ["int", define("function", [["number", "string"]], number, toInteger)],
  ["string", define("function", [["string", "number", "bool"]], string, ([value]) => String(value))],
  ["bool", define("function", [["bool", "string"]], bool, toBool)],
  ["dyn", define("function", [everything], any, ([value]) => value)],
]);

function define<Args extends readonly unknown[]>(
  style: FunctionDefinition["style"],
  takes: FunctionDefinition["takes"],
  gives: Type,
  run: Run<Args>,
): FunctionDefinition {
  // The kinds of the arguments are checked against `takes` before every run.
  return { style, takes, needs: takes.length, gives, run: run as unknown as FunctionDefinition["run"] };
}

function onText(run: Run<readonly [string]>): FunctionDefinition {
  return define("method", [["string"]], string, ((args, frame, node) => {
    spend(frame, args[0].length >> 2, node);
    return run(args, frame, node);
  }) satisfies Run<readonly [string]>);
}

function onTexts(gives: Type, run: Run<readonly [string, string]>): FunctionDefinition {
  return define("method", [["string"], ["string"]], gives, ((args, frame, node) => {
    spend(frame, (args[0].length + args[1].length) >> 2, node);
    return run(args, frame, node);
  }) satisfies Run<readonly [string, string]>);
}

function size(
  [value]: readonly [string | readonly unknown[] | object],
  frame: Frame,
  node: SyntaxNode,
): number {
  if (typeof value === "string") {
    spend(frame, value.length >> 2, node);
    return countCodePoints(value);
  }
  if (Array.isArray(value)) return value.length;
  const { length } = Object.keys(value);
  spend(frame, length, node);
  return length;
}

function matches([text, pattern]: readonly [string, string], frame: Frame, node: SyntaxNode): boolean {
  // A pattern out of the text is in the cache from the start; one out of a row is compiled here.
  if (!frame.patterns.compiled.has(pattern)) spend(frame, 300 * patternSize(pattern), node);
  const found = findPattern(frame.patterns, pattern);
  // The reason would quote the row's own text.
  if (!found.ok) throw new Failure(`${sourceOf(node)}: the pattern is not valid`, node);
  // Measured: at worst some 100 ns for a character, and 20 ns more for each instruction.
  spend(frame, text.length * (8 + (found.regex.programSize() >> 2)), node);
  return found.regex.test(text);
}

function checkPattern([, pattern]: readonly Compiled[], context: Context): void {
  const value = pattern?.constant?.value;
  if (pattern === undefined || typeof value !== "string") return;
  const found = findLiteralPattern(context.patterns, value);
  if (found.ok) return;
  context.report({
    message: `the pattern is not valid: ${found.reason}`,
    ...placeOf(pattern.node),
    hint: "the syntax is RE2's: no lookaround, no back-references",
  });
}

function split([text, separator]: readonly [string, string], frame: Frame, node: SyntaxNode): string[] {
  const parts = separator === "" ? Array.from(text) : text.split(separator);
  spend(frame, 4 * parts.length, node);
  return parts;
}

function join(
  [list, separator = ""]: readonly [readonly unknown[], string?],
  frame: Frame,
  node: SyntaxNode,
) {
  let text = "";
  for (let index = 0; index < list.length; index++) {
    const part = list[index];
    if (typeof part !== "string") throw new Failure(`${sourceOf(node)}: join takes a list of strings`, node);
    const added = index === 0 ? part : separator + part;
    spend(frame, 1 + (added.length >> 3), node);
    text += added;
  }
  return text;
}

/** As in CEL's extension for strings: places are code points, and must lie inside the text. */
function substring(
  [text, start, end]: readonly [string, number, number?],
  frame: Frame,
  node: SyntaxNode,
): string {
  spend(frame, text.length, node);
  const letters = hasSurrogates.test(text) ? Array.from(text) : text;
  const last = end ?? letters.length;
  const isPlace = Number.isInteger(start) && Number.isInteger(last) && start >= 0 && start <= last;
  if (!isPlace || last > letters.length) throw new Failure(`${sourceOf(node)} is outside of the text`, node);
  const part = letters.slice(start, last);
  return typeof part === "string" ? part : part.join("");
}

function toNumber([value]: readonly [string | number], _: Frame, node: SyntaxNode): number {
  if (typeof value === "number") return value;
  const result = value.length <= 400 && decimal.test(value) ? Number(value) : Number.NaN;
  if (!Number.isFinite(result)) throw new Failure(`${sourceOf(node)}: the text is not a number`, node);
  return result;
}

function toInteger(args: readonly [string | number], frame: Frame, node: SyntaxNode): number {
  return Math.trunc(toNumber(args, frame, node));
}

function toBool([value]: readonly [string | boolean], _: Frame, node: SyntaxNode): boolean {
  if (typeof value === "boolean") return value;
  if (["true", "True", "TRUE", "t", "1"].includes(value)) return true;
  if (["false", "False", "FALSE", "f", "0"].includes(value)) return false;
  throw new Failure(`${sourceOf(node)}: the text is neither true nor false`, node);
}

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const hasSurrogates = /[\ud800-\udbff]/;

function countBefore(text: string, index: number): number {
  return index < 0 ? -1 : countCodePoints(text.slice(0, index));
}

function countCodePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index++) {
    if (text.codePointAt(index)! <= 0xffff) continue;
    count--;
    index++;
  }
  return count;
}
