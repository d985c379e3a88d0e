import { describeClaim, describeGate } from "../steps/describe-gate.ts";
import type { JudgedGate, JudgedTestedGate } from "../steps/judge-gate.ts";
import type { Gate, GateTest } from "./results.ts";

/** A gate with names for digests, and how it was tested. */
export function readGate(gate: JudgedGate, name: (digest: string) => string): Gate {
  const isTest = gate.type === "better_than" || gate.type === "not_worse_than";
  return {
    outcome: gate.outcome,
    text: describeGate(gate, name).slice(gate.outcome.length).trim(),
    // Other margins are no points, or not of all items.
    ...(gate.type === "not_worse_than" &&
      gate.margin !== undefined &&
      gate.of === "passes" &&
      gate.slice === undefined && { margin: gate.margin, other: name(gate.other) }),
    ...(isTest && { test: readTest(gate, name) }),
  };
}

function readTest(gate: JudgedTestedGate, name: (digest: string) => string): GateTest {
  const { method, p, level } = gate;
  return { claim: describeClaim(gate, name), method, p, level, detectable: tellDetectable(gate) };
}

function tellDetectable({ detectable, margin, of }: JudgedTestedGate): string | undefined {
  if (detectable === undefined) return undefined;
  if (detectable === null) return "none on so few items";
  const shown =
    of === "passes" ? `${(100 * detectable).toFixed(1)} points` : String(Number(detectable.toPrecision(3)));
  return margin === undefined ? `better by ${shown}` : `worse by ${shown} at most`;
}
