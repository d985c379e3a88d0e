import { describe, expect, test } from "vitest";
import { findViolations, heavyPackages, loadedWith } from "./support/architecture.ts";
import { readImports, readSources } from "./support/read-imports.ts";

const root = `${import.meta.dirname}/..`;
const entry = "src/cli/main.ts";
const sources = readSources(root, "src");

test("imports go down only, without rings, and only src/cli reads the environment", () => {
  expect(findViolations(sources, entry)).toEqual([]);
});

test("every import of ours names a file that is there, so that none escapes the rules", () => {
  const targets = [...sources].flatMap(([path, text]) => readImports(path, text));
  const ours = targets.filter(({ isOurs }) => isOurs).map(({ target }) => target);
  expect(ours.length).toBeGreaterThan(300);
  // The validators are written by the build.
  expect(ours.filter((target) => !sources.has(target))).toEqual([]);
});

test("help is told by a handful of files and commander", () => {
  const loaded = loadedWith(sources, entry);
  const packages = [...loaded]
    .flatMap((path) => readImports(path, sources.get(path)!))
    .filter(({ isOurs, kind, target }) => !isOurs && kind === "static" && !target.startsWith("node:"));
  expect(packages.map(({ target }) => target)).toEqual(["commander"]);
});

describe("the rules would notice", () => {
  test.each([
    ["src/stats/a.ts", "src/templating/b.ts", "src/stats/a.ts may not import src/templating/b.ts"],
    ["src/templating/a.ts", "src/runner/b.ts", "src/templating/a.ts may not import src/runner/b.ts"],
    [
      "src/expression/a.ts",
      "src/templating/problem.ts",
      "src/expression/a.ts may not import src/templating/problem.ts",
    ],
    ["src/classifier/a.ts", "src/stats/wilson.ts", "src/classifier/a.ts may not import src/stats/wilson.ts"],
    ["src/runner/a.ts", "src/steps/b.ts", "src/runner/a.ts may not import src/steps/b.ts"],
    ["src/runner/a.ts", "src/cli/b.ts", "src/runner/a.ts may not import src/cli/b.ts"],
    ["src/steps/a.ts", "src/runner/store.ts", "src/steps/a.ts may not import src/runner/store.ts"],
    ["src/steps/a.ts", "src/report/b.ts", "src/steps/a.ts may not import src/report/b.ts"],
    ["src/runner/a.ts", "src/report/b.ts", "src/runner/a.ts may not import src/report/b.ts"],
    ["src/report/a.ts", "src/steps/cascade.ts", "src/report/a.ts may not import src/steps/cascade.ts"],
    ["src/report/a.ts", "src/steps/compare.ts", "src/report/a.ts may not import src/steps/compare.ts"],
    ["src/ui/a.ts", "src/cli/b.ts", "src/ui/a.ts may not import src/cli/b.ts"],
    ["src/new/a.ts", "src/new/b.ts", "src/new/a.ts: no rule says what its folder may import"],
  ])("%s importing %s", (from, to, violation) => {
    expect(violationsOf({ [from]: `import { b } from "../../${to}";\n` })).toEqual([violation]);
    expect(violationsOf({ [from]: `import {\n  a,\n  b,\n} from "../../${to}";\n` })).toEqual([violation]);
    expect(violationsOf({ [from]: `const b = await import("../../${to}");\n` })).toEqual([violation]);
    expect(violationsOf({ [from]: `export * from "../../${to}";\n` })).toEqual([violation]);
    expect(violationsOf({ [from]: `import "../../${to}";\n` })).toEqual([violation]);
  });

  test("a type that crosses floors", () => {
    const type = (to: string) => `import type { B } from "../../${to}";\n`;
    expect(violationsOf({ "src/runner/a.ts": type("src/steps/b.ts") })).toEqual([
      "src/runner/a.ts may not import src/steps/b.ts (a type)",
    ]);
    expect(violationsOf({ "src/expression/a.ts": type("src/templating/problem.ts") })).toEqual([]);
    expect(violationsOf({ "src/expression/a.ts": type("src/templating/tags.ts") })).toHaveLength(1);
    expect(violationsOf({ "src/report/a.ts": type("src/steps/compare.ts") })).toEqual([]);
  });

  test("a ring, of types and of lazy imports too, and tells it", () => {
    const ring = {
      "src/stats/a.ts": 'import { b } from "./b.ts";\n',
      "src/stats/b.ts": 'import type { C } from "./c.ts";\n',
      "src/stats/c.ts": 'const a = await import("./a.ts");\n',
    };
    expect(violationsOf(ring)).toEqual([
      "files import each other: src/stats/a.ts → src/stats/b.ts → src/stats/c.ts → src/stats/a.ts",
    ]);
    expect(violationsOf({ ...ring, "src/stats/c.ts": "// import { a } from './a.ts'\n" })).toEqual([]);
  });

  test.each(heavyPackages)("%s on the path of --help", (name) => {
    const files = (kind: string) => ({
      [entry]: 'import { a } from "./a.ts";\n',
      "src/cli/a.ts": kind,
    });
    const violation = `src/cli/a.ts loads ${name} although "distill --help" does not need it`;
    expect(violationsOf(files(`import x from "${name}";\n`))).toEqual([violation]);
    expect(violationsOf(files(`import { x } from "${name}/deep/x.js";\n`))).toEqual([violation]);
    expect(violationsOf(files(`import type { x } from "${name}";\n`))).toEqual([]);
    expect(violationsOf(files(`const x = await import("${name}");\n`))).toEqual([]);
  });

  test.each(["export default function a() {}\n", "const a = 1;\nexport { a as default };\n"])(
    "a default export: %j",
    (text) => {
      expect(violationsOf({ "src/stats/a.ts": text })).toEqual(["src/stats/a.ts has a default export"]);
    },
  );

  test.each([
    "const key = process.env.KEY;\n",
    'const key = process["env"].KEY;\n',
    "const { env } = process;\n",
    'import { env } from "node:process";\n',
  ])("the environment, read outside of src/cli: %j", (text) => {
    expect(violationsOf({ "src/steps/a.ts": text })).toEqual([
      "src/steps/a.ts reads the environment, which only src/cli may",
    ]);
    expect(violationsOf({ "src/cli/a.ts": text })).toEqual([]);
    expect(violationsOf({ "src/steps/a.ts": `// ${text}` })).toEqual([]);
  });
});

function violationsOf(files: { readonly [path: string]: string }): readonly string[] {
  return findViolations(new Map(Object.entries({ [entry]: "", ...files })), entry);
}
