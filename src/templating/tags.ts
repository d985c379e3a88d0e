import { type Lexer, parser } from "handlebars/dist/cjs/handlebars/compiler/base.js";
import { limits } from "./limits.ts";
import type { TextProblem } from "./problem.ts";
import { quoteText } from "./quote-text.ts";
import { checkNesting } from "./tag-nesting.ts";

/** One `{{…}}` of a text. */
export interface Tag {
  /** The name that Handlebars' grammar has for its opening braces, such as OPEN_BLOCK. */
  readonly opening: string;
  /** What stands first in it, such as `if`, `item.text` or a literal. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * What is wrong with the tags of a text before their grammar is looked at: one that is not closed or cannot be
 * read; else how they nest. Handlebars' parser stops at the first fault and does not know where it began.
 */
export function checkTags(text: string, lexer: Lexer): readonly TextProblem[] {
  const { tags, problems } = readTags(text, lexer);
  return problems.length > 0 ? problems : checkNesting(text, tags);
}

/** A tag that is being read. */
interface OpenTag {
  readonly opening: string;
  readonly start: number;
  readonly tokens: { readonly kind: string; readonly text: string }[];
  parentheses: number;
}

function readTags(text: string, lexer: Lexer) {
  const tags: Tag[] = [];
  const problems: TextProblem[] = [];
  let tag: OpenTag | undefined;
  lexer.setInput(text);
  while (tags.length + problems.length <= limits.tags) {
    const kind = readToken(lexer);
    if (kind === undefined) {
      problems.push(unreadable(text, lexer.offset));
      break;
    }
    const [start, end] = lexer.yylloc.range;
    if (kind === "EOF" || (tag && opens(kind))) {
      if (tag) problems.push(neverClosed(text, tag));
      tag = undefined;
    }
    if (kind === "EOF") break;
    if (kind === "CLOSE_RAW_BLOCK") {
      problems.push(differentBraces(text, tag?.start ?? start, end));
      break;
    }
    if (kind === "INVALID") {
      if (tag) problems.push(invalidText(text, tag, start));
      tag = undefined;
    } else if (kind === "INVERSE") {
      tags.push({ opening: kind, name: "else", start, end });
    } else if (kind === "OPEN_RAW_BLOCK") {
      problems.push({ message: 'raw blocks ("{{{{") are not supported', offset: start, length: 4 });
      break;
    } else if (opens(kind)) {
      tag = { opening: kind, start, tokens: [], parentheses: 0 };
    } else if (tag && closes(kind)) {
      const problem = closingProblem(text, tag, kind, end);
      if (problem) problems.push(problem);
      else tags.push({ opening: tag.opening, name: nameOf(tag), start: tag.start, end });
      tag = undefined;
    } else if (tag) {
      tag.tokens.push({ kind, text: text.slice(start, end) });
      if (kind === "OPEN_SEXPR") tag.parentheses += 1;
      if (kind === "CLOSE_SEXPR") tag.parentheses -= 1;
      if (tag.parentheses > limits.parentheses) {
        problems.push({ message: "parentheses are nested too deep", offset: start, length: 1 });
        tag = undefined;
      }
    }
  }
  return { tags, problems: problems.slice(0, 20) };
}

function readToken(lexer: Lexer): string | undefined {
  try {
    const token = lexer.lex();
    // 1 is what the lexer gives when it is asked again after the end.
    return typeof token === "string" ? token : token === 1 ? "EOF" : parser.terminals_[token];
  } catch {
    return undefined;
  }
}

function opens(kind: string): boolean {
  return kind.startsWith("OPEN") && kind !== "OPEN_SEXPR" && kind !== "OPEN_BLOCK_PARAMS";
}

function closes(kind: string): boolean {
  return kind === "CLOSE" || kind === "CLOSE_UNESCAPED";
}

/** The lexer stops only at a comment that has no end and at the character NUL. */
function unreadable(text: string, offset: number): TextProblem {
  if (text.startsWith("{{", offset)) return commentNeverClosed(text, offset);
  const nul = text.indexOf("\0");
  return { message: "a template cannot hold the character NUL", offset: Math.max(nul, 0), length: 1 };
}

function commentNeverClosed(text: string, offset: number): TextProblem {
  const closing = text.startsWith("{{!--", offset) || text.startsWith("{{~!--", offset) ? "--}}" : "}}";
  return {
    message: "the comment is never closed",
    offset,
    length: lineEnd(text, offset) - offset,
    hint: `end it with "${closing}"`,
  };
}

function invalidText(text: string, tag: OpenTag, start: number): TextProblem {
  // The lexer takes a name and a character that cannot follow it for one piece.
  const at = start + (/^[^\s!"#%-,./;->@[-^`{-~]*/.exec(text.slice(start))?.[0].length ?? 0);
  const next = text.indexOf("{{", tag.start + 2);
  const isClosed = text.slice(at, next === -1 ? text.length : next).includes("}}");
  if (text.startsWith("!", at) && tag.tokens.length === 0) return commentNeverClosed(text, tag.start);
  if (text.startsWith("}", at) || !isClosed) return neverClosed(text, tag, at);
  const isQuote = /["']/.test(text.charAt(at));
  return {
    message: `${isQuote ? "the text in quotes is never closed" : `${quoteText(text.charAt(at))} cannot stand inside a tag`}`,
    offset: at,
    length: 1,
    ...(isQuote ? {} : { hint: 'to write "{{" itself, put a backslash before it: "\\{{"' }),
  };
}

function neverClosed(text: string, tag: OpenTag, at = text.length): TextProblem {
  const next = text.indexOf("{{", tag.start + 2);
  const stop = Math.min(at, next === -1 ? at : next, lineEnd(text, tag.start));
  const shown = text.slice(tag.start, stop).trimEnd();
  return {
    message: `${quoteText(shown)} is never closed`,
    offset: tag.start,
    length: shown.length,
    hint: `end it with "${tag.opening === "OPEN_UNESCAPED" ? "}}}" : "}}"}"`,
  };
}

function lineEnd(text: string, offset: number): number {
  const end = text.slice(offset).search(/[\r\n]/);
  return end === -1 ? text.length : offset + end;
}

function closingProblem(text: string, tag: OpenTag, closing: string, end: number): TextProblem | undefined {
  const wanted = tag.opening === "OPEN_UNESCAPED" ? "CLOSE_UNESCAPED" : "CLOSE";
  if (closing !== wanted) return differentBraces(text, tag.start, end);
  if (tag.tokens.length > 0) return undefined;
  return {
    message: `${quoteText(text.slice(tag.start, end))} is empty`,
    offset: tag.start,
    length: end - tag.start,
    hint: "name what to insert, such as {{ item.text }}",
  };
}

function differentBraces(text: string, start: number, end: number): TextProblem {
  const shown = text.slice(start, end);
  return {
    message: `${quoteText(shown)} opens and closes with different braces`,
    offset: start,
    length: shown.length,
    ...(shown.startsWith("{{{") ? {} : { hint: 'put a space between "}}" and a "}" of the text' }),
  };
}

function nameOf({ tokens }: OpenTag): string {
  const [first, ...rest] = tokens;
  const end = rest.findIndex(({ kind }, index) => kind !== (index % 2 === 0 ? "SEP" : "ID"));
  return `${first?.text ?? ""}${rest
    .slice(0, end === -1 ? rest.length : end)
    .map(({ text }) => text)
    .join("")}`;
}
