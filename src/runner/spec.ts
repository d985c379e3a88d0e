import type { MessageEntry } from "../templating/render-messages.ts";
import type { SpecDocument } from "./document.ts";
import type { Price } from "./money/price.ts";
import type { Json, JsonObject } from "./row.ts";

/** `datasets.NAME`. */
export interface DatasetSpec {
  readonly path: string;
  readonly id: string;
}

/** `prompts.NAME`. */
export interface PromptSpec {
  readonly request: JsonObject;
  readonly messages: readonly MessageEntry[];
}

/** `providers.NAME`: its type and the type's own parameters. */
export interface ProviderSpec {
  readonly type: string;
  readonly params: JsonObject;
}

/** `models.NAME`. */
export interface ModelSpec {
  readonly provider: string;
  readonly model: string;
  readonly request: JsonObject;
  /** US dollars per million tokens; undefined where the spec says nothing. */
  readonly price?: Price;
}

/** `graders.NAME`: its type and the type's own parameters. */
export interface GraderSpec {
  readonly type: string;
  readonly params: JsonObject;
}

/** `steps.NAME`. */
export interface StepSpec {
  readonly id: string;
  readonly uses: string;
  /** The step type's own parameters, defaults filled. */
  readonly params: JsonObject;
  readonly after: readonly string[];
  readonly requires: readonly string[];
  readonly execution: JsonObject;
}

/** What the text of a spec says: valid by the schema, references not yet followed. */
export interface Spec {
  readonly document: SpecDocument;
  /** Absolute path of the spec. */
  readonly file: string;
  /** Absolute path of the project root. */
  readonly root: string;
  readonly name: string;
  /** What the pipeline is for, in the author's words; undefined where the spec says nothing. */
  readonly description: string | undefined;
  readonly seed: number;
  /** US dollars that a run may spend; undefined where the spec sets no limit. */
  readonly maxUsd: number | undefined;
  readonly datasets: ReadonlyMap<string, DatasetSpec>;
  readonly prompts: ReadonlyMap<string, PromptSpec>;
  readonly providers: ReadonlyMap<string, ProviderSpec>;
  readonly models: ReadonlyMap<string, ModelSpec>;
  readonly graders: ReadonlyMap<string, GraderSpec>;
  readonly steps: ReadonlyMap<string, StepSpec>;
}

/** Shapes validated data into a spec. Entries that the schema refused (by pointer) are left out. */
export function readSpec(options: {
  document: SpecDocument;
  /** The document's data with defaults filled. */
  data: JsonObject;
  file: string;
  root: string;
  refused: (pointer: string) => boolean;
}): Spec {
  const { data, refused } = options;
  const section = <T>(key: string, shape: (entry: JsonObject, name: string) => T): ReadonlyMap<string, T> => {
    const entries = isObject(data[key]) ? Object.entries(data[key]) : [];
    return new Map(
      entries
        .filter(([name, entry]) => isObject(entry) && !refused(`/${key}/${name}`))
        .map(([name, entry]) => [name, shape(entry as JsonObject, name)] as const),
    );
  };
  return {
    document: options.document,
    file: options.file,
    root: options.root,
    name: typeof data.name === "string" ? data.name : "",
    description: typeof data.description === "string" ? data.description : undefined,
    seed: typeof data.seed === "number" ? data.seed : 0,
    maxUsd: readMaxUsd(data.budget),
    datasets: section("datasets", (entry) => entry as unknown as DatasetSpec),
    prompts: section("prompts", (entry) => entry as unknown as PromptSpec),
    providers: section("providers", (entry) => ({
      type: entry.type as string,
      params: without(entry, ["type"]),
    })),
    models: section("models", (entry) => entry as unknown as ModelSpec),
    graders: section("graders", (entry) => ({
      type: entry.type as string,
      params: without(entry, ["type"]),
    })),
    steps: section("steps", (entry, id) => ({
      id,
      uses: entry.uses as string,
      params: without(entry, ["uses", "after", "requires", "execution", "description"]),
      after: (entry.after as string[] | undefined) ?? [],
      requires: (entry.requires as string[] | undefined) ?? [],
      execution: (entry.execution as JsonObject | undefined) ?? {},
    })),
  };
}

function readMaxUsd(budget: Json | undefined): number | undefined {
  return isObject(budget) && typeof budget.max_usd === "number" ? budget.max_usd : undefined;
}

/** True for a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function without(entry: JsonObject, keys: readonly string[]): JsonObject {
  const rest: Record<string, Json> = Object.create(null);
  for (const [key, value] of Object.entries(entry)) if (!keys.includes(key)) rest[key] = value;
  return rest;
}
