import type { TextProblem } from "./problem.ts";
import { quoteText } from "./quote-text.ts";
import type { OpenTag } from "./tag.ts";

/** The lexer stops only at a comment that has no end and at the character NUL. */
export function unreadable(text: string, offset: number): TextProblem {
  if (text.startsWith("{{", offset)) return commentNeverClosed(text, offset);
  const nul = text.indexOf("\0");
  return { message: "a template cannot hold the character NUL", offset: Math.max(nul, 0), length: 1 };
}

/** A piece inside of a tag that no tag can hold; where the tag has no end, that is what is wrong. */
export function invalidText(text: string, tag: OpenTag, start: number): TextProblem {
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

/** A tag that has no end before another begins. */
export function neverClosed(text: string, tag: OpenTag, at = text.length): TextProblem {
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

/** What is wrong with a whole tag, where anything is. */
export function closingProblem(
  text: string,
  tag: OpenTag,
  closing: string,
  end: number,
): TextProblem | undefined {
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

/** A tag that begins with two braces and ends with three, or the like. */
export function differentBraces(text: string, start: number, end: number): TextProblem {
  const shown = text.slice(start, end);
  return {
    message: `${quoteText(shown)} opens and closes with different braces`,
    offset: start,
    length: shown.length,
    ...(shown.startsWith("{{{") ? {} : { hint: 'put a space between "}}" and a "}" of the text' }),
  };
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

function lineEnd(text: string, offset: number): number {
  const end = text.slice(offset).search(/[\r\n]/);
  return end === -1 ? text.length : offset + end;
}
