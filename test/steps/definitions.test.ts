import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { annotationKeywords } from "../../src/runner/schema.ts";
import { graders } from "../../src/steps/graders/index.ts";
import { steps } from "../../src/steps/index.ts";
import { providers } from "../../src/steps/providers/index.ts";
import { trainers } from "../../src/steps/trainers/index.ts";

const definitions = [
  ...steps.map((step) => ({ ...step, kind: "step", folder: "", used: [`uses: ${step.name}`] })),
  ...graders.map((grader) => ({
    ...grader,
    kind: "grader",
    folder: "graders/",
    used: [`type: ${grader.name}`],
  })),
  ...providers.map((provider) => ({
    ...provider,
    kind: "provider",
    folder: "providers/",
    used: [`type: ${provider.name}`],
  })),
  // A train step that names no trainer has the one of its base's provider.
  ...trainers.map((trainer) => ({
    ...trainer,
    kind: "trainer",
    folder: "trainers/",
    params: trainer.hyperparameters,
    used: [`trainer: ${trainer.name}`, `type: ${trainer.servedBy}`],
  })),
].map(({ kind, name, folder, summary, version, params, used }) => ({
  kind,
  name,
  folder,
  summary,
  version,
  params,
  used,
}));

const root = new URL("../../", import.meta.url);
/** All examples and fixtures, without quotes: `uses: "filter"` is `uses: filter`. */
const specs = ["examples", "templates", "test"]
  .flatMap((folder) => readdirSync(new URL(folder, root), { recursive: true, withFileTypes: true }))
  .filter(({ name, parentPath }) => /\.(ya?ml|ts)$/.test(name) && !/[\\/]\.distill\b/.test(parentPath))
  .map(({ name, parentPath }) => readFileSync(join(parentPath, name), "utf8").replaceAll('"', ""))
  .join("\n");

describe.each(definitions)("$kind $name", ({ name, folder, summary, version, params, used }) => {
  test("its fragment compiles in Ajv's strict mode", () => {
    const ajv = new Ajv({
      strict: true,
      strictTypes: true,
      strictRequired: true,
      allowUnionTypes: true,
      useDefaults: true,
    });
    for (const keyword of annotationKeywords) ajv.addKeyword(keyword);
    expect(() => ajv.compile(params as object)).not.toThrow();
    expect(params).toMatchObject({ type: "object", additionalProperties: false });
  });

  test("every property has a description that ends like a sentence", () => {
    for (const [path, description] of propertiesOf(params as Schema, ""))
      expect(description, path).toMatch(/\w.*[.]$/);
  });

  test("it has a summary, a version and tests of its own", () => {
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect(version).toBeGreaterThan(0);
    expect(existsSync(new URL(`${folder}${name.replaceAll("_", "-")}.test.ts`, import.meta.url))).toBe(true);
  });

  test("an example or a fixture uses it", () => {
    expect(used.some((text) => new RegExp(`\\b${text}\\b`).test(specs))).toBe(true);
  });
});

interface Schema {
  readonly description?: string;
  readonly properties?: { readonly [name: string]: Schema };
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** Every named property at any depth, with its description. */
function* propertiesOf(schema: Schema, path: string): Generator<[string, string | undefined]> {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield [`${path}/${name}`, property.description];
    yield* propertiesOf(property, `${path}/${name}`);
  }
  for (const inner of [schema.items, schema.additionalProperties])
    if (typeof inner === "object") yield* propertiesOf(inner, `${path}/*`);
}
