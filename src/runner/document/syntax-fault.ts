import { isCollection, isScalar, type Node, visit, type YAMLError } from "yaml";
import type { Fault } from "./faults.ts";

/** The first of a text's syntax errors in our words; the others mostly follow from it. */
export function explainSyntax(
  errors: readonly YAMLError[],
  text: string,
  top: Node | null,
): Fault | undefined {
  const [error] = errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (error === undefined) return undefined;
  const [start, end] = error.pos;
  if (NEVER_CLOSED.test(error.message)) {
    const opening = openingOf(top, start);
    const template = unquotedHint(lineAt(text, opening));
    if (template !== undefined) return { span: [opening, opening + 1], message: BRACE, hint: template };
    const isQuote = /["']/.test(text.charAt(opening));
    const what = isQuote ? "quote" : text.charAt(opening);
    return {
      span: [opening, isQuote ? endOfLine(text, opening) : opening + 1],
      message: `this ${what} is not closed`,
    };
  }
  const span = [Math.min(start, Math.max(0, text.length - 1)), Math.max(start, end)] as const;
  const template = unquotedHint(lineAt(text, start));
  return template === undefined
    ? { span, ...describe(error, text) }
    : { span, message: BRACE, hint: template };
}

/**
 * What to do about a template or variable without quotes in a line; undefined where there is none. It is
 * the commonest fault of all: YAML reads `{{ … }}` as a mapping.
 */
export function unquotedHint(line: string): string | undefined {
  if (/(?:^|[:\-[,{]\s)\s*\{\{/.test(line)) return "put the template in quotes";
  if (/[{,[].*[:,[]\s*\$\{vars\./.test(line)) return "put the variable in quotes";
  return undefined;
}

/** What is wrong where `unquotedHint` knows what to do. */
export const BRACE = "without quotes a brace begins a mapping";
const NEVER_CLOSED = /^Missing closing|end with a [\]}]$/;

/** Where the innermost quoted text or collection begins that the parser closed at an offset for want of an end. */
function openingOf(top: Node | null, end: number): number {
  let opening = end;
  visit(top, {
    Node(_, node) {
      const ends = (isScalar(node) && node.type?.startsWith("QUOTE")) || (isCollection(node) && node.flow);
      if (ends && node.range?.[1] === end) opening = node.range[0];
    },
  });
  return opening;
}

function lineAt(text: string, offset: number): string {
  return text.slice(text.lastIndexOf("\n", offset - 1) + 1, endOfLine(text, offset));
}

function endOfLine(text: string, start: number): number {
  const end = text.slice(start).search(/\r?\n/);
  return end < 0 ? text.length : start + end;
}

function describe({ code, message, pos }: YAMLError, text: string): { message: string; hint?: string } {
  const [start, end] = pos;
  switch (code) {
    case "TAB_AS_INDENT":
      return { message: "a tab cannot indent", hint: "indent with spaces" };
    case "BAD_INDENT": {
      const hint = "begin the keys of one mapping in one column";
      return { message: "this line is indented unlike its neighbours", hint };
    }
    case "BLOCK_AS_IMPLICIT_KEY": {
      const hint = "quote the text if the colon belongs to it";
      return { message: "a second mapping or list cannot begin on this line", hint };
    }
    case "MULTILINE_IMPLICIT_KEY":
      return { message: "a key must stand on one line", hint: 'is a ":" missing, or a quote?' };
    case "BAD_SCALAR_START":
      return { message: `a text cannot begin with ${text.charAt(start)}`, hint: "put quotes around it" };
    case "BAD_DQ_ESCAPE":
      return { message: lower(message), hint: "in single quotes a backslash is a backslash" };
    case "MISSING_CHAR": {
      if (!/map keys need to be followed/.test(message)) return { message: lower(message) };
      return { message: "a key without a value stands here", hint: 'is a ":" missing?' };
    }
    case "UNEXPECTED_TOKEN": {
      if (/^Unexpected scalar/.test(message)) return describeTrailing(text.charAt(start - 1));
      if (!/^Unexpected [\w-]+ /.test(message)) return { message: lower(message) };
      const token = text.slice(start, end).trim();
      return { message: token === "" ? "something is missing here" : `"${token}" cannot stand here` };
    }
    default:
      return { message: lower(message) };
  }
}

function describeTrailing(before: string): { message: string; hint: string } {
  const message = "text goes on where a value has ended";
  if (before === "'") return { message, hint: "in single quotes, write '' for a quote" };
  return { message, hint: "put quotes around the whole value" };
}

/** A message of the library, in the manner of ours. */
function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
