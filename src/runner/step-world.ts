import type { PlanContents } from "./contents.ts";
import type { Programs } from "./exec.ts";
import type { Grader } from "./grader.ts";
import { openCompletions } from "./kept-completions.ts";
import { graderDigest, modelDigest } from "./key.ts";
import { readsMetadata } from "./metadata-read.ts";
import { evaluator, type Models } from "./models.ts";
import { openPrompt } from "./open-prompt.ts";
import type { OutputWriter } from "./output-writer.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { Purchase } from "./purchase.ts";
import { openArtifacts } from "./read-artifacts.ts";
import type { StepContext } from "./step.ts";
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
  readonly pinned?: StepContext<unknown>["pinned"];
}): StepContext<never> {
  const { plan, node, contents } = options;
  const { artifact, lines, rows } = openArtifacts(options);

  return {
    id: node.id,
    params: node.params as never,
    execution: options.purchase.execution,
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
    prompt: (name) => openPrompt(plan, node, name),
    completions: openCompletions(options),
    pinned: options.pinned,
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
