import { Ajv, type ValidateFunction } from "ajv";
import standaloneCode from "ajv/dist/standalone/index.js";
import { annotationKeywords, assembleSchema, type Schema } from "./schema.ts";
import type { Registry } from "./step.ts";

/**
 * Compiles the schema of a spec, and of every trainer's hyperparameters, into the source of a module with
 * the exports `spec` and `trainers` (by name): compiling at run time would cost 0.2 s at every start.
 */
export function compileValidators(registry: Registry): string {
  const ajv = new Ajv({
    strict: true,
    strictTypes: "log",
    strictRequired: false,
    allowUnionTypes: true,
    allErrors: true,
    verbose: false,
    useDefaults: true,
    discriminator: true,
    code: { source: true, esm: true },
  });
  for (const keyword of annotationKeywords) ajv.addKeyword(keyword);
  const exports: Record<string, string> = {};
  const add = (key: string, schema: Schema) => {
    ajv.addSchema(schema, key);
    exports[key] = key;
  };
  add("spec", assembleSchema(registry));
  for (const trainer of registry.trainers.values())
    add(`trainer_${trainer.name}`, trainer.hyperparameters as Schema);
  return standaloneCode.default(ajv, exports);
}

/** What the compiled module exports. */
export type Validators = { readonly [key: string]: ValidateFunction };
