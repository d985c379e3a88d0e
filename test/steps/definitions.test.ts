import { existsSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { annotationKeywords } from "../../src/runner/schema.ts";
import { graders } from "../../src/steps/graders/index.ts";
import { steps } from "../../src/steps/index.ts";
import { providers } from "../../src/steps/providers/index.ts";
import { trainers } from "../../src/steps/trainers/index.ts";

const definitions = [
  ...steps.map(({ name, summary, version, params }) => ({ kind: "", name, summary, version, params })),
  ...graders.map(({ name, summary, version, params }) => ({
    kind: "graders/",
    name,
    summary,
    version,
    params,
  })),
  ...providers.map(({ name, summary, version, params }) => ({
    kind: "providers/",
    name,
    summary,
    version,
    params,
  })),
  ...trainers.map(({ name, summary, version, hyperparameters }) => ({
    kind: "trainers/",
    name,
    summary,
    version,
    params: hyperparameters,
  })),
];

describe.each(definitions)("$kind$name", ({ kind, name, summary, version, params }) => {
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
    expect(existsSync(new URL(`${kind}${name.replaceAll("_", "-")}.test.ts`, import.meta.url))).toBe(true);
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
