// Builds dist/: the compiled validators, one bundle of the start-up path with lazy chunks beside it, and what
// report.html is made of.

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { build, type Plugin } from "esbuild";
import { registry } from "../src/cli/registry.ts";
import { compileValidators } from "../src/runner/compile-schema.ts";
import { assembleSchema } from "../src/runner/schema.ts";

const root = new URL("../", import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string };
// Built beside the old one and then put in its place: a distill that runs meanwhile finds its files.
const fresh = `${root}dist-${process.pid}`;

await build({
  stdin: { contents: compileValidators(registry), resolveDir: root, loader: "js" },
  bundle: true,
  format: "esm",
  platform: "node",
  outfile: `${fresh}/validators.js`,
  minify: true,
});
await build({
  entryPoints: { main: `${root}src/cli/main.ts` },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22",
  outdir: fresh,
  chunkNames: "chunks/[name]-[hash]",
  define: { VERSION: JSON.stringify(version) },
  external: ["openai", "execa", "gpt-tokenizer", "listr2"],
  plugins: [freshValidators(), lazyBuiltins()],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  legalComments: "none",
  // Stacks stay readable with --enable-source-maps; the sources themselves are beside the package's in git.
  sourcemap: "linked",
  sourcesContent: false,
  minifySyntax: true,
  minifyIdentifiers: true,
  minifyWhitespace: true,
});
// What report.html runs and looks like: read when a page is written, and put into it.
await build({
  entryPoints: { report: `${root}src/ui/main.tsx`, style: `${root}src/ui/report.css` },
  entryNames: "[name]",
  bundle: true,
  format: "iife",
  platform: "browser",
  target: ["chrome120", "firefox121", "safari17.2"],
  outdir: `${fresh}/ui`,
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  minify: true,
});
rmSync(`${root}dist`, { recursive: true, force: true });
renameSync(fresh, `${root}dist`);

// Only where it changed: the file is committed, and an untouched tree must stay untouched.
const schema = `${JSON.stringify(assembleSchema(registry), null, 2)}\n`;
const path = `${root}distill.schema.json`;
let before = "";
try {
  before = readFileSync(path, "utf8");
} catch {
  // The first build makes it.
}
if (before !== schema && process.env.CI === undefined) writeFileSync(path, schema);

function freshValidators(): Plugin {
  return {
    name: "fresh-validators",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^#validators$/ }, () => ({ path: `${fresh}/validators.js` })),
  };
}

// A static import of a part of Node reads all its exports, and many of them load further parts: node:util alone
// brings a parser of arguments and a differ, node:crypto every cipher. Behind getters each is loaded where it is
// first used; node:child_process, which commander wants for subcommands in files of their own, never is.
function lazyBuiltins(): Plugin {
  return {
    name: "lazy-builtins",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(node:)?[a-z_]+(\/promises)?$/ }, ({ path, kind, importer }) => {
        const name = path.replace(/^node:/, "");
        if (!isBuiltin(`node:${name}`) || kind !== "import-statement") return undefined;
        return { path: `${name}?${namesOf(name, importer)}`, namespace: "builtin" };
      });
      onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => {
        const [name, names = ""] = path.split("?");
        return {
          contents: `
            const load = () => process.getBuiltinModule("node:${name}");
            const target = {};
            for (const name of ${JSON.stringify(names.split(",").filter(Boolean))})
              Object.defineProperty(target, name, { enumerable: true, configurable: true, get: () => load()[name] });
            module.exports = new Proxy(target, { get: (_, name) => load()[name] });`,
        };
      });
    },
  };
}

// Our own files tell the few names that they use; every other file gets all.
function namesOf(builtin: string, importer: string): string {
  if (importer.includes("node_modules"))
    return Object.keys(process.getBuiltinModule(`node:${builtin}`) as object).join(",");
  const names = new Set<string>();
  for (const [, list = ""] of readFileSync(importer, "utf8").matchAll(
    new RegExp(`import\\s+(?!type)\\{([^}]*)\\}\\s+from\\s+"node:${builtin}"`, "g"),
  ))
    for (const entry of list.split(",")) {
      const name = entry.trim().split(/\s+as\s+/)[0]!;
      if (name !== "" && !name.startsWith("type ")) names.add(name);
    }
  return [...names].sort().join(",");
}
