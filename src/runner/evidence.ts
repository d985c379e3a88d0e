import { createHmac, hash } from "node:crypto";
import type { PlanContents } from "./contents.ts";
import { graderDigest, modelDigest } from "./key.ts";
import { evaluator } from "./models.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { openArtifacts } from "./read-artifacts.ts";
import type { Json, JsonObject } from "./row.ts";
import { isObject } from "./spec.ts";
import type { EvidenceContext } from "./step.ts";
import { StepFailure } from "./step-failure.ts";
import type { Store } from "./store.ts";

/*
 * NAME.evidence.jsonl: a header, then the lines of every step, steps sorted by id. No text, no id:
 *
 *   {"evidence":1,"name":"helpdesk-router"}
 *   {"step":"exam","models":[…],…,"sum":"9f2c41"}
 *   {"step":"exam","item":"0b7d…","answers":[…],"sum":"51ab90"}
 *
 * `sum` is the beginning of the sha256 of the rest of its line, so that an edit has a place.
 */

const evidenceVersion = 1;

/** The evidence of a plan whose steps are all done. */
export interface WrittenEvidence {
  readonly text: string;
  /** sha256 of the whole. */
  readonly digest: string;
  /** sha256 of every step's lines. */
  readonly steps: { readonly [step: string]: string };
}

/** Evidence that was read: every step's lines without `step` and `sum`, and what does not fit. */
export interface ReadEvidence {
  readonly digest: string;
  readonly steps: ReadonlyMap<string, readonly JsonObject[]>;
  /** sha256 of every step's lines, as they stand. */
  readonly digests: { readonly [step: string]: string };
  readonly faults: readonly { readonly line: number; readonly message: string }[];
}

/** Writes the evidence of all steps that have some. */
export async function writeEvidence(options: {
  readonly plan: Plan;
  readonly contents: PlanContents;
  readonly store: Store;
  readonly salt: string;
}): Promise<WrittenEvidence> {
  const { plan, contents } = options;
  const parts = [`${JSON.stringify({ evidence: evidenceVersion, name: plan.spec.name })}\n`];
  const steps: Record<string, string> = {};
  const nodes = [...plan.nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const node of nodes) {
    if (node.definition.evidence === undefined || contents.manifest(node.id) === undefined) continue;
    const lines: string[] = [];
    for await (const line of node.definition.evidence(evidenceContext(options, node)))
      lines.push(`${sealLine({ step: node.id, ...line })}\n`);
    const text = lines.join("");
    steps[node.id] = hash("sha256", text);
    parts.push(text);
  }
  const text = parts.join("");
  return { text, digest: hash("sha256", text), steps };
}

/** Reads evidence, whether or not it is whole. */
export function readEvidence(text: string): ReadEvidence {
  const steps = new Map<string, JsonObject[]>();
  const texts = new Map<string, string[]>();
  const faults: { line: number; message: string }[] = [];
  const split = text.split("\n");
  if (split.pop() !== "") faults.push({ line: split.length + 1, message: "the last line is cut off" });
  for (const [at, line] of split.entries()) {
    const value = parseObject(line);
    if (at === 0) {
      if (value?.evidence !== evidenceVersion || Object.keys(value).sort().join() !== "evidence,name")
        faults.push({ line: 1, message: `it is no evidence of version ${evidenceVersion}` });
      continue;
    }
    if (value === undefined || typeof value.step !== "string") {
      faults.push({ line: at + 1, message: "this is no line of evidence" });
      continue;
    }
    const { sum, ...rest } = value;
    if (sealLine(rest) !== line)
      faults.push({ line: at + 1, message: `this line of step ${value.step} does not fit its sum` });
    const { step: _, ...own } = rest;
    const lines = steps.get(value.step) ?? [];
    lines.push(own);
    steps.set(value.step, lines);
    const all = texts.get(value.step) ?? [];
    all.push(`${line}\n`);
    texts.set(value.step, all);
  }
  if (split.length === 0) faults.push({ line: 1, message: "it is empty" });
  return {
    digest: hash("sha256", text),
    steps,
    digests: Object.fromEntries([...texts].map(([step, all]) => [step, hash("sha256", all.join(""))])),
    faults,
  };
}

/** The salt of a plan that has none yet: the same on every machine, and carried on from lock to lock. */
export function firstSalt(plan: Plan, contents: PlanContents): string {
  const sources = [...plan.spec.datasets.values()].map(({ path }) => contents.file(path));
  return hash("sha256", JSON.stringify(["distill salt", plan.spec.name, ...sources])).slice(0, 32);
}

function evidenceContext(
  options: {
    readonly plan: Plan;
    readonly contents: PlanContents;
    readonly store: Store;
    readonly salt: string;
  },
  node: PlanNode,
): EvidenceContext<never> {
  const { plan, contents, salt } = options;
  const { lines, rows, output } = openArtifacts({ ...options, node });

  return {
    params: node.params as never,
    output,
    lines,
    rows,
    digestOf: (kind, reference) =>
      kind === "model"
        ? modelDigest(plan, node, reference, contents)
        : graderDigest(plan, reference, contents),
    evaluator,
    seal: (text) => createHmac("sha256", salt).update(text).digest("hex").slice(0, 16),
  };
}

function sealLine(line: JsonObject): string {
  const text = JSON.stringify(line);
  return `${text.slice(0, -1)},"sum":"${hash("sha256", text).slice(0, 6)}"}`;
}

function parseObject(line: string): JsonObject | undefined {
  try {
    const value = JSON.parse(line) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The lines of a step. @throws StepFailure where the evidence has none */
export function evidenceLines(evidence: ReadEvidence, step: string): readonly JsonObject[] {
  const lines = evidence.steps.get(step);
  if (lines === undefined) throw new StepFailure(`the evidence says nothing of step ${step}`);
  return lines;
}
