/**
 * The parts of Handlebars 4 that are used: its grammar, the functions that build its syntax tree and its
 * whitespace control. The package's own types cover none of them, and its main entry also loads the compiler,
 * which is not used.
 */
declare module "handlebars/dist/cjs/handlebars/compiler/base.js" {
  /** A place in the text, in UTF-16 units; `end` is exclusive. */
  export interface Span {
    readonly start: number;
    readonly end: number;
  }
  export interface Program {
    readonly type: "Program";
    readonly body: readonly Statement[];
    readonly blockParams?: readonly string[];
  }
  export type Statement =
    | Content
    | Comment
    | Mustache
    | Block
    | { readonly type: "Other"; readonly loc: Span };
  export interface Content {
    readonly type: "ContentStatement";
    readonly value: string;
    readonly loc: Span;
  }
  export interface Comment {
    readonly type: "CommentStatement";
    readonly loc: Span;
  }
  export interface Call {
    readonly path: Argument;
    readonly params: readonly Argument[];
    readonly hash?: { readonly pairs: readonly HashPair[] };
    readonly loc: Span;
  }
  export interface Mustache extends Call {
    readonly type: "MustacheStatement";
  }
  export interface Block extends Call {
    readonly type: "BlockStatement";
    readonly program: Program;
    readonly inverse?: Program;
  }
  export interface SubExpression extends Call {
    readonly type: "SubExpression";
  }
  export interface HashPair {
    readonly key: string;
    readonly value: Argument;
    readonly loc: Span;
  }
  export interface PathExpression {
    readonly type: "PathExpression";
    /** True for `@index` and its like. */
    readonly data: boolean;
    /** How many `../` it begins with. */
    readonly depth: number;
    readonly parts: readonly string[];
    readonly loc: Span;
  }
  export type Argument =
    | PathExpression
    | SubExpression
    | { readonly type: "StringLiteral"; readonly value: string; readonly loc: Span }
    | { readonly type: "NumberLiteral"; readonly value: number; readonly loc: Span }
    | { readonly type: "BooleanLiteral"; readonly value: boolean; readonly loc: Span }
    | { readonly type: "NullLiteral" | "UndefinedLiteral"; readonly loc: Span };

  /** Jison's location of a token; `range` is there with the option `ranges`. */
  export interface Location {
    readonly range: readonly [number, number];
  }
  export interface Lexer {
    options: { readonly ranges?: boolean };
    yy: object;
    yytext: string;
    match: string;
    offset: number;
    yylloc: Location;
    /** What is left of the text. */
    _input: string;
    setInput(text: string): void;
    /** Puts back a piece that has just been read, because another rule will read it. */
    unput(piece: string): void;
    /** The next token: its number, or its name. */
    lex(): number | string;
  }
  export interface Parser {
    lexer: Lexer;
    yy: object;
    readonly terminals_: { readonly [token: number]: string };
    parse(text: string): Program;
  }
  export const parser: Parser;
  /** Applies `~` and the rule of standalone lines to a tree, in place. */
  export function parse(program: Program): Program;
}

declare module "handlebars/dist/cjs/handlebars/compiler/helpers.js" {
  /** Builds the syntax tree's node of a path; throws where `..` follows a name. */
  export function preparePath(
    this: object,
    isData: boolean,
    parts: readonly object[],
    location: object,
  ): object;
}
