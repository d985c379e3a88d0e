import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { registry } from "../../src/cli/registry.ts";
import { openValidators } from "../../src/runner/compile-schema.ts";
import { formatDiagnostics } from "../../src/runner/format-diagnostic.ts";
import { loadPlan } from "../../src/runner/load.ts";
import type { Planning } from "../../src/runner/plan.ts";

/** A good small spec that uses every step type; a malformed one is a small edit of it. */
export const goodSpec = `version: 1
name: desk
seed: 7
vars: { epochs: 5 }
datasets:
  pool: { path: data/pool.jsonl }
  labelled: { path: data/labelled.jsonl, id: id }
prompts:
  route:
    messages:
      - { role: system, content: Route the ticket. }
      - role: user
        content: "{{ item.text }}"
providers:
  tapes: { type: recorded, path: data/teacher.jsonl }
  local: { type: classifier }
  server: { type: openai, base_url: "http://127.0.0.1:8000/v1" }
models:
  teacher: { provider: tapes, model: large }
  ngram: { provider: local, model: ngram-16 }
graders:
  correct: { type: string_check, input: "{{ sample.output_json.team }}", reference: "{{ item.team }}", operation: eq }
  polite: { type: regex, input: "{{ sample.output_text }}", pattern: "(?:please|thank)", flags: i }
steps:
  split: { uses: split, rows: labelled, into: { few: 0.2, validation: 0.3, test: 0.5 } }
  capture:
    uses: generate
    rows: pool
    prompt: route
    model: teacher
    metadata: { task: routing, plan: "{{ item.customer.plan }}" }
    execution: { concurrency: 4 }
  select:
    uses: filter
    rows: capture
    rules:
      - { name: complete, where: "sample.finish_reason == 'stop'" }
      - { name: leak, not_in: split.test, by: item.text }
  before: { uses: train, base: ngram, rows: split.few, prompt: route, target: "{{ item.team }}" }
  student:
    uses: train
    base: ngram
    rows: select
    target: sample.output_json.probabilities
    hyperparameters: { n_epochs: "\${vars.epochs}" }
  tune: { uses: evaluate, rows: split.validation, prompt: route, models: [teacher, student], graders: [correct] }
  routed:
    uses: cascade
    first: student
    fallback: teacher
    results: tune
    grader: correct
    risk: { of: loss_to_teacher, max: 0.1 }
  exam: { uses: evaluate, rows: split.test, prompt: route, models: [teacher, before, routed], graders: [correct, polite] }
  export:
    uses: command
    argv: [node, tool.js]
    files: [tool.js]
    inputs: { exam: exam }
    outputs: { table: { kind: file, path: table.csv } }
  verdict:
    uses: compare
    results: [exam]
    teacher: teacher
    base: before
    candidate: routed
    gates:
      - { grader: correct, better_than: before }
`;

/** The files that the good spec names. */
export const goodFiles: { readonly [path: string]: string } = {
  "data/pool.jsonl": `${JSON.stringify({ id: "p1", text: "vpn", customer: { plan: "free" } })}\n`,
  "data/labelled.jsonl": `${JSON.stringify({ id: "l1", text: "wifi", team: "network", customer: { plan: "pro" } })}\n`,
  "data/teacher.jsonl": "",
  "tool.js": "",
};

/** A replacement in the good spec; the first text must be there. */
export type Edit = readonly [from: string, to: string];

/** The good spec with these edits. */
export function edited(edits: readonly Edit[]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the good spec does not hold ${from}`);
    return text.replace(from, () => to);
  }, goodSpec);
}

/** A project with the good spec's files, in which specs are planned. */
export interface SpecFolder {
  readonly folder: string;
  write(path: string, content: string | Uint8Array): void;
  link(path: string, target: string): void;
  plan(text: string | Uint8Array, vars?: { readonly [name: string]: string }): Planning;
  /** The whole diagnostic output for a spec. */
  diagnose(text: string | Uint8Array, vars?: { readonly [name: string]: string }): string;
  /** The whole diagnostic output for a file as it lies there. */
  diagnoseFile(file: string): string;
  close(): void;
}

/** Opens a project in a temporary folder. */
export function openSpecFolder(): SpecFolder {
  const folder = mkdtempSync(join(tmpdir(), "distill-spec-"));
  const validators = openValidators(registry);
  const load = (file: string, vars?: { readonly [name: string]: string }) =>
    loadPlan({ file, registry, validators, cwd: folder, ...(vars && { vars }) });
  const it: SpecFolder = {
    folder,
    write(path, content) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    link: (path, target) => symlinkSync(target, join(folder, path)),
    plan(text, vars) {
      it.write("spec.yaml", text);
      return load("spec.yaml", vars);
    },
    diagnose: (text, vars) => formatDiagnostics(it.plan(text, vars).diagnostics, { color: false }),
    diagnoseFile: (file) => formatDiagnostics(load(file).diagnostics, { color: false }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
  mkdirSync(join(folder, ".git"));
  for (const [path, text] of Object.entries(goodFiles)) it.write(path, text);
  return it;
}
