import { Ajv, type ValidateFunction } from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import type { Registry } from "./registry.ts";
import { annotationKeywords, assembleSchema, type Schema } from "./schema.ts";

/**
 * Compiles the schema of a spec (`spec`) and of every trainer's hyperparameters (`trainer_NAME`) into the
 * source of a module that exports one validating function each: compiling at run time would cost 0.2 s at every start.
 */
export function compileValidators(registry: Registry): string {
  const { ajv, names } = addSchemas(registry);
  return standaloneCode.default(ajv, Object.fromEntries(names.map((name) => [name, name])));
}

/** The same validators, compiled here and now: for a registry that no build knows, as tests have. */
export function openValidators(registry: Registry): Validators {
  const { ajv, names } = addSchemas(registry);
  return Object.fromEntries(names.map((name) => [name, ajv.getSchema(name)!]));
}

function addSchemas(registry: Registry): { readonly ajv: Ajv; readonly names: readonly string[] } {
  const ajv = new Ajv({
    strict: true,
    strictTypes: "log",
    strictRequired: false,
    allowUnionTypes: true,
    // All faults of a file at once; the size of a document is capped before.
    allErrors: true,
    useDefaults: true,
    // validate.ts has words of its own.
    messages: false,
    discriminator: true,
    inlineRefs: false,
    code: { source: true, esm: true },
  });
  for (const keyword of annotationKeywords) ajv.addKeyword(keyword);
  const schemas = new Map<string, Schema>([
    ["spec", assembleSchema(registry)],
    ...[...registry.trainers.values()].map(
      (trainer) => [`trainer_${trainer.name}`, trainer.hyperparameters as Schema] as const,
    ),
  ]);
  for (const [name, schema] of schemas) ajv.addSchema(schema, name);
  return { ajv, names: [...schemas.keys()] };
}

/** What the compiled module exports. */
export type Validators = { readonly [key: string]: ValidateFunction };
