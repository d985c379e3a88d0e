import type { StepOutcome } from "../runner/step-outcome.ts";

/** Exit codes, the strongest first. */
export const exit = {
  ok: 0,
  /** A step failed or is incomplete. */
  failed: 1,
  /** The text or the usage is wrong. */
  usage: 2,
  /** A gate failed or is undecided. */
  gate: 3,
  /** Spending was refused, or is over budget. */
  spending: 4,
  /** `--frozen` cannot be satisfied. */
  frozen: 5,
  /** A fault of ours. */
  fault: 70,
  /** Held by another run. */
  held: 75,
  /** Interrupted. */
  interrupted: 130,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof exit)[keyof typeof exit];

const precedence: readonly ExitCode[] = [
  exit.fault,
  exit.interrupted,
  exit.held,
  exit.usage,
  exit.spending,
  exit.frozen,
  exit.failed,
  exit.gate,
  exit.ok,
];

/** The exit code of a run: of all that holds, the strongest. */
export function exitOf(outcomes: readonly StepOutcome[], verdict: string | null): ExitCode {
  const codes = new Set<ExitCode>(outcomes.map(exitOfStep));
  if (verdict === "fail" || verdict === "undecided") codes.add(exit.gate);
  return precedence.find((code) => codes.has(code)) ?? exit.ok;
}

function exitOfStep(outcome: StepOutcome): ExitCode {
  switch (outcome.cause) {
    case "fault":
      return exit.fault;
    case "interrupted":
      return exit.interrupted;
    case "spending":
      return exit.spending;
    case "frozen":
      return exit.frozen;
    case "sampled":
      return exit.ok;
    case undefined:
      return outcome.status === "failed" || outcome.status === "incomplete" ? exit.failed : exit.ok;
  }
}
