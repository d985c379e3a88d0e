import type { ErrorObject } from "ajv";
import type { Validators } from "./compile-schema.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { SpecDocument } from "./document.ts";
import { diagnose } from "./place.ts";
import { fromPointer, toPointer } from "./pointer.ts";
import type { Json, JsonObject } from "./row.ts";
import type { Schema } from "./schema.ts";
import { suggest } from "./suggest.ts";

/** What came of checking data against a compiled schema. */
export interface Validation {
  /** The data with defaults filled; a copy. */
  readonly data: JsonObject;
  readonly diagnostics: readonly Diagnostic[];
  /** Pointers at which something was refused. */
  readonly refused: readonly string[];
}

/** Checks a document's value at `base` against a compiled schema and tells every fault at its place. */
export function validate(options: {
  readonly validators: Validators;
  /** Name of the compiled schema, such as `spec` or `trainer_classifier`. */
  readonly schemaName: string;
  /** The same schema, for what the compiled one does not keep: the keys that are known. */
  readonly schema: () => Schema;
  readonly document: SpecDocument;
  readonly value: JsonObject;
  /** Pointer of `value` in the document. */
  readonly base: string;
}): Validation {
  const { document, base } = options;
  const check = options.validators[options.schemaName];
  if (check === undefined) throw new Error(`no compiled schema called ${options.schemaName}: build again`);
  const data = copy(options.value) as JsonObject;
  if (check(data)) return { data, diagnostics: [], refused: [] };
  const errors = withoutBranchNoise(check.errors ?? []);
  const schema = options.schema();
  const all = errors.map((error) => describe(error, schema, data));
  const faults = withoutEchoes(all);
  return {
    data,
    diagnostics: dedupe(
      faults.map((fault) =>
        diagnose(document, {
          pointer: base + fault.pointer,
          part: fault.part,
          message: fault.message,
          hint: fault.hint,
        }),
      ),
    ),
    refused: all.map((fault) => base + fault.pointer),
  };
}

interface Fault {
  readonly pointer: string;
  readonly part: "key" | "value";
  readonly message: string;
  readonly hint?: string;
  /** The mapping whose keys are at fault. */
  readonly within?: string;
  /** A key that is unknown there. */
  readonly unknown?: string;
  /** The key that is missing there, or that the unknown one was most likely meant to be. */
  readonly meant?: string | undefined;
}

// One misspelt key is one mistake: that the right one is missing needs no second sentence.
function withoutEchoes(faults: readonly Fault[]): readonly Fault[] {
  const misspelt = faults.filter((fault) => fault.unknown !== undefined && fault.meant !== undefined);
  const isEcho = (fault: Fault) =>
    misspelt.some((other) => other.within === fault.within && (fault.meant ?? other.meant) === other.meant);
  return faults.filter(
    (fault) => fault.within === undefined || fault.unknown !== undefined || !isEcho(fault),
  );
}

function describe(error: ErrorObject, schema: Schema, data: JsonObject): Fault {
  const at = error.instancePath;
  const here = valueAt(data, at);
  const key = fromPointer(at).at(-1) ?? "";
  const value = (message: string, hint?: string): Fault => ({
    pointer: at,
    part: "value",
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  switch (error.keyword) {
    case "additionalProperties": {
      const unknown = String(error.params.additionalProperty);
      const known = knownKeys(schema, data, at);
      const near = suggest(unknown, known);
      return {
        pointer: toPointer([unknown], at),
        part: "key",
        message: `unknown key "${unknown}"`,
        within: at,
        unknown,
        meant: near,
        hint: near === undefined ? `known here: ${known.join(", ")}` : `did you mean "${near}"?`,
      };
    }
    case "required": {
      const missing = String(error.params.missingProperty);
      return {
        pointer: at,
        part: at === "" ? "value" : "key",
        within: at,
        meant: missing,
        message: at === "" ? `the spec has no "${missing}"` : `"${key}" has no "${missing}"`,
        ...(missing === "version" ? { hint: "the version of the spec language is 1" } : {}),
      };
    }
    case "discriminator": {
      const tag = String(error.params.tag);
      const given = error.params.tagValue;
      if (typeof given !== "string") return { pointer: at, part: "key", message: `"${key}" has no "${tag}"` };
      const known = tagValues(schema, data, at, tag);
      const near = suggest(given, known);
      const what = tag === "uses" ? "step type" : at.startsWith("/graders") ? "grader type" : "provider type";
      return {
        pointer: `${at}/${tag}`,
        part: "value",
        message: `no ${what} is called "${given}"`,
        hint: near === undefined ? `known: ${known.join(", ")}` : `did you mean "${near}"?`,
      };
    }
    case "type":
      return value(
        `"${key}" takes ${kinds(error.params.type)}, not ${kindOf(here)}`,
        error.params.type === "array" && typeof here === "string"
          ? `put it in brackets: [${here}]`
          : takesSeconds(schemasAt(schema, data, at))
            ? "a number of seconds, such as 30"
            : undefined,
      );
    case "enum": {
      const allowed = (error.params.allowedValues as unknown[]).map(String);
      const near = typeof here === "string" ? suggest(here, allowed) : undefined;
      return value(
        `"${key}" cannot be ${JSON.stringify(here)}`,
        near === undefined ? `one of: ${allowed.join(", ")}` : `did you mean "${near}"?`,
      );
    }
    case "const":
      return value(`"${key}" must be ${JSON.stringify(error.params.allowedValue)}`, versionHint(at, here));
    case "propertyNames":
      return {
        pointer: toPointer([String(error.params.propertyName)], at),
        part: "key",
        message: `"${error.params.propertyName}" is not a name`,
        hint: at.endsWith("/env") ? "letters, digits and _; no digit first" : nameHint,
      };
    case "pattern": {
      if (error.params.pattern === namePattern)
        return value(`${JSON.stringify(here)} is not a name`, nameHint);
      const described = schemasAt(schema, data, at).find((one) => typeof one.description === "string");
      return value(
        `"${key}" cannot be ${JSON.stringify(here)}`,
        described?.description as string | undefined,
      );
    }
    case "oneOf":
      return at.startsWith("/prompts/")
        ? { ...value("a message has role and content, or from alone"), within: at }
        : value(`"${key}" fits none of its forms, or more than one`);
    case "minItems":
    case "minProperties":
    case "minLength":
      return value(`"${key}" is empty`);
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return value(
        `"${key}" must be ${comparisons[error.keyword]} ${error.params.limit}, and is ${JSON.stringify(here)}`,
      );
    case "maxLength":
      return value(`"${key}" is longer than ${error.params.limit} characters`);
    case "uniqueItems":
      return value(`"${key}" names something twice`);
    default:
      return value(`"${key}" ${error.message ?? "is not valid"}`);
  }
}

// What is a number of seconds says so first.
function takesSeconds(schemas: readonly Schema[]): boolean {
  return schemas.some(({ description }) => String(description).startsWith("Seconds "));
}

function versionHint(pointer: string, given: Json | undefined): string | undefined {
  if (pointer !== "/version") return undefined;
  return given === "1" ? "write it without quotes" : "the spec language has no other version yet";
}

// Under a plain oneOf every branch complains; one sentence about the whole says more.
function withoutBranchNoise(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter((error) => error.keyword === "oneOf");
  return errors.filter(
    (error) =>
      // The inner fault of propertyNames says the same at a worse place.
      (error as { propertyName?: string }).propertyName === undefined &&
      !unions.some(
        (union) =>
          error !== union &&
          error.schemaPath.startsWith(`${union.schemaPath}/`) &&
          error.instancePath.startsWith(union.instancePath),
      ),
  );
}

function dedupe(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    const mark = JSON.stringify([diagnostic.range, diagnostic.message]);
    if (seen.has(mark)) return false;
    seen.add(mark);
    return true;
  });
}

function schemasAt(schema: Schema, data: Json | undefined, pointer: string): readonly Schema[] {
  const follow = (one: Schema): Schema => followReference(schema, one);
  let schemas: readonly Schema[] = matching(schema, data, follow);
  let value = data;
  for (const part of fromPointer(pointer)) {
    value = value !== null && typeof value === "object" ? (value as Record<string, Json>)[part] : undefined;
    schemas = schemas.flatMap((one) => {
      const property = (one.properties as Record<string, Schema> | undefined)?.[part];
      const next =
        property ??
        (Array.isArray(one.items) ? undefined : (one.items as Schema | undefined)) ??
        one.additionalProperties;
      return typeof next === "object" && next !== null ? matching(next as Schema, value, follow) : [];
    });
  }
  return schemas;
}

function matching(
  schema: Schema,
  value: Json | undefined,
  follow: (one: Schema) => Schema,
): readonly Schema[] {
  const branches = ((schema.oneOf ?? schema.anyOf ?? []) as readonly Schema[]).map(follow);
  const tag = (schema.discriminator as { propertyName: string } | undefined)?.propertyName;
  if (tag === undefined) return [schema, ...branches];
  const given = value !== null && typeof value === "object" ? (value as JsonObject)[tag] : undefined;
  return [schema, ...branches.filter((branch) => constOf(branch, tag) === given)];
}

function followReference(root: Schema, one: Schema): Schema {
  if (typeof one.$ref !== "string") return one;
  return (
    (root.definitions as { readonly [name: string]: Schema })[one.$ref.slice("#/definitions/".length)] ?? one
  );
}

function knownKeys(schema: Schema, data: JsonObject, pointer: string): readonly string[] {
  const keys = schemasAt(schema, data, pointer).flatMap((one) =>
    Object.keys((one.properties as Schema | undefined) ?? {}),
  );
  return [...new Set(keys)];
}

function tagValues(schema: Schema, data: JsonObject, pointer: string, tag: string): readonly string[] {
  const branches = schemasAt(schema, data, pointer).flatMap(
    (one) => (one.oneOf as readonly Schema[] | undefined) ?? [],
  );
  return branches.map((branch) => String(constOf(followReference(schema, branch), tag)));
}

function constOf(branch: Schema, tag: string): unknown {
  return (branch.properties as Record<string, Schema> | undefined)?.[tag]?.const;
}

function valueAt(data: Json, pointer: string): Json | undefined {
  let value: Json | undefined = data;
  for (const part of fromPointer(pointer))
    value = value !== null && typeof value === "object" ? (value as Record<string, Json>)[part] : undefined;
  return value;
}

function kinds(type: unknown): string {
  return String(type)
    .split(",")
    .map((one) => articles[one] ?? one)
    .join(" or ");
}

const namePattern = "^[A-Za-z][A-Za-z0-9_-]*$";
const nameHint = "letters, digits, - and _; a letter first, at most 64";

const comparisons: Record<string, string> = {
  minimum: "at least",
  maximum: "at most",
  exclusiveMinimum: "more than",
  exclusiveMaximum: "less than",
};

const articles: Record<string, string> = {
  string: "a string",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  null: "null",
};

function kindOf(value: Json | undefined): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string" && value.length <= 40) return `the text ${JSON.stringify(value)}`;
  return typeof value === "number" && !Number.isInteger(value)
    ? "a fraction"
    : (articles[typeof value] ?? typeof value);
}

function copy(value: Json): Json {
  if (Array.isArray(value)) return value.map(copy);
  if (value === null || typeof value !== "object") return value;
  const result: Record<string, Json> = Object.create(null);
  for (const [key, entry] of Object.entries(value)) result[key] = copy(entry as Json);
  return result;
}
