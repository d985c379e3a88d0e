import {
  parse as controlWhitespace,
  type Location,
  type Parser,
  type Program,
  parser,
} from "handlebars/dist/cjs/handlebars/compiler/base.js";
import * as builders from "handlebars/dist/cjs/handlebars/compiler/helpers.js";
import { createLexer } from "./lexer.ts";
import { limits } from "./limits.ts";
import type { TextProblem } from "./problem.ts";
import { quoteText } from "./quote-text.ts";
import { checkTags } from "./tags.ts";

/**
 * Handlebars' own syntax tree of a text, its places as offsets, whitespace control applied; or what is wrong.
 * Size, number of tags and nesting are bounded before the grammar runs: its time grows with length times depth.
 */
export function parseTemplate(
  text: string,
): { readonly program: Program } | { readonly problems: readonly TextProblem[] } {
  if (text.length > limits.textLength) return { problems: [tooLong(text)] };
  const problems = checkTags(text);
  if (problems.length > 0) return { problems };
  try {
    return { program: controlWhitespace(createParser(text).parse(text)) };
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return { problems: [error.problem] };
  }
}

function tooLong(text: string): TextProblem {
  return {
    message: `the template has ${text.length} characters, and ${limits.textLength} are allowed`,
    offset: limits.textLength,
    length: text.length - limits.textLength,
  };
}

// The parser of the package is one object that all its users share; this one inherits from it and leaves it as it is.
function createParser(text: string): Parser {
  const own = Object.create(parser) as Parser;
  own.lexer = createLexer();
  own.yy = {
    ...builders,
    locInfo: ({ range }: Location) => ({ start: range[0], end: range[1] }),
    preparePath(isData: boolean, parts: readonly object[], location: Location): object {
      try {
        return builders.preparePath.call(own.yy, isData, parts, location);
      } catch {
        throw new SyntaxFault(location, '"..", "." and "this" can only begin a path');
      }
    },
    // Handlebars' own message names tokens of its grammar, so only the place is taken from it.
    parseError(): never {
      const token = text.slice(...own.lexer.yylloc.range);
      const hint = /^-?\d/.test(token) ? `write "[${token}]" for an entry of a list` : undefined;
      throw new SyntaxFault(own.lexer.yylloc, `${quoteText(token)} cannot stand here`, hint);
    },
  };
  return own;
}

/** Carries the one problem that the grammar found out of the parser's loop. */
class SyntaxFault extends Error {
  readonly problem: TextProblem;

  constructor({ range }: Location, message: string, hint?: string) {
    super(message);
    this.problem = {
      message,
      offset: range[0],
      length: Math.max(1, range[1] - range[0]),
      ...(hint ? { hint } : {}),
    };
  }
}
