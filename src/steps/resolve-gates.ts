import type { StepContext } from "../runner/step.ts";
import { spentAlpha } from "../stats/alpha-spending.ts";
import { type GateParams, limits } from "./gate-params.ts";
import type { ResolvedGate } from "./judge-gate.ts";
import type { Outcomes, SliceValue } from "./outcomes.ts";

/** What gates are resolved by. */
export interface ResolveContext
  extends Pick<
    StepContext<{
      readonly candidate: string;
      readonly confidence: number;
      readonly gates: readonly GateParams[];
    }>,
    "params" | "digestOf" | "look"
  > {}

/** Replaces names by digests, and a gate for each slice by one gate a value. */
export function resolveGates(context: ResolveContext, outcomes: Outcomes): readonly ResolvedGate[] {
  return context.params.gates.flatMap((gate) => {
    const parts = slicesOf(gate, outcomes);
    return parts.map((slice) => ({ ...resolveGate(context, gate), ...(slice && { slice }) }));
  });
}

function slicesOf(
  { slice, each_slice }: GateParams,
  outcomes: Outcomes,
): readonly (SliceValue | undefined)[] {
  if (each_slice !== undefined)
    return outcomes.valuesOf(each_slice).map((value) => ({ name: each_slice, value }));
  const [named] = Object.entries(slice ?? {});
  return [named && { name: named[0], value: named[1] }];
}

function resolveGate({ params, digestOf, look }: ResolveContext, gate: GateParams): ResolvedGate {
  const { min, better_than, not_worse_than, margin, alpha, of } = gate;
  const common = {
    model: digestOf("model", gate.model ?? params.candidate),
    confidence: params.confidence,
  };
  const limit = limits.find((type) => gate[type] !== undefined);
  if (limit !== undefined) return { ...common, type: limit, max: gate[limit]! };
  const judged = { ...common, grader: digestOf("grader", gate.grader!), of };
  if (min !== undefined) return { ...judged, type: "min", min };
  const tested = { ...judged, alpha, spent: spentAlpha(alpha, look) };
  if (better_than !== undefined)
    return { ...tested, type: "better_than", other: digestOf("model", better_than) };
  return {
    ...tested,
    type: "not_worse_than",
    other: digestOf("model", not_worse_than!),
    margin: margin!,
  };
}
