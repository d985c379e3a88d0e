import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { registry } from "../src/cli/registry.ts";
import { openValidators } from "../src/runner/compile-schema.ts";
import { loadPlan } from "../src/runner/load.ts";
import { annotationKeywords, assembleSchema, type Schema } from "../src/runner/schema.ts";

const root = join(import.meta.dirname, "..");
const schema = assembleSchema(registry);

describe("distill.schema.json", () => {
  test("is what the definitions give", () => {
    const committed: unknown = JSON.parse(readFileSync(join(root, "distill.schema.json"), "utf8"));
    expect(committed, 'it is stale: "npm run build" writes it').toEqual(JSON.parse(JSON.stringify(schema)));
  });

  test("compiles in Ajv's strict mode", () => {
    const ajv = new Ajv({
      strict: true,
      // "oneOf" says which of the properties beside it are required.
      strictRequired: false,
      allowUnionTypes: true,
      discriminator: true,
    });
    for (const keyword of annotationKeywords) ajv.addKeyword(keyword);
    expect(() => ajv.compile(schema)).not.toThrow();
  });

  test("describes every property, for whoever hovers over it", () => {
    const properties = [...propertiesOf(schema, "")];
    expect(properties.length).toBeGreaterThan(100);
    expect(properties.filter(([, description]) => !/\w.*[.]$/.test(description ?? ""))).toEqual([]);
  });

  test("names every step, grader and provider", () => {
    const text = JSON.stringify(schema);
    for (const definitions of [registry.steps, registry.graders, registry.providers])
      for (const name of definitions.keys()) expect(text).toContain(`{"const":"${name}",`);
  });
});

const specs = ["examples", "templates/init"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => `${folder}/${name}`),
);

test.each(specs)("%s has no fault and no warning", (file) => {
  const planning = loadPlan({ file, cwd: root, registry, validators: openValidators(registry) });
  expect(planning.diagnostics).toEqual([]);
  expect(planning.ok).toBe(true);
});

test.each(specs.filter((file) => file.startsWith("examples/")))("%s names the schema for editors", (file) => {
  const text = readFileSync(join(root, file), "utf8");
  const named = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text)?.[1];
  expect(join(root, file, "..", named ?? "")).toBe(join(root, "distill.schema.json"));
});

/** Every named property at any depth, with its description. */
function* propertiesOf(
  node: unknown,
  path: string,
): Generator<[path: string, description: string | undefined]> {
  if (Array.isArray(node)) {
    for (const [i, entry] of node.entries()) yield* propertiesOf(entry, `${path}/${i}`);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  for (const [keyword, value] of Object.entries(node as Schema)) {
    if (["const", "enum", "default"].includes(keyword)) continue;
    if (!["properties", "patternProperties", "definitions"].includes(keyword)) {
      yield* propertiesOf(value, `${path}/${keyword}`);
      continue;
    }
    for (const [name, property] of Object.entries(value as { readonly [name: string]: Schema })) {
      yield [`${path}/${name}`, property.description as string | undefined];
      yield* propertiesOf(property, `${path}/${name}`);
    }
  }
}
