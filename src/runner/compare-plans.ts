import { type Cause, findCauses, isOwn } from "./find-causes.ts";
import type { Plan } from "./plan.ts";
import type { Trace, TracedStep } from "./trace-keys.ts";

/** What will become of a step, compared with what it was. */
export interface ComparedStep {
  readonly id: string;
  /** `reuse`: its output is kept; `run`: it is not; `open`: that depends on what a step before it will give. */
  readonly action: "reuse" | "run" | "open";
  /** Why, in a few words. */
  readonly reason: string;
  readonly now: TracedStep;
  /** What it was; undefined where it is new or nobody knows. */
  readonly past: TracedStep | undefined;
  /** What made the difference; empty where nothing did. */
  readonly causes: readonly Cause[];
}

/** Compares what the steps of a plan are with what they were: which stay, which run, and down to what that goes. */
export function comparePlans(options: {
  readonly plan: Plan;
  readonly now: Trace;
  readonly before: Trace;
  /** True where this step, as it is now, has been run before. */
  readonly isKept: (step: TracedStep) => boolean;
  /** Why a step runs of which no ingredient is known to differ; undefined where what comes before it decides that. */
  readonly otherReason: (step: TracedStep, past: TracedStep | undefined) => string | undefined;
}): readonly ComparedStep[] {
  const { plan, now, before, isKept, otherReason } = options;
  const byKey = new Map([...before.values()].map((step) => [step.key, step]));
  const running = new Set<string>();
  return plan.nodes.map((node): ComparedStep => {
    const step = now.get(node.id)!;
    const past = before.get(node.id) ?? byKey.get(step.key);
    const causes = past === undefined ? [] : findCauses({ plan, now, before, step: node, past });
    const base = { id: node.id, now: step, past, causes };
    if (isKept(step))
      return {
        ...base,
        action: "reuse",
        reason:
          past === undefined || past.id === node.id ? "nothing it depends on changed" : `was ${past.id}`,
      };
    running.add(node.id);
    const other = causes.length > 0 ? joinCauses(causes) : otherReason(step, past);
    const waits = node.inputs.filter((id) => running.has(id));
    const isOpen = other === undefined || (!step.settled && causes.length > 0 && !causes.some(isOwn));
    return { ...base, action: isOpen ? "open" : "run", reason: other ?? `${waits.join(", ")} may change` };
  });
}

/** Steps that changed themselves, and not only by what comes before them; new ones too. */
export function modifiedSteps(steps: readonly ComparedStep[]): ReadonlySet<string> {
  return new Set(
    steps.flatMap(({ id, past, causes }) => (past === undefined || causes.some(isOwn) ? [id] : [])),
  );
}

/** Several causes in few words: what changed in the step first, then what it takes from others. */
function joinCauses(causes: readonly Cause[]): string {
  const own = [...new Set(causes.filter(isOwn).map(({ text }) => text))];
  const inputs = causes.flatMap(({ input }) => (input === undefined ? [] : [input]));
  const words = [
    ...(own.length > mostOwn ? [...own.slice(0, mostOwn), `${own.length - mostOwn} more`] : own),
    ...[true, false].flatMap((certain) => {
      const fitting = inputs.filter((input) => input.certain === certain);
      const isRows = ({ parameter }: (typeof inputs)[number]) => parameter === "rows";
      const others = [
        ...new Set(fitting.filter((input) => !isRows(input)).map(({ reference }) => reference)),
      ];
      return [
        ...(fitting.some(isRows) ? [`its rows ${certain ? "change" : "may change"}`] : []),
        ...(others.length === 0 ? [] : [`${others.join(", ")} ${verb(others.length, certain)}`]),
      ];
    }),
  ];
  // Another look at the test rows comes of other results; alone it stands only where a lock forgot one.
  return (words.length === 0 ? causes.map(({ text }) => text) : words).join("; ");
}

const mostOwn = 2;

function verb(count: number, certain: boolean): string {
  if (!certain) return "may change";
  return count === 1 ? "changes" : "change";
}
