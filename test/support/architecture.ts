import { type Import, readImports, type Sources, withoutComments } from "./read-imports.ts";

/** What a folder may import: whole folders (ending in `/`) or single files. */
interface Rule {
  readonly folder: string;
  readonly may: readonly string[];
  /** Of these only types: they are gone at run time. */
  readonly mayTypes?: readonly string[];
}

const floor0 = ["src/templating/", "src/expression/", "src/stats/", "src/classifier/"];

const rules: readonly Rule[] = [
  { folder: "src/templating/", may: [] },
  { folder: "src/stats/", may: [] },
  { folder: "src/expression/", may: [], mayTypes: ["src/templating/problem.ts"] },
  { folder: "src/classifier/", may: ["src/stats/random.ts"] },
  { folder: "src/runner/", may: floor0 },
  // The declarations of runner, and nothing that plans, keeps or runs.
  {
    folder: "src/steps/",
    may: [
      ...floor0,
      "src/runner/asking.ts",
      "src/runner/grader.ts",
      "src/runner/metadata-limits.ts",
      "src/runner/money/request-size.ts",
      "src/runner/output-writer.ts",
      "src/runner/provider.ts",
      "src/runner/report-fault.ts",
      "src/runner/row.ts",
      "src/runner/step-failure.ts",
      "src/runner/step.ts",
      "src/runner/trainer.ts",
      "src/runner/without-secrets.ts",
    ],
    mayTypes: ["src/runner/exchanges.ts", "src/runner/money/price.ts"],
  },
  // It joins results with the rows that they are about, as the step that asked about them did.
  {
    folder: "src/report/html/",
    may: [...floor0, "src/report/", "src/runner/", "src/steps/scope.ts"],
    mayTypes: ["src/steps/evaluate.ts", "src/steps/results.ts"],
  },
  // What it draws are the facts that steps declare; of how steps work it takes only how they word things.
  {
    folder: "src/report/",
    may: [...floor0, "src/runner/", "src/steps/format.ts", "src/steps/describe-gate.ts"],
    mayTypes: [
      "src/steps/compare.ts",
      "src/steps/compare-models.ts",
      "src/steps/cascade.ts",
      "src/steps/evaluate.ts",
      "src/steps/judge-gate.ts",
      "src/steps/summarize-results.ts",
    ],
  },
  // What runs in a browser: of ours only what words figures, and the types of what lies in the page.
  {
    folder: "src/ui/",
    may: ["src/report/describe.ts", "src/steps/format.ts"],
    mayTypes: ["src/report/results.ts", "src/report/html/data.ts", "src/report/html/page-data.ts"],
  },
  { folder: "src/cli/", may: ["src/"] },
];

/** Packages that take long to load: never before it is known that they are needed. */
export const heavyPackages = [
  "openai",
  "undici",
  "execa",
  "listr2",
  "@marcbachmann/cel-js",
  "re2js",
  "handlebars",
  "vega",
  "vega-lite",
];

/** Every import and text in `src` that the architecture forbids, each as a sentence. */
export function findViolations(sources: Sources, entry: string): readonly string[] {
  return [
    ...[...sources].flatMap(([path, text]) => [...badImports(path, text), ...badTexts(path, text)]),
    ...heavyOnPath(sources, entry),
    ...findRings(sources).map((ring) => `files import each other: ${ring.join(" → ")}`),
  ];
}

function badImports(path: string, text: string): readonly string[] {
  const rule = rules.find(({ folder }) => path.startsWith(folder));
  if (rule === undefined) return [`${path}: no rule says what its folder may import`];
  return readImports(path, text)
    .filter((one) => one.isOurs && !isAllowed(rule, one))
    .map(({ target, kind }) => `${path} may not import ${target}${kind === "type" ? " (a type)" : ""}`);
}

function isAllowed({ folder, may, mayTypes = [] }: Rule, { target, kind }: Import): boolean {
  const within = (places: readonly string[]) =>
    places.some((place) => (place.endsWith("/") ? target.startsWith(place) : target === place));
  return within([folder, ...may]) || (kind === "type" && within(mayTypes));
}

function badTexts(path: string, text: string): readonly string[] {
  const code = withoutComments(text);
  return [
    ...(/^export\s+default\b|^export\s*\{[^}]*\bas\s+default\b/m.test(code)
      ? [`${path} has a default export`]
      : []),
    ...(!path.startsWith("src/cli/") &&
    /\bprocess\s*(\?\.|\.)\s*env\b|\bprocess\s*\[\s*["']env|\benv\b[^;=]*\}\s*=\s*process\b|\{[^}]*\benv\b[^}]*\}\s*from\s+"node:process"/.test(
      code,
    )
      ? [`${path} reads the environment, which only src/cli may`]
      : []),
  ];
}

/** Heavy packages that are loaded with the entry, each with the file that asks for it. */
function heavyOnPath(sources: Sources, entry: string): readonly string[] {
  return [...loadedWith(sources, entry)].flatMap((path) =>
    readImports(path, sources.get(path)!)
      .filter(({ kind, target }) => kind === "static" && heavyPackages.includes(target))
      .map(({ target }) => `${path} loads ${target} although "distill --help" does not need it`),
  );
}

/** The files that are loaded with an entry, before any `import()`. */
export function loadedWith(sources: Sources, entry: string): ReadonlySet<string> {
  const seen = new Set([entry]);
  for (const path of seen)
    for (const { target, kind } of readImports(path, sources.get(path) ?? ""))
      if (kind === "static" && sources.has(target)) seen.add(target);
  return seen;
}

/** Rings of imports, types and `import()` included: each begins and ends with the same file. */
function findRings(sources: Sources): readonly (readonly string[])[] {
  const rings: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string) => {
    if (done.has(path)) return;
    const at = trail.indexOf(path);
    if (at >= 0) {
      rings.push([...trail.slice(at), path]);
      return;
    }
    trail.push(path);
    for (const { target } of readImports(path, sources.get(path)!)) if (sources.has(target)) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of sources.keys()) visit(path);
  return rings;
}
