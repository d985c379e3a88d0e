import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js";
import type { TextProblem } from "../templating/problem.ts";
import { tooDeep, toProblem } from "./syntax-problem.ts";

/** A part of an expression's syntax tree, with the place in the text that it covers. */
export type SyntaxNode = ASTNode;

/** The longest expression that is read, in UTF-16 units. */
const maxTextLength = 8_192;

/**
 * Text → syntax tree, or the one place where it stops being CEL.
 * The library reads the text and nothing more: what an expression means is decided in this folder.
 */
export function parseSyntax(
  text: string,
): { readonly ok: true; readonly node: SyntaxNode } | { readonly ok: false; readonly problem: TextProblem } {
  if (text.length > maxTextLength) {
    const message = `the expression is longer than ${maxTextLength} characters`;
    return {
      ok: false,
      problem: { message, offset: maxTextLength, length: text.length - maxTextLength },
    };
  }
  if (text.trim() === "") {
    return { ok: false, problem: { message: "the expression is empty", offset: 0, length: 1 } };
  }
  try {
    const node = grammar.parse(text).ast;
    const deepest = findTooDeep(node);
    if (deepest === undefined) return { ok: true, node };
    return { ok: false, problem: { message: tooDeep, ...placeOf(deepest) } };
  } catch (error) {
    // A long row of "!" or "-" recurses in the parser without a limit of its own.
    if (error instanceof RangeError) {
      return { ok: false, problem: { message: tooDeep, offset: 0, length: text.length } };
    }
    if (!(error instanceof ParseError)) throw error;
    return { ok: false, problem: toProblem(text, error) };
  }
}

/** The nodes directly below a node, in the order of the text. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "map":
      return node.args.flat();
    case "!_":
    case "-_":
      return [node.args];
    default:
      return node.args;
  }
}

/** A node's offset and length, for a problem. */
export function placeOf(node: SyntaxNode): { readonly offset: number; readonly length: number } {
  return { offset: node.start, length: Math.max(1, node.end - node.start) };
}

/** A node's own text, on one line and short enough for a message. */
export function sourceOf(node: SyntaxNode): string {
  const source = node.input.slice(node.start, Math.min(node.end, node.start + 400)).replaceAll(/\s+/g, " ");
  return source.length > 80 ? `${source.slice(0, 79)}…` : source;
}

const maxDepth = 500;

const grammar = new Environment({
  enableOptionalTypes: true,
  limits: { maxAstNodes: 4_096, maxDepth: 100, maxListElements: 1_000, maxMapEntries: 1_000 },
});

function findTooDeep(root: SyntaxNode): SyntaxNode | undefined {
  const open: { node: SyntaxNode; depth: number }[] = [{ node: root, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.depth > maxDepth) return next.node;
    for (const node of childrenOf(next.node)) open.push({ node, depth: next.depth + 1 });
  }
  return undefined;
}
