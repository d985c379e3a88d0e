import type { Argument, Call, PathExpression, Span } from "handlebars/dist/cjs/handlebars/compiler/base.js";
import { type Frame, findLoop, findParam, findRoot, frameAbove } from "./frame.ts";
import type { TextProblem } from "./problem.ts";
import { quoteText } from "./quote-text.ts";
import { isReserved } from "./read-key.ts";
import type { Expression, LoopValue } from "./template-node.ts";

/** A path of the scope that an expression reads, and where it stands. */
interface Read {
  readonly path: readonly string[];
  readonly span: Span;
}

/** What an expression does. */
export interface Resolved {
  /** What rendering has to do. */
  readonly expression: Expression;
  /** Which value of the scope it gives, by its path; null where only the row tells. */
  readonly path: readonly string[] | null;
  /** The paths of the scope that it names. */
  readonly reads: readonly Read[];
}

/** Finds out what an argument reads in a frame, and refuses what is not on the list of what templates may do. */
export function resolveExpression(argument: Argument, frame: Frame, text: string): Resolved | TextProblem {
  switch (argument.type) {
    case "PathExpression":
      return argument.data ? resolveData(argument, frame, text) : resolvePath(argument, frame, text);
    case "SubExpression":
      return resolveCall(argument, frame, text);
    default:
      return problemAt(
        argument.loc,
        `${shown(argument.loc, text)} is not a path`,
        "name a field, such as item.text",
      );
  }
}

/** Finds out what the call of a helper reads; the only one there is is `lookup`. */
export function resolveCall(call: Call, frame: Frame, text: string): Resolved | TextProblem {
  const name = text.slice(call.path.loc.start, call.path.loc.end);
  // Handlebars reads "item..a" and "item." as a call of "item".
  if (text.startsWith(".", call.path.loc.end)) {
    const span = { start: call.path.loc.start, end: call.params[0]?.loc.end ?? call.path.loc.end };
    return problemAt(span, `${shown(span, text)} has a dot too many`);
  }
  if (name !== "lookup") {
    return problemAt(
      call.path.loc,
      `there is no helper ${quoteText(name)}`,
      'the only helper is lookup; the blocks are "if", "unless", "each" and "with"',
    );
  }
  const [holder, key] = call.params;
  if (!holder || !key || call.params.length > 2 || call.hash) {
    return problemAt(call.path.loc, "lookup takes two arguments", "write {{ lookup item.scores item.team }}");
  }
  const of = resolveExpression(holder, frame, text);
  if ("message" in of) return of;
  const expressionText = text.slice(call.path.loc.start, (call.params[1] ?? call.path).loc.end);
  const span = { start: holder.loc.start, end: key.loc.end };
  if (key.type === "StringLiteral" || key.type === "NumberLiteral") {
    const constant = String(key.value);
    if (isReserved(constant)) return reserved(key.loc, constant);
    const path = of.path && [...of.path, constant];
    const expression: Expression = {
      kind: "lookup",
      holder: of.expression,
      key: constant,
      text: expressionText,
    };
    return { expression, path, reads: path ? [{ path, span }] : of.reads };
  }
  const by = resolveExpression(key, frame, text);
  if ("message" in by) return by;
  const expression: Expression = {
    kind: "lookup",
    holder: of.expression,
    key: by.expression,
    text: expressionText,
  };
  return { expression, path: null, reads: [...of.reads, ...by.reads] };
}

function resolvePath(
  { parts, depth, loc }: PathExpression,
  frame: Frame,
  text: string,
): Resolved | TextProblem {
  const forbidden = parts.find(isReserved);
  if (forbidden !== undefined) return reserved(loc, forbidden);
  const written = text.slice(loc.start, loc.end);
  // `this.name` and `./name` are fields even where a name after `as` is the same.
  const isField = depth > 0 || /^(?:\.|this(?=$|[./]))/.test(written);
  const param = isField ? undefined : findParam(frame, parts[0]);
  if (param?.isKey) {
    if (parts.length > 1) return problemAt(loc, `${quoteText(written)} reads a field of a key`);
    return { expression: { kind: "loop", up: param.up, of: "key", text: written }, path: null, reads: [] };
  }
  const up = param?.up ?? depth;
  const source = frameAbove(frame, up);
  if (!source) return problemAt(loc, `${quoteText(written)} leads out of the scope`);
  return readFrom(source, up, param ? parts.slice(1) : parts, loc, written);
}

function resolveData(
  { parts, depth, loc }: PathExpression,
  frame: Frame,
  text: string,
): Resolved | TextProblem {
  const written = text.slice(loc.start, loc.end);
  const [name = "", ...keys] = parts;
  if (name === "root" && depth === 0) {
    const forbidden = keys.find(isReserved);
    if (forbidden !== undefined) return reserved(loc, forbidden);
    const { root, up } = findRoot(frame);
    return readFrom(root, up, keys, loc, written);
  }
  if (!isLoopValue(name) || keys.length > 0) {
    return problemAt(
      loc,
      `there is no ${quoteText(written)}`,
      "there are @index, @key, @first, @last and @root.item",
    );
  }
  const up = findLoop(frame, depth);
  if (up === undefined) return problemAt(loc, `${quoteText(written)} stands outside of {{#each}}`);
  return { expression: { kind: "loop", up, of: name, text: written }, path: null, reads: [] };
}

function readFrom(
  source: Frame,
  up: number,
  keys: readonly string[],
  span: Span,
  written: string,
): Resolved | TextProblem {
  const path = source.path && [...source.path, ...keys];
  if (path?.length === 0) {
    return problemAt(span, `${quoteText(written)} is the whole scope`, "name a part of it, such as item");
  }
  const expression: Expression = { kind: "path", up, keys, text: written };
  return { expression, path, reads: path ? [{ path, span }] : [] };
}

function isLoopValue(name: string): name is LoopValue {
  return name === "index" || name === "key" || name === "first" || name === "last";
}

function reserved(span: Span, key: string): TextProblem {
  return problemAt(span, `no field of a row may be called "${key}"`);
}

function shown({ start, end }: Span, text: string): string {
  return quoteText(text.slice(start, end));
}

function problemAt({ start, end }: Span, message: string, hint?: string): TextProblem {
  return { message, offset: start, length: Math.max(1, end - start), ...(hint ? { hint } : {}) };
}
