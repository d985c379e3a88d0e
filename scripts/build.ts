// Builds dist/: the compiled validators, then one bundle of the start-up path with lazy chunks beside it.
import { rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { registry } from "../src/cli/registry.ts";
import { compileValidators } from "../src/runner/compile-schema.ts";
import { assembleSchema } from "../src/runner/schema.ts";

const root = new URL("../", import.meta.url).pathname;
rmSync(`${root}dist`, { recursive: true, force: true });

await build({
  stdin: { contents: compileValidators(registry), resolveDir: root, loader: "js" },
  bundle: true,
  format: "esm",
  platform: "node",
  outfile: `${root}dist/validators.js`,
});
await build({
  entryPoints: { main: `${root}src/cli/main.ts` },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22",
  outdir: `${root}dist`,
  chunkNames: "chunks/[name]-[hash]",
  external: ["openai", "undici", "execa", "listr2"],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  legalComments: "none",
});
// Only where it changed: the file is committed, and an untouched tree must stay untouched.
const { readFileSync } = await import("node:fs");
const schema = `${JSON.stringify(assembleSchema(registry), null, 2)}\n`;
const path = `${root}distill.schema.json`;
let before = "";
try {
  before = readFileSync(path, "utf8");
} catch {
  // The first build makes it.
}
if (before !== schema && process.env.CI === undefined) writeFileSync(path, schema);
