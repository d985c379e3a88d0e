import type { ReportFault } from "../runner/report-fault.ts";
import { claims, defaultAlpha, type GateParams, limits } from "./gate-params.ts";

/** Faults of one gate, whatever the results. */
export function checkGate(gate: GateParams, pointer: string, fault: ReportFault): void {
  const [claim, ...others] = claims.filter((one) => gate[one] !== undefined);
  if (claim === undefined) {
    fault(pointer, "the gate asks for nothing", `give one of ${claims.join(", ")}`);
    return;
  }
  for (const extra of others)
    fault(`${pointer}/${extra}`, `the gate has ${claim} already`, "write one gate for each");
  const isLimit = limits.some((limit) => limit === claim);
  if (isLimit && gate.grader !== undefined)
    fault(
      `${pointer}/grader`,
      `${claim} is of answers, whatever a grader says of them`,
      "leave the grader out",
    );
  if (!isLimit && gate.grader === undefined)
    fault(pointer, `${claim} needs a grader`, "name the one whose judgement is meant");
  if (gate.not_worse_than !== undefined && gate.margin === undefined)
    fault(pointer, "not_worse_than needs a margin", "say how much worse is too much, such as margin: 0.03");
  if (gate.not_worse_than === undefined && gate.margin !== undefined)
    fault(`${pointer}/margin`, "a margin belongs to not_worse_than");
  for (const share of ["min", "margin"] as const)
    if (gate.of === "passes" && (gate[share] ?? 0) > 1)
      fault(`${pointer}/${share}`, "a share of passes is at most 1", "of scores it is given by of: scores");
  if (gate.of === "scores" && isLimit) fault(`${pointer}/of`, `${claim} is of neither passes nor scores`);
  if (gate.slice !== undefined && gate.each_slice !== undefined)
    fault(`${pointer}/each_slice`, "the gate has a slice already", "write one gate for each");
  // The default is filled in by now, so that one written out cannot be told from one left out.
  if (gate.better_than === undefined && gate.not_worse_than === undefined && gate.alpha !== defaultAlpha)
    fault(
      `${pointer}/alpha`,
      `${claim} has no test that alpha could be the level of`,
      "the step's confidence sets its interval",
    );
}
