import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import type { Json, JsonObject } from "../row.ts";
import { suggest } from "../suggest.ts";
import { type Faults, Limit } from "./faults.ts";
import type { Span } from "./lines.ts";
import { MAX_DEPTH, tooDeep } from "./parse-yaml.ts";
import { readScalar, spanOf } from "./read-scalar.ts";
import { spanInside } from "./scalar-units.ts";
import { BRACE, unquotedHint } from "./syntax-fault.ts";
import type { DeclaredVars, Piece } from "./vars.ts";

/** Where a value stands. Below an alias or a merge the children stand where they are written. */
export interface Place {
  /** The key's place; absent in lists and at the top. */
  readonly key?: Span;
  readonly value: Span;
  /** The scalar that holds a text, where it is written. */
  readonly scalar?: Scalar;
  /** How variables changed the text. */
  readonly pieces?: readonly Piece[];
  /** By key or index. */
  readonly children?: ReadonlyMap<string, Place>;
}

interface Built {
  readonly data: Json;
  readonly place: Place;
}

interface Build {
  readonly root: YAMLMap;
  readonly aliases: ReadonlyMap<Alias, Node>;
  readonly vars: DeclaredVars;
  readonly faults: Faults;
}

/**
 * Turns nodes into plain data with places. An alias gives a copy, so that filling in a default at one place
 * does not fill it in at another.
 *
 * @throws Limit where aliases expand to too much or too deep.
 */
export function buildData({ root, aliases, vars, faults }: Build): { data: JsonObject; place: Place } {
  let values = 0;
  let characters = 0;
  // Where the reader is in the text, while the walk is somewhere behind an alias.
  let alias: Span | undefined;

  const build = (node: Node | null, depth: number, substituted: boolean): Built => {
    const span = spanOf(node ?? {});
    values += 1;
    if (values > MAX_VALUES) throw tooMuch(alias ?? span);
    if (isAlias(node)) {
      const target = aliases.get(node);
      if (target === undefined) return { data: null, place: { value: span } };
      const outer = alias;
      alias ??= span;
      const { data, place } = build(target, depth, substituted);
      alias = outer;
      return { data, place: { ...place, value: span } };
    }
    if (isScalar(node)) {
      const built = buildScalar(node, substituted ? vars : undefined, faults);
      characters += typeof built.data === "string" ? built.data.length : 0;
      if (characters > MAX_CHARACTERS) throw tooMuch(alias ?? span);
      return built;
    }
    if (depth >= MAX_DEPTH) throw tooDeep(alias ?? [span[0], span[0] + 1]);
    if (isMap(node)) return buildMap(node, depth, substituted);
    if (isSeq(node)) {
      const items = node.items.map((item) => build(item as Node | null, depth + 1, substituted));
      const children = new Map(items.map(({ place }, index) => [String(index), place]));
      return { data: items.map(({ data }) => data), place: { value: span, children } };
    }
    return { data: null, place: { value: span } };
  };

  const buildMap = (map: YAMLMap, depth: number, substituted: boolean) => {
    const data: Record<string, Json> = Object.create(null);
    const children = new Map<string, Place>();
    const firsts = new Map<string | symbol, number>();
    const merges: Pair[] = [];
    for (const pair of map.items) {
      const key = readKey(pair, faults);
      if (key === undefined) continue;
      const id = isMerge(pair) ? MERGE : key.name;
      const first = firsts.get(id);
      if (first !== undefined) {
        reportDuplicate(key, first, faults);
        continue;
      }
      firsts.set(id, key.span[0]);
      if (id === MERGE) {
        merges.push(pair);
        continue;
      }
      // What `vars` says is what others are given; it refers to nothing.
      const plain = map === root && key.name === "vars";
      const built = build(pair.value as Node | null, depth + 1, substituted && !plain);
      data[key.name] = built.data;
      const [start, end] = built.place.value;
      children.set(key.name, { ...built.place, key: key.span, value: end > start ? [start, end] : key.span });
    }
    for (const pair of merges) merge(pair, depth, substituted, data, children);
    return { data, place: { value: spanOf(map), children } };
  };

  const merge = (
    { key, value }: Pair,
    depth: number,
    substituted: boolean,
    data: Record<string, Json>,
    children: Map<string, Place>,
  ) => {
    const [start] = spanOf(key as Node);
    const sources = isSeq(value) ? value.items : [value];
    for (const source of sources as (Node | null)[]) {
      const map = isAlias(source) ? aliases.get(source) : source;
      if (isAlias(source) && map === undefined) continue;
      if (!isMap(map)) {
        const hint = "write <<: *anchor, or a list of such aliases";
        faults.report({
          span: spanOf(source ?? (key as Node)),
          message: "only mappings can be merged",
          hint,
        });
        continue;
      }
      const span: Span = [start, spanOf(value as Node)[1]];
      const outer = alias;
      alias ??= span;
      const built = build(map, depth, substituted);
      alias = outer;
      for (const [name, item] of Object.entries(built.data as JsonObject)) {
        if (children.has(name)) continue;
        data[name] = item;
        children.set(name, { ...built.place.children?.get(name), key: span, value: span });
      }
    }
  };

  const { data, place } = build(root, 0, true);
  return { data: data as JsonObject, place };
}

const MAX_VALUES = 20_000;
const MAX_CHARACTERS = 4 * 1024 * 1024;
const MERGE = Symbol("<<");

function tooMuch(span: Span): Limit {
  return new Limit({ span, message: "the spec is too large once its aliases are expanded" });
}

function buildScalar(node: Scalar, vars: DeclaredVars | undefined, faults: Faults): Built {
  const value = readScalar(node, faults);
  const span = spanOf(node);
  const substituted = typeof value === "string" ? vars?.substitute(value, span) : undefined;
  if (vars === undefined || substituted === undefined)
    return { data: value, place: { value: span, scalar: node } };
  for (const { name, offset, length } of substituted.unknown) {
    if (faults.isFull()) break;
    const near = suggest(name, vars.names);
    const hint = near === undefined ? "declare it with a default under vars" : `did you mean "${near}"?`;
    const inside = spanInside({ scalar: node, offset, length }) ?? span;
    faults.report({ span: inside, message: `no variable is called "${name}"`, hint });
  }
  return { data: substituted.value, place: { value: span, scalar: node, pieces: substituted.pieces } };
}

interface Key {
  readonly name: string;
  readonly span: Span;
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.value === "<<";
}

/** A key as text; reports one that is not, and gives its own spelling so that the rest can be checked. */
function readKey({ key }: Pair, faults: Faults): Key | undefined {
  const node = key as Node | null;
  const span = spanOf(node ?? {});
  if (isScalar(node) && typeof node.value === "string") return { name: node.value, span };
  if (isScalar(node) && node.source !== "" && node.source !== undefined) {
    faults.report({ span, message: "a key must be text", hint: `put quotes around it: "${node.source}"` });
    return { name: node.source, span };
  }
  const hint = unquotedHint(faults.lineAt(span[0]));
  const missing = isScalar(node) || node === null ? "a key is missing here" : "a key must be text";
  faults.report({ span, message: hint === undefined ? missing : BRACE, hint });
  return undefined;
}

function reportDuplicate({ name, span }: Key, first: number, faults: Faults): void {
  const line = faults.lineOf(first);
  const hint = name === "<<" ? "one << takes a list of aliases" : `the first is in line ${line}`;
  faults.report({ span, message: `the key "${name}" is given a second time`, hint });
}
