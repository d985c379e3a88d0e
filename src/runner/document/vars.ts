import { type Alias, isAlias, isCollection, isMap, isScalar, type Node, type YAMLMap } from "yaml";
import { suggest } from "../suggest.ts";
import { type Faults, Limit } from "./faults.ts";
import type { Span } from "./lines.ts";
import { readScalar, spanOf } from "./read-scalar.ts";

/** A variable's value. */
type VarValue = string | number | boolean | null;

/** Variables by name. */
export type Vars = { readonly [name: string]: VarValue };

/** A stretch of a substituted text and where it came from; `exact` where the two are equal unit by unit. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly rawFrom: number;
  readonly rawTo: number;
  readonly exact: boolean;
}

/** A text after substitution: the typed value where the text is one variable alone. */
interface Substituted {
  readonly value: VarValue;
  readonly pieces: readonly Piece[];
  /** References to variables that nobody declared: offset, length and name. */
  readonly unknown: readonly { readonly offset: number; readonly length: number; readonly name: string }[];
}

/** The variables of a spec. */
export interface DeclaredVars {
  readonly names: readonly string[];
  /**
   * Puts values in place of `${vars.NAME}`; undefined where the text has none.
   *
   * @throws Limit where the text would grow out of bounds.
   */
  substitute(text: string, span: Span): Substituted | undefined;
  /** Those that were substituted so far. */
  used(): Vars;
}

/** What `declareVars` reads from. */
export interface DeclareOptions {
  readonly root: YAMLMap;
  readonly aliases: ReadonlyMap<Alias, Node>;
  readonly given: Vars;
  readonly faults: Faults;
}

/** Reads `vars:` at the top of a spec and puts the caller's values over its defaults. */
export function declareVars(options: DeclareOptions): DeclaredVars {
  const { given, faults } = options;
  const values = new Map(declarations(options));
  for (const [name, value] of Object.entries(given)) {
    if (!values.has(name)) reportUndeclared(name, [...values.keys()], faults);
    else values.set(name, likeDefault(name, value, values.get(name) ?? null, faults));
  }
  const used = new Map<string, VarValue>();
  return {
    names: [...values.keys()],
    substitute: (text, span) =>
      text.includes("${vars.") ? substitute({ text, span, values, used }) : undefined,
    used: () => Object.assign(Object.create(null), Object.fromEntries([...used].sort())),
  };
}

function declarations({ root, aliases, faults }: DeclareOptions): [string, VarValue][] {
  const vars = root.items.find(({ key }) => isScalar(key) && key.value === "vars")?.value;
  const node = isAlias(vars) ? aliases.get(vars) : vars;
  // Other shapes than a mapping are the schema's to refuse.
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value: given }): [string, VarValue][] => {
    if (!isScalar(key) || typeof key.value !== "string") return [];
    const value = isAlias(given) ? aliases.get(given) : given;
    if (isScalar(value)) return [[key.value, readScalar(value, faults)]];
    if (isCollection(value)) {
      const message = "a variable is a text, a number, true, false or null";
      faults.report({ span: spanOf(value), message });
    }
    return [[key.value, null]];
  });
}

// A caller gives text; the type is that of the default, so that --set n=5 fits where the default fitted.
function likeDefault(name: string, given: VarValue, byDefault: VarValue, faults: Faults): VarValue {
  if (typeof given !== "string" || typeof byDefault === "string" || byDefault === null) return given;
  if (typeof byDefault === "boolean") {
    if (given === "true" || given === "false") return given === "true";
  } else if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(given)) return Number(given);
  const kind = typeof byDefault === "number" ? "a number" : "true or false";
  faults.report({
    message: `--set ${name} takes ${kind}, as its default is, and not ${JSON.stringify(given)}`,
  });
  return byDefault;
}

function reportUndeclared(name: string, names: readonly string[], faults: Faults): void {
  const near = suggest(name, names);
  const declared = names.length === 0 ? "the spec declares no vars" : `vars declares: ${names.join(", ")}`;
  faults.report({
    message: `--set names "${name}", which the spec does not declare under vars`,
    hint: near === undefined ? declared : `did you mean "${near}"?`,
  });
}

const MAX_LENGTH = 1024 * 1024;
const MAX_UNKNOWN = 20;

function substitute(options: {
  readonly text: string;
  readonly span: Span;
  readonly values: ReadonlyMap<string, VarValue>;
  readonly used: Map<string, VarValue>;
}): Substituted {
  const { text, span, values, used } = options;
  const pieces: Piece[] = [];
  const unknown: { offset: number; length: number; name: string }[] = [];
  let whole: VarValue | undefined;
  let out = "";
  let rawFrom = 0;
  const add = (part: string, rawTo: number, exact: boolean) => {
    pieces.push({ from: out.length, to: out.length + part.length, rawFrom, rawTo, exact });
    out += part;
    if (out.length > MAX_LENGTH) throw new Limit({ span, message: "variables make this text too long" });
    rawFrom = rawTo;
  };
  for (const match of text.matchAll(/\$\{vars\.([^}]*)\}/g)) {
    const [reference, name = ""] = match;
    const value = values.get(name);
    if (value === undefined) {
      if (unknown.length < MAX_UNKNOWN) unknown.push({ offset: match.index, length: reference.length, name });
      continue;
    }
    used.set(name, value);
    if (reference === text) whole = value;
    if (match.index > rawFrom) add(text.slice(rawFrom, match.index), match.index, true);
    add(String(value), match.index + reference.length, false);
  }
  if (rawFrom < text.length) add(text.slice(rawFrom), text.length, true);
  return { value: whole === undefined ? out : whole, pieces, unknown };
}
