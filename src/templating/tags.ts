import { parser } from "handlebars/dist/cjs/handlebars/compiler/base.js";
import { createLexer } from "./lexer.ts";
import { limits } from "./limits.ts";
import type { TextProblem } from "./problem.ts";
import type { OpenTag, Tag } from "./tag.ts";
import { checkNesting } from "./tag-nesting.ts";
import { closingProblem, differentBraces, invalidText, neverClosed, unreadable } from "./tag-problems.ts";

/**
 * What is wrong with the tags of a text before their grammar is looked at: one that is not closed or cannot be
 * read; else how they nest. Handlebars' parser stops at the first fault and does not know where it began.
 */
export function checkTags(text: string): readonly TextProblem[] {
  const { tags, problems } = readTags(text);
  return problems.length > 0 ? problems : checkNesting(text, tags);
}

function readTags(text: string): {
  readonly tags: readonly Tag[];
  readonly problems: readonly TextProblem[];
} {
  const tags: Tag[] = [];
  const problems: TextProblem[] = [];
  const lexer = createLexer();
  lexer.setInput(text);
  let tag: OpenTag | undefined;
  for (let count = 1; problems.length < 20; count += 1) {
    const kind = readToken(lexer);
    const [start, end] = lexer.yylloc.range;
    if (kind === undefined) return { tags, problems: [...problems, unreadable(text, lexer.offset)] };
    if (tag && (kind === "EOF" || kind === "INVERSE" || kind === "COMMENT" || opens(kind))) {
      problems.push(neverClosed(text, tag));
      tag = undefined;
    }
    if (kind === "EOF") break;
    if (count > limits.tokens) {
      const message = `the template has more than ${limits.tokens} pieces (names, signs, texts)`;
      return { tags, problems: [...problems, { message, offset: start, length: end - start }] };
    }
    // After these two the lexer takes what follows for raw text.
    if (kind === "CLOSE_RAW_BLOCK") {
      return { tags, problems: [...problems, differentBraces(text, tag?.start ?? start, end)] };
    }
    if (kind === "OPEN_RAW_BLOCK") {
      const problem = { message: 'raw blocks ("{{{{") are not supported', offset: start, length: 4 };
      return { tags, problems: [...problems, problem] };
    }
    if (kind === "INVERSE") tags.push({ opening: kind, name: "else", start, end });
    else if (opens(kind)) tag = { opening: kind, start, tokens: [], parentheses: 0 };
    else if (tag) {
      const problem = continueTag(text, tag, { kind, start, end });
      if (problem) problems.push(problem);
      if (!problem && !closes(kind)) continue;
      if (!problem) tags.push({ opening: tag.opening, name: nameOf(tag), start: tag.start, end });
      // What follows a fault in the same tag is not looked at.
      tag = undefined;
    }
  }
  return { tags, problems };
}

function readToken(lexer: ReturnType<typeof createLexer>): string | undefined {
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

/** Takes one more piece into a tag, or says why it cannot be there. */
function continueTag(
  text: string,
  tag: OpenTag,
  { kind, start, end }: { readonly kind: string; readonly start: number; readonly end: number },
): TextProblem | undefined {
  if (kind === "INVALID") return invalidText(text, tag, start);
  if (closes(kind)) return closingProblem(text, tag, kind, end);
  tag.tokens.push({ kind, text: text.slice(start, end) });
  if (kind === "OPEN_SEXPR") tag.parentheses += 1;
  if (kind === "CLOSE_SEXPR") tag.parentheses -= 1;
  if (tag.parentheses <= limits.parentheses) return undefined;
  return { message: `parentheses are nested more than ${limits.parentheses} deep`, offset: start, length: 1 };
}

function nameOf({ tokens }: OpenTag): string {
  const [first, ...rest] = tokens;
  const end = rest.findIndex(({ kind }, index) => kind !== (index % 2 === 0 ? "SEP" : "ID"));
  return `${first?.text ?? ""}${rest
    .slice(0, end === -1 ? rest.length : end)
    .map(({ text }) => text)
    .join("")}`;
}
