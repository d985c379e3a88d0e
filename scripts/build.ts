// Builds dist/: the compiled validators, then one bundle of the start-up path with lazy chunks beside it.
import { rmSync, writeFileSync } from "node:fs";
import { build, type Plugin } from "esbuild";
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
  plugins: [lazyChildProcess()],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  legalComments: "none",
  minifySyntax: true,
  minifyWhitespace: true,
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

// Commander imports node:child_process for subcommands in files of their own, which there are none of here;
// loading it would be a fifth of the time that "distill --help" takes.
function lazyChildProcess(): Plugin {
  return {
    name: "lazy-child-process",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(node:)?child_process$/ }, ({ importer }) =>
        importer.includes("/commander/") ? { path: "child_process", namespace: "lazy" } : undefined,
      );
      onLoad({ filter: /./, namespace: "lazy" }, () => ({
        contents: `export default new Proxy({}, { get: (_, name) => process.getBuiltinModule("node:child_process")[name] });`,
      }));
    },
  };
}
