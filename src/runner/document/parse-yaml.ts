import { Composer, type CST, isMap, isScalar, isSeq, Lexer, Parser, type YAMLMap } from "yaml";
import { type Faults, Limit } from "./faults.ts";
import type { Span } from "./lines.ts";
import { explainSyntax } from "./syntax-fault.ts";

/** How deep a spec may nest, aliases expanded. */
export const MAX_DEPTH = 64;
const MAX_LEXEMES = 60_000;

/**
 * Parses one YAML document to its top mapping; reports what is wrong and gives undefined where nothing
 * can be read.
 *
 * @throws Limit where the text nests too deep or is too much.
 */
export function parseYaml(text: string, faults: Faults): YAMLMap | undefined {
  const tokens = parseTokens(text);
  const documents = tokens.filter((token) => token.type === "document");
  for (const token of tokens) if (token.type === "directive") checkDirective(token, faults);
  if (documents.length > 1) {
    reportSecond(documents[1]!, faults);
    return undefined;
  }
  // The library's own check of keys is quadratic, and known tags would bring binary, sets and dates.
  const composer = new Composer({
    schema: "core",
    uniqueKeys: false,
    resolveKnownTags: false,
    keepSourceTokens: true,
    prettyErrors: false,
  });
  // Without its directives the text is YAML 1.2, whatever it claims.
  const read = tokens.filter((token) => token.type !== "directive");
  const [document] = composer.compose(read, true, text.length);
  if (document === undefined) return undefined;
  const syntax = explainSyntax(document.errors, text, document.contents);
  if (syntax !== undefined) {
    faults.report(syntax);
    return undefined;
  }
  for (const { code, message, pos } of document.warnings) {
    if (code === "TAG_RESOLVE_FAILED") reportTag(text.slice(...pos), pos, faults);
    else faults.report({ span: pos, message: message.charAt(0).toLowerCase() + message.slice(1) });
  }
  const top = document.contents;
  if (isMap(top)) return top;
  const empty = top === null || (isScalar(top) && top.source === "");
  const kind = isSeq(top) ? "a list" : "a single value";
  const [start, end] = top?.range ?? [0, 0];
  faults.report(
    empty
      ? { span: [0, 0], message: "the spec is empty", hint: 'begin with "version: 1"' }
      : {
          span: [start, end],
          message: `a spec is a mapping, and this is ${kind}`,
          hint: 'begin with "version: 1"',
        },
  );
  return undefined;
}

/** Runs lexer and parser by hand, so that nesting and amount are seen while they grow. */
function parseTokens(text: string): CST.Token[] {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser;
    tokens.push(...parser.next(lexeme));
    lexemes += 1;
    // On the stack: the document, its open collections, and maybe a scalar.
    if (parser.stack.length > MAX_DEPTH + 2) throw tooDeep([offset, offset + 1]);
    if (lexemes > MAX_LEXEMES) {
      const message = "the spec is too long: from here on it is not read";
      throw new Limit({ span: [offset, offset + 1], message, hint: "keep rows in files that datasets name" });
    }
  }
  tokens.push(...parser.end());
  return tokens;
}

/** The limit of nesting, met at a place. */
export function tooDeep(span: Span): Limit {
  return new Limit({ span, message: `this nests more than ${MAX_DEPTH} levels deep` });
}

function checkDirective({ offset, source }: CST.Directive, faults: Faults): void {
  if (/^%YAML\s+1\.2\s*$/.test(source)) return;
  const hint = "take this line out: a spec is YAML 1.2 without tags";
  faults.report({ span: [offset, offset + source.length], message: "this directive is not supported", hint });
}

function reportSecond(token: CST.Document, faults: Faults): void {
  const mark = token.start.find(({ type }) => type === "doc-start");
  const offset = mark?.offset ?? token.offset;
  const span = [offset, offset + (mark?.source.length ?? 1)] as const;
  const hint = "put it into a file of its own";
  faults.report({ span, message: "a second document begins here, and a spec is one", hint });
}

function reportTag(tag: string, span: readonly [number, number], faults: Faults): void {
  const hint = "take it out: a spec has plain values only";
  faults.report({ span, message: `a spec knows no tag ${tag}`, hint });
}
