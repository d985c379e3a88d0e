import { asStored } from "../runner/as-stored.ts";
import type { Plan, PlanNode } from "../runner/plan.ts";
import type { Reference } from "../runner/references.ts";
import type { JsonObject } from "../runner/row.ts";
import { isObject } from "../runner/spec.ts";
import { suggest } from "../runner/suggest.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** A prompt with the request parameters that go with it. */
export interface ChosenPrompt {
  readonly name: string;
  readonly request: JsonObject;
}

/**
 * The prompt that a model is meant to be asked with: the one that it was examined with, else the one that it was
 * made with, else the one that it was asked with, else the only one of the spec.
 *
 * @throws Stop where that is none or several, or where no prompt has the given name
 */
export function choosePrompt(plan: Plan, model: Reference, named: string | undefined): ChosenPrompt {
  const askers = plan.nodes.filter((node) => asks(node, model));
  const examined = askers.filter(givesResults);
  const makers = model.from === "step" ? makersOf(plan, plan.byId.get(model.id)!) : [];
  const stages = [examined, makers, askers].map((nodes) =>
    nodes.map(usedPrompt).filter((used) => used !== undefined),
  );
  if (named !== undefined) return namedPrompt(plan, named, stages.flat());

  const found =
    stages.find((stage) => stage.length > 0) ??
    [...plan.spec.prompts.keys()].map((name) => ({ name, request: {} }));
  const names = [...new Set(found.map(({ name }) => name))];
  if (names.length === 1) return withOwnRequest(plan, found[0]!);
  throw names.length === 0
    ? new Stop(exit.usage, "the spec has no prompts to ask with")
    : new Stop(
        exit.usage,
        `it could be asked with several prompts: ${names.join(", ")}`,
        `say which: --prompt ${names[0]}`,
      );
}

/** The steps that a model was examined by, in the order of the plan. */
export function examinersOf(plan: Plan, model: Reference): readonly PlanNode[] {
  return plan.nodes.filter((node) => asks(node, model) && givesResults(node));
}

function givesResults(node: PlanNode): boolean {
  return Object.values(node.outputs).some(({ kind }) => kind === "results");
}

/** True where a step asks a model with a prompt: training from one is not asking it. */
function asks(node: PlanNode, model: Reference): boolean {
  return node.fields.some(
    ({ keyword, argument, pointer, text }) =>
      keyword === "artifact" &&
      argument === "model" &&
      pointer !== "/base" &&
      isSame(node.references.get(text), model),
  );
}

/** True where two references stand for one thing. */
export function isSame(one: Reference | undefined, other: Reference): boolean {
  if (one?.from === "step")
    return other.from === "step" && one.id === other.id && one.output === other.output;
  return one !== undefined && one.from === other.from && one.name === other.name;
}

/** Of the steps that a model came from, the nearest ones with a prompt. */
function makersOf(plan: Plan, maker: PlanNode): readonly PlanNode[] {
  const seen = new Set<PlanNode>();
  for (let row: readonly PlanNode[] = [maker]; row.length > 0; ) {
    const own = row.filter((node) => usedPrompt(node) !== undefined);
    if (own.length > 0) return own;
    for (const node of row) seen.add(node);
    row = [...new Set(row.flatMap((node) => node.inputs.map((id) => plan.byId.get(id)!)))].filter(
      (node) => !seen.has(node),
    );
  }
  return [];
}

function usedPrompt(node: PlanNode): ChosenPrompt | undefined {
  const field = node.fields.find(({ keyword, argument }) => keyword === "names" && argument === "prompt");
  // What completions were asked before is no prompt that a text could be put into.
  if (field === undefined || field.text === asStored) return undefined;
  return { name: field.text, request: isObject(node.params.request) ? node.params.request : {} };
}

function namedPrompt(plan: Plan, name: string, used: readonly ChosenPrompt[]): ChosenPrompt {
  if (plan.spec.prompts.has(name))
    return withOwnRequest(plan, used.find((one) => one.name === name) ?? { name, request: {} });
  const names = [...plan.spec.prompts.keys()];
  const near = suggest(name, names);
  throw new Stop(
    exit.usage,
    `no prompt is called "${name}"`,
    near === undefined ? `prompts: ${names.join(", ") || "none"}` : `did you mean "${near}"?`,
  );
}

function withOwnRequest(plan: Plan, { name, request }: ChosenPrompt): ChosenPrompt {
  return { name, request: { ...plan.spec.prompts.get(name)!.request, ...request } };
}
