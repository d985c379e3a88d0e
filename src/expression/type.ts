/** What is known of a value before any row is read. */
export type Type =
  | { readonly kind: "any" | "number" | "bool" | "null" }
  /** `values` is there where only these texts occur. */
  | { readonly kind: "string"; readonly values?: readonly string[] }
  | { readonly kind: "list"; readonly of: Type }
  /** An object with any keys. */
  | { readonly kind: "object"; readonly of: Type }
  /** An object whose fields are all known; not `closed` where rows to come may have others. */
  | {
      readonly kind: "record";
      readonly fields: ReadonlyMap<string, Type>;
      readonly closed: boolean;
      readonly unknown: UnknownField;
    }
  /** What `.?` gives: a value, or none. */
  | { readonly kind: "optional"; readonly of: Type };

/** The message for a field that a record does not have. */
type UnknownField = (field: string) => string;

/** The kinds that a value has at run time. */
export type Kind = "number" | "string" | "bool" | "null" | "list" | "object";

export const any: Type = { kind: "any" };
export const number: Type = { kind: "number" };
export const string: Type = { kind: "string" };
export const bool: Type = { kind: "bool" };
export const nothing: Type = { kind: "null" };

/** The type of lists of something. */
export function listOf(of: Type): Type {
  return { kind: "list", of };
}

/** The kind of the values of a type, or `any` where that is open. */
export function kindOf(type: Type): Kind | "any" {
  if (type.kind === "record") return "object";
  return type.kind === "optional" ? kindOf(type.of) : type.kind;
}

/** The kind of a value of a row. */
export function kindOfValue(value: unknown): Kind {
  switch (typeof value) {
    case "number":
      return "number";
    case "string":
      return "string";
    case "boolean":
      return "bool";
    default:
      if (value === null) return "null";
      return Array.isArray(value) ? "list" : "object";
  }
}

/** The type that two branches or elements have in common; `any` where they differ. */
export function unify(one: Type, other: Type): Type {
  if (one === other) return one;
  if (one.kind === "optional" && other.kind === "optional") {
    return { kind: "optional", of: unify(one.of, other.of) };
  }
  if (one.kind === "list" && other.kind === "list") return listOf(unify(one.of, other.of));
  const kind = kindOf(one);
  if (kind !== kindOf(other)) return any;
  return kind === "object" ? { kind: "object", of: any } : kind === "string" ? string : one;
}

/** Whether values of two types can be equal at all. */
export function comparable(one: Type, other: Type): boolean {
  const [left, right] = [kindOf(one), kindOf(other)];
  if (left === "any" || right === "any" || left === right) return true;
  // A sample, its logprobs and what JSON holds may be null; what is declared as text or number never is.
  const nullable = (kind: Kind | "any") => kind === "object" || kind === "list";
  return (left === "null" && nullable(right)) || (right === "null" && nullable(left));
}

/** A kind in words, with its article. */
export function inWords(kind: Kind | "any"): string {
  switch (kind) {
    case "bool":
      return "true or false";
    case "null":
      return "null";
    case "object":
      return "an object";
    case "any":
      return "anything";
    default:
      return `a ${kind}`;
  }
}

/** Several kinds in words: `a string or a list`. */
export function anyInWords(kinds: readonly Kind[]): string {
  return listed(kinds.map(inWords), "or");
}

/** Names in a row: `a, b or c`. */
export function listed(names: readonly string[], conjunction: "or" | "and"): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} ${conjunction} ${names.at(-1)}`;
}
