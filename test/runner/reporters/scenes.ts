import type { RunEvent } from "../../../src/runner/event.ts";

/** The ids that the scene begins with, and whether their output is kept. */
const steps = [
  { id: "split", uses: "split", cached: true },
  { id: "capture", uses: "generate", cached: true },
  { id: "select", uses: "filter", cached: false },
  { id: "student", uses: "train", cached: false },
  { id: "exam", uses: "evaluate", cached: false },
] as const;

/** A run in which something of everything happens. */
export const scene: readonly RunEvent[] = [
  { type: "run-started", spec: "helpdesk-router", steps, keysNeeded: [] },
  {
    type: "step-finished",
    id: "split",
    status: "cached",
    seconds: 0,
    lines: ["3 splits of 1,000 items", "few 101"],
  },
  { type: "step-finished", id: "capture", status: "cached", seconds: 0, lines: ["1,880 answers of teacher"] },
  { type: "step-started", id: "select", reason: "" },
  {
    type: "step-warning",
    id: "select",
    message: 'rule "sure" dropped 3 of 1,880 rows on which it cannot be evaluated',
  },
  {
    type: "step-finished",
    id: "select",
    status: "ran",
    seconds: 0.24,
    lines: [
      "1,612 of 1,880 rows kept",
      "complete         −0    sure          −241",
      "duplicates      −19    leak            −8",
    ],
  },
  { type: "step-started", id: "student", reason: "" },
  {
    type: "step-finished",
    id: "student",
    status: "failed",
    seconds: 71.3,
    lines: [],
    message: 'row "t-17": target is null, and must be a label or a mapping of labels to weights',
    hint: "filter such rows out before",
  },
  { type: "step-finished", id: "exam", status: "skipped", seconds: 0, lines: [], message: "needs student" },
];

/** A whole result for the end of a run. */
export const finished: RunEvent = {
  type: "run-finished",
  result: {
    run: "r1",
    verdict: "pass",
    steps: [
      {
        id: "split",
        uses: "split",
        status: "cached",
        seconds: 0,
        rows: null,
        cost_usd: null,
        metrics: { "few.rows": 101 },
      },
    ],
    cost_usd: null,
    requests: 0,
  },
};

/** Names and messages that try to be more than text. */
export const hostile: readonly RunEvent[] = [
  {
    type: "run-started",
    spec: "\u001b]0;owned\u0007router",
    steps: [{ id: "a\u202eb", uses: "split", cached: false }],
    keysNeeded: ["KEY\u001b[2J"],
  },
  { type: "step-started", id: "a\u202eb", reason: "" },
  { type: "step-warning", id: "a\u202eb", message: "::warning::one\n::error::two\r::error::three" },
  {
    type: "step-finished",
    id: "a\u202eb",
    status: "failed",
    seconds: 0.1,
    lines: [],
    message:
      "first\n::error file=x::owned\n  ::set-output name=a::b\n##[group]x ##vso[task.setvariable]y\u001b[31mred\u009b2J",
    hint: `::add-mask::${"x".repeat(100)} ::error::y`,
  },
];
