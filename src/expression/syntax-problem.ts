import type { ParseError } from "@marcbachmann/cel-js";
import type { TextProblem } from "../templating/problem.ts";

/** The message for a text that would take too long to work on. */
export const tooDeep = "the expression is too long or nested too deeply";

/** The parser's error in our words: what stands there, what is expected, and what people mean by it. */
export function toProblem(text: string, error: ParseError): TextProblem {
  const offset = error.range?.start ?? 0;
  const character = text.codePointAt(offset) ?? 0;
  const found = text.slice(offset, Math.max(error.range?.end ?? 0, offset + (character > 0xffff ? 2 : 1)));
  const place = { offset, length: Math.max(1, found.length) };
  const hint = hintFor(text, offset, found);
  const problem = (message: string, ownHint = hint): TextProblem =>
    ownHint === undefined ? { message, ...place } : { message, ...place, hint: ownHint };

  switch (error.code) {
    case "expected_token": {
      const expected = tokens[/^Expected (\w+)/.exec(error.summary)?.[1] ?? ""] ?? "something else";
      return problem(
        found === ""
          ? `the expression ends where ${expected} is expected`
          : `${expected} is expected here, not ${show(found)}`,
      );
    }
    case "unexpected_token":
    case "unexpected_character":
      return problem(found === "" ? "the expression ends too early" : `${show(found)} is not expected here`);
    case "unterminated_string":
    case "unterminated_triple_quoted_string":
      return problem("the string that begins here is not closed", "close it with the quote that opens it");
    case "newline_in_string":
      return problem("a string ends on the line that it begins on", "write \\n for a line break");
    case "reserved_identifier":
      return problem(`${show(found)} is a reserved word`);
    case "limit_exceeded":
      return problem(tooDeep);
    case "invalid_macro_argument":
      return problem("a name is expected here", "such as item.tags.exists(tag, tag == 'new')");
    case "invalid_number":
    case "invalid_exponent":
    case "invalid_integer":
    case "invalid_hex_integer":
    case "numeric_overflow":
      return problem("this is not a number");
    default:
      return error.code.includes("escape") || error.code.includes("surrogate")
        ? problem(`${show(found)} is not an escape`, "write \\\\ for a backslash, or r'…' for a raw string")
        : problem("this is not an expression");
  }
}

const tokens: { readonly [token: string]: string } = {
  RPAREN: '")"',
  RBRACKET: '"]"',
  RBRACE: '"}"',
  COLON: '":"',
  IDENTIFIER: "a field's name",
  LPAREN: '"("',
};

function hintFor(text: string, offset: number, found: string): string | undefined {
  if (text.includes("{{")) return "an expression names fields without braces, such as item.text";
  if (/(?:^|\W)not\s*$/.test(text.slice(Math.max(0, offset - 20), offset))) return 'write ! instead of "not"';
  switch (found) {
    case "and":
    case "&":
      return "write && for and";
    case "or":
    case "|":
      return "write || for or";
    case "is":
    case "=":
      return "write == to compare";
    case "“":
    case "”":
    case "‘":
    case "’":
      return "write straight quotes";
    default:
      return undefined;
  }
}

function show(found: string): string {
  return JSON.stringify(found.length > 40 ? `${found.slice(0, 39)}…` : found);
}
