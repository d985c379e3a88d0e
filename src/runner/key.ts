import { hash } from "node:crypto";
import { canonicalJson } from "../templating/canonical-json.ts";
import { asStored } from "./as-stored.ts";
import { mapFields, tagsParameter } from "./fields.ts";
import { readsMetadata } from "./metadata-read.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { Json, JsonObject } from "./row.ts";
import type { Schema } from "./schema.ts";
import { isObject } from "./spec.ts";
import { localStore } from "./spec-names.ts";
import { storedRequest } from "./stored-request.ts";

/** Contents by name: what a key needs to know of the world beside the spec. */
export interface Contents {
  /** sha256 of a file that the spec names, by its path as written. */
  file(path: string): string;
  /** sha256 of an output of a step that is done. */
  output(step: string, output: string): string;
  /** The how-many-eth look at test rows a step that decides by them takes, from 1. */
  look(node: PlanNode): number;
}

/** sha256 over the canonical JSON of a value, hex. */
export function digestJson(value: unknown): string {
  return hash("sha256", canonicalJson(value));
}

/**
 * What a step's key is computed from: its type and version, its parameters with every reference replaced by
 * the content that it stands for. No names, comments, order, secrets or `execution`.
 */
export function ingredientsOf(plan: Plan, node: PlanNode, contents: Contents): JsonObject {
  const schema = node.definition.params as Schema;
  const tags = tagsParameter(schema);
  const params = mapFields(schema, withoutUnreadTags(node, tags), (field): Json => {
    switch (field.keyword) {
      case "artifact":
        return referenceContent(plan, node, field.text, contents);
      case "file":
        // Where a file is placed, its path decides what a program finds.
        return {
          file: contents.file(field.text),
          ...(field.argument === "placed" ? { path: field.text } : {}),
        };
      case "names":
        return field.argument === "prompt" && field.text === asStored
          ? { prompt: asStored, request: storedRequest(plan, node) }
          : namedContent(plan, field.argument, field.text, contents);
      case "template":
      case "expression":
      case "value":
        return field.text;
    }
  });
  const request = isObject(params) ? params.request : undefined;
  return {
    step: { type: node.definition.name, version: node.definition.version },
    ...(node.definition.countsLooks === true ? { look: contents.look(node) } : {}),
    params: isObject(request) ? { ...(params as JsonObject), request: keyedRequest(request) } : params,
  };
}

/** A step's key: sha256 over its ingredients. */
export function keyOf(ingredients: JsonObject): string {
  return digestJson(ingredients);
}

/** What decides a model's answers, hashed: for a provider's model its definition, else the artifact's content. */
export function modelDigest(plan: Plan, node: PlanNode, reference: string, contents: Contents): string {
  return digestJson(referenceContent(plan, node, reference, contents));
}

/** What decides a grader's grades, hashed. */
export function graderDigest(plan: Plan, name: string, contents: Contents): string {
  return digestJson(namedContent(plan, "grader", name, contents));
}

/** A provider as part of keys: what it says of itself, with the contents of the files that it reads. */
export function providerIdentity(plan: Plan, name: string, contents: Contents): JsonObject {
  const spec = plan.spec.providers.get(name)!;
  const definition = plan.registry.providers.get(spec.type)!;
  // Answers that are kept outlive a new version; those that are computed anew do not.
  const version: JsonObject = definition.kept ? {} : { version: definition.version };
  const files: Record<string, Json> = {};
  mapFields(definition.params as Schema, spec.params, (field) => {
    if (field.keyword === "file") files[field.pointer.slice(1)] = contents.file(field.text);
    return field.text;
  });
  return { ...definition.identity(spec.params as never), ...version, ...files };
}

function referenceContent(plan: Plan, node: PlanNode, text: string, contents: Contents): JsonObject {
  const reference = node.references.get(text)!;
  switch (reference.from) {
    case "dataset": {
      const dataset = plan.spec.datasets.get(reference.name)!;
      return { dataset: contents.file(dataset.path), id: dataset.id };
    }
    case "model": {
      const model = plan.spec.models.get(reference.name)!;
      return {
        model: model.model,
        provider: providerIdentity(plan, model.provider, contents),
        request: keyedRequest(model.request),
      };
    }
    case "step":
      return {
        [reference.kind]: contents.output(reference.id, reference.output),
        ...(reference.kind === "model" ? servedBy(plan, reference.id) : {}),
      };
  }
}

// The version of what serves a tuned model: another one may answer otherwise from the same file.
function servedBy(plan: Plan, id: string): JsonObject {
  const name = plan.byId.get(id)!.params.trainer;
  const trainer = typeof name === "string" ? plan.registry.trainers.get(name) : undefined;
  const provider = trainer && plan.registry.providers.get(trainer.servedBy);
  return provider === undefined ? {} : { served: { type: provider.name, version: provider.version } };
}

/** Request parameters that decide an answer: not what it is stored, billed or accounted under. */
export function keyedRequest(request: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(request).filter(([name]) => !accounting.has(name)));
}

const accounting: ReadonlySet<string> = new Set([
  "metadata",
  "prompt_cache_key",
  "safety_identifier",
  "service_tier",
  "store",
  "user",
]);

function namedContent(plan: Plan, section: string, name: string, contents: Contents): JsonObject {
  switch (section) {
    case "prompt": {
      const prompt = plan.spec.prompts.get(name)!;
      return { messages: prompt.messages as unknown as Json, request: keyedRequest(prompt.request) };
    }
    case "grader": {
      const grader = plan.spec.graders.get(name)!;
      const definition = plan.registry.graders.get(grader.type)!;
      const params = mapFields(definition.params as Schema, grader.params, (field) =>
        field.keyword === "file" ? { file: contents.file(field.text) } : field.text,
      );
      return { type: grader.type, version: definition.version, params };
    }
    case "provider":
      return name === localStore ? { store: localStore } : providerIdentity(plan, name, contents);
    case "trainer": {
      const trainer = plan.registry.trainers.get(name)!;
      return { type: name, version: trainer.version };
    }
    default:
      throw new Error(`a ${section} is no ingredient`);
  }
}

function withoutUnreadTags(node: PlanNode, tags: string | undefined): JsonObject {
  if (tags === undefined) return node.params;
  const all = node.params[tags];
  const { [tags]: _, ...rest } = node.params;
  const read = Object.entries(isObject(all) ? all : {}).filter(([key]) =>
    readsMetadata(node.metadataRead, key),
  );
  return read.length === 0 ? rest : { ...rest, [tags]: Object.fromEntries(read) };
}
