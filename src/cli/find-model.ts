import { declareOutputs, type Reference, resolveReference } from "../runner/references.ts";
import { exit } from "./exit.ts";
import type { KeptPlan } from "./open-kept.ts";
import { Stop } from "./stop.ts";

/** The model that a name on the command line stands for. @throws Stop with the models that there are */
export function findModel({ plan }: KeptPlan, name: string, command: string): Reference {
  const outputs = declareOutputs(plan.spec, plan.registry);
  const found = resolveReference(plan.spec, outputs, {
    pointer: `/${command}`,
    keyword: "artifact",
    argument: "model",
    text: name,
  });
  if (found.ok) return found.reference;
  throw new Stop(exit.usage, found.message, found.hint);
}

/** @throws Stop where a model comes of a step that is not in the store, with what makes it */
export function requireKept(
  { plan, contents, steps }: KeptPlan,
  model: { readonly name: string; readonly reference: Reference; readonly spec: string | undefined },
): void {
  const { name, reference, spec } = model;
  if (reference.from !== "step" || contents.manifest(reference.id) !== undefined) return;
  const reason = steps.find((step) => step.id === reference.id)!.reason;
  const done = plan.byId.get(reference.id)!.definition.name === "train" ? "trained" : "made";
  throw new Stop(
    exit.failed,
    `"${name}" is not ${done} yet: ${reason}`,
    `distill run ${spec === undefined ? "" : `${spec} `}--only ${reference.id}`,
  );
}
