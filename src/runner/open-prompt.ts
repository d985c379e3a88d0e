import { asStored, openStored } from "./as-stored.ts";
import type { Prompt } from "./asking.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { storedRequest } from "./stored-request.ts";

/** A prompt that a step names, ready to render. */
export function openPrompt(plan: Plan, node: PlanNode, name: string): Prompt {
  if (name === asStored) return openStored(storedRequest(plan, node));
  const compiled = plan.prompts.get(name)!;
  return { request: plan.spec.prompts.get(name)!.request, render: (scope) => compiled.render(scope) };
}
