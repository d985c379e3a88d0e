import { toPointer } from "./pointer.ts";
import type { Json, JsonObject } from "./row.ts";
import type { Schema } from "./schema.ts";

/** Keywords of ours whose values are strings that mean something beyond themselves; see step.ts. */
export type FieldKeyword = "artifact" | "names" | "file" | "template" | "expression" | "value";

/** One string parameter that refers to something or is evaluated over rows. */
export interface Field {
  /** JSON pointer relative to the value walked. */
  readonly pointer: string;
  readonly keyword: FieldKeyword;
  /** The keyword's value: an artifact kind, a section, or the parameter whose rows are meant. */
  readonly argument: string;
  /** What an expression must give, where its schema says so. */
  readonly returns?: "bool" | undefined;
  readonly text: string;
}

const keywords: readonly FieldKeyword[] = ["artifact", "names", "file", "template", "expression", "value"];

/** Finds the fields of a value by the keywords of its schema, in the order of the value. */
export function collectFields(schema: Schema, value: Json | undefined): readonly Field[] {
  const found: Field[] = [];
  walk(schema, value, "", (field) => {
    found.push(field);
    return field.text;
  });
  return found;
}

/** A copy of a value with every field replaced by what `replace` gives for it. */
export function mapFields(schema: Schema, value: Json, replace: (field: Field) => Json): Json {
  return walk(schema, value, "", replace) as Json;
}

/** The value at a JSON pointer that is marked `tags: true`, if the schema has one at its top. */
export function tagsParameter(schema: Schema): string | undefined {
  for (const [key, property] of Object.entries((schema.properties as Schema | undefined) ?? {}))
    if ((property as Schema).tags === true) return key;
  return undefined;
}

function walk(
  schema: Schema,
  value: Json | undefined,
  pointer: string,
  visit: (field: Field) => Json,
): Json | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string") {
    for (const keyword of keywords) {
      const argument = schema[keyword];
      if (argument !== undefined)
        return visit({
          pointer,
          keyword,
          argument: String(argument),
          returns: schema.returns as "bool" | undefined,
          text: value,
        });
    }
    for (const branch of branches(schema)) {
      let hit = false;
      const mapped = walk(branch, value, pointer, (field) => {
        hit = true;
        return visit(field);
      });
      if (hit) return mapped;
    }
    return value;
  }
  if (Array.isArray(value)) {
    const items = findKeyword(schema, "items");
    return items === undefined
      ? value
      : value.map((entry, i) => walk(items, entry, toPointer([i], pointer), visit) as Json);
  }
  if (value !== null && typeof value === "object") {
    const result: Record<string, Json> = Object.create(null);
    for (const [key, entry] of Object.entries(value as JsonObject)) {
      const property = propertySchema(schema, key);
      result[key] = (
        property === undefined ? entry : walk(property, entry, toPointer([key], pointer), visit)
      ) as Json;
    }
    return result;
  }
  return value;
}

function propertySchema(schema: Schema, key: string): Schema | undefined {
  const properties = schema.properties as Record<string, Schema> | undefined;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
  for (const branch of branches(schema)) {
    const found = propertySchema(branch, key);
    if (found !== undefined) return found;
  }
  const additional = schema.additionalProperties;
  return typeof additional === "object" && additional !== null ? (additional as Schema) : undefined;
}

function findKeyword(schema: Schema, keyword: string): Schema | undefined {
  const own = schema[keyword] as Schema | undefined;
  if (own !== undefined) return own;
  for (const branch of branches(schema)) {
    const found = findKeyword(branch, keyword);
    if (found !== undefined) return found;
  }
  return undefined;
}

function branches(schema: Schema): readonly Schema[] {
  return ((schema.oneOf ?? schema.anyOf ?? []) as readonly Schema[]).filter(
    (branch) => typeof branch === "object",
  );
}
