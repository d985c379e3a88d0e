import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type GitProject, gitProject } from "../support/git-project.ts";

const topics = ["delivery", "payment"];
const labelled = Array.from({ length: 40 }, (_, i) => ({ id: `l${i}`, ...message(i, 3) }));
const pool = Array.from({ length: 40 }, (_, i) => ({ id: `p${i}`, ...message(i, 5) }));

/** A project that trains a student on a teacher's recorded answers; nothing was run in it. */
export const againstFiles: { readonly [path: string]: string } = {
  "data/labelled.jsonl": lines(labelled),
  "data/pool.jsonl": lines(pool.map(({ id, text }) => ({ id, text }))),
  "data/answers.jsonl": lines(
    [...labelled, ...pool].map(({ text, topic }) => ({
      model: "large",
      messages: [{ role: "user", content: text }],
      answers: [{ output_text: topic }],
    })),
  ),
  "distill.yaml": `version: 1
name: inbox
datasets:
  pool: { path: data/pool.jsonl, id: id }
  labelled: { path: data/labelled.jsonl, id: id }
prompts:
  sort: { messages: [{ role: user, content: "{{ item.text }}" }] }
providers:
  recordings: { type: recorded, path: data/answers.jsonl }
  local: { type: classifier }
models:
  teacher: { provider: recordings, model: large }
  ngram: { provider: local, model: ngram-16 }
graders:
  correct: { type: string_check, input: "{{ sample.output_text }}", reference: "{{ item.topic }}", operation: eq }
steps:
  split: { uses: split, rows: labelled, into: { few: 0.25, test: 0.75 } }
  capture: { uses: generate, rows: pool, prompt: sort, model: teacher }
  select:
    uses: filter
    rows: capture
    rules:
      - { name: complete, where: "sample.finish_reason == 'stop'" }
      - { name: short, where: "size(item.text) <= 30" }
  before: { uses: train, base: ngram, rows: split.few, prompt: sort, target: "{{ item.topic }}" }
  student: { uses: train, base: ngram, rows: select, target: sample.output_text }
  exam: { uses: evaluate, rows: split.test, prompt: sort, models: [teacher, before, student], graders: [correct] }
  verdict:
    uses: compare
    results: [exam]
    teacher: teacher
    base: before
    candidate: student
    gates:
      - { grader: correct, not_worse_than: teacher, margin: 0.5 }
`,
};

let ran: Promise<string> | undefined;
const kept = mkdtempSync(join(tmpdir(), "distill-against-"));
afterAll(() => rmSync(kept, { recursive: true, force: true }));

/** The same project after a run, all committed on main. It is run once; every call gives a copy, with its store or not. */
export async function ranProject({ store = false } = {}): Promise<GitProject> {
  ran ??= runOnce();
  const project = gitProject({}, await ran);
  if (!store) rmSync(join(project.folder, ".distill"), { recursive: true });
  return project;
}

async function runOnce(): Promise<string> {
  const project = gitProject(againstFiles);
  const { code, stderr } = await project.distill(["run"]);
  if (code !== 0 && code !== 3) throw new Error(stderr);
  project.commit("results");
  cpSync(project.folder, kept, { recursive: true });
  return kept;
}

function message(i: number, step: number): { readonly text: string; readonly topic: string } {
  const words = i % 2 === 0 ? ["parcel", "late", "courier"] : ["invoice", "refund", "card"];
  return {
    text: `${words[i % 3]} ${words[(i * step) % 3]} ${"very ".repeat(i % 4)}${i}`,
    topic: topics[i % 2]!,
  };
}

function lines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
