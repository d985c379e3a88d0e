import type { PlanContents } from "./contents.ts";
import type { Programs } from "./exec.ts";
import { graderDigest, modelDigest } from "./key.ts";
import { readsMetadata } from "./metadata-read.ts";
import { DamagedInput, evaluator, type Models, type Purchase } from "./models.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { readDataset, readJsonLines } from "./read-rows.ts";
import type { Json, Row } from "./row.ts";
import type { Artifact, Grader, OutputWriter, Prompt, StepContext } from "./step.ts";
import type { Store } from "./store.ts";

/** Builds a step's whole world for one run of it. */
export function stepContext(options: {
  readonly plan: Plan;
  readonly node: PlanNode;
  readonly store: Store;
  readonly contents: PlanContents;
  readonly models: Models;
  readonly programs: Programs;
  readonly purchase: Purchase;
  readonly signal: AbortSignal;
  readonly output: (name: string) => OutputWriter;
  readonly progress: StepContext<unknown>["progress"];
  readonly warn: (message: string) => void;
}): StepContext<never> {
  const { plan, node, store, contents } = options;

  const artifact = async (reference: string): Promise<Artifact> => {
    const found = node.references.get(reference);
    if (found?.from === "dataset") {
      const path = plan.spec.datasets.get(found.name)!.path;
      return { kind: "rows", digest: contents.file(path), path: contents.path(path) };
    }
    if (found?.from !== "step") throw new Error(`"${reference}" has no content`);
    const digest = contents.output(found.id, found.output);
    const path = await store.open(digest);
    if (path === undefined) throw new DamagedInput(found.id);
    return { kind: found.kind, digest, path };
  };

  async function* lines(reference: string): AsyncGenerator<Json> {
    const { path } = await artifact(reference);
    for await (const { value } of readJsonLines(path, reference)) yield value;
  }

  async function* rows(reference: string): AsyncGenerator<Row> {
    const found = node.references.get(reference);
    if (found?.from === "dataset") {
      const dataset = plan.spec.datasets.get(found.name)!;
      yield* readDataset(contents.path(dataset.path), dataset.path, dataset.id);
    } else for await (const value of lines(reference)) yield value as unknown as Row;
  }

  return {
    id: node.id,
    params: node.params as never,
    execution: node.execution,
    signal: options.signal,
    rows,
    lines,
    artifact,
    file: contents.path,
    digestOf: (kind, reference) =>
      kind === "model"
        ? modelDigest(plan, node, reference, contents)
        : graderDigest(plan, reference, contents),
    model: (reference) => options.models.open(node, reference, options.purchase),
    grader: async (name) => openGrader(plan, name, graderDigest(plan, name, contents)),
    prompt: (name) => openPrompt(plan, name),
    trainer: (name) => plan.registry.trainers.get(name)!,
    look: node.definition.countsLooks === true ? contents.look(node) : 1,
    metadataRead: (key) => readsMetadata(node.metadataRead, key),
    base(reference) {
      const found = node.references.get(reference);
      if (found?.from !== "model") throw new Error(`"${reference}" is no model to train from`);
      const model = plan.spec.models.get(found.name)!;
      return { provider: plan.spec.providers.get(model.provider)!.type, model: model.model };
    },
    evaluator,
    output: options.output,
    progress: options.progress,
    warn: options.warn,
    exec: options.programs.run,
  };
}

function openGrader(plan: Plan, name: string, digest: string): Grader {
  const spec = plan.spec.graders.get(name)!;
  const grade = plan.registry.graders.get(spec.type)!.open({
    params: spec.params as never,
    template(text) {
      const render = evaluator(text, "template");
      return (row) => String(render(row as unknown as Record<string, unknown>));
    },
  });
  return { name, digest, grade: async (row) => grade(row) };
}

/** A prompt of the plan, ready to render. */
function openPrompt(plan: Plan, name: string): Prompt {
  const compiled = plan.prompts.get(name)!;
  return { request: plan.spec.prompts.get(name)!.request, render: (scope) => compiled.render(scope) };
}
