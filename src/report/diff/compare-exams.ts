import { graderDigest } from "../../runner/key.ts";
import type { PlanNode } from "../../runner/plan.ts";
import type { JsonObject } from "../../runner/row.ts";
import { mcnemarExact } from "../../stats/mcnemar.ts";
import { pairedDifference } from "../../stats/paired-difference.ts";
import { canonicalJson } from "../../templating/canonical-json.ts";
import { formatCost } from "../describe.ts";
import type { Exam } from "../results.ts";
import type { Compared, ExamChange, ModelChange } from "./difference.ts";
import type { State } from "./state.ts";

/** Every model's rate before and after, tested on the items that both sides judged alike. */
export function compareExams(
  before: State,
  after: State,
): { readonly changes: readonly ExamChange[]; readonly compared: readonly Compared[] } {
  const changes: ExamChange[] = [];
  const compared: Compared[] = [];
  for (const exam of after.committed?.results.exams ?? []) {
    const other = before.committed?.results.exams.find(
      ({ step, grader }) => step === exam.step && grader === exam.grader,
    );
    const sides = { before, after, exam, other };
    const models = exam.models.map(({ name }) => compareModel(sides, name));
    const shared = Math.max(
      0,
      ...models.map(({ change }) => (change.type === "compared" ? change.items : 0)),
    );
    changes.push({
      step: exam.step,
      grader: exam.grader,
      rows: exam.rows,
      items: { before: other?.items ?? null, after: exam.items, shared },
      models,
    });
    for (const { model, change } of models)
      compared.push({
        what: `${exam.grader} of ${model}`,
        outcome:
          change.type === "same answers" ||
          (change.type === "compared" && change.toRight + change.toWrong === 0)
            ? "equal"
            : change.type === "compared"
              ? "changed"
              : "not compared",
        why: change.type === "not comparable" ? change.why : "",
      });
  }
  return { changes, compared };
}

interface Sides {
  readonly before: State;
  readonly after: State;
  readonly exam: Exam;
  readonly other: Exam | undefined;
}

function compareModel(sides: Sides, model: string): ModelChange {
  const { exam, other } = sides;
  const now = exam.models.find(({ name }) => name === model)!;
  const was = other?.models.find(({ name }) => name === model);
  const share = (one: typeof was) =>
    one?.cascade === undefined ? null : one.cascade.served / one.cascade.answers;
  return {
    model,
    before: was?.rate ?? null,
    after: now.rate,
    kept: share(now) === null && share(was) === null ? undefined : { before: share(was), after: share(now) },
    cost: was === undefined ? undefined : { before: formatCost(was.cost), after: formatCost(now.cost) },
    change: was === undefined ? notComparable(`${sides.before.label} has none`) : pair(sides, model),
  };
}

function pair({ before, after, exam }: Sides, model: string): ModelChange["change"] {
  const old = before.committed!;
  const now = after.committed!;
  if (old.lock.salt !== now.lock.salt) return notComparable("ids are salted otherwise on the two sides");
  const steps = { before: evaluationOf(before, exam, model), after: evaluationOf(after, exam, model) };
  if (steps.before === undefined || steps.after === undefined)
    return notComparable("one side does not evaluate it");
  const grader = (state: State) => graderDigest(state.plan, exam.grader, state.committed!.contents);
  if (!before.plan.spec.graders.has(exam.grader) || grader(before) !== grader(after))
    return notComparable("the grader is another one");
  if (promptOf(before, steps.before) !== promptOf(after, steps.after))
    return notComparable("the prompt is another one");
  const was = outcomesOf(old.evidence?.steps.get(steps.before.id), model, grader(before));
  const is = outcomesOf(now.evidence?.steps.get(steps.after.id), model, grader(after));
  if (was === undefined || is === undefined) return notComparable("the evidence of one side is not there");
  const shared = [...is].filter(([item, { row }]) => was.get(item)?.row === row);
  if (shared.length === 0) return notComparable("no item is in both");
  if (
    shared.length === is.size &&
    is.size === was.size &&
    shared.every(([item, { answers }]) => was.get(item)?.answers === answers)
  )
    return { type: "same answers" };
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  for (const [item, { passed }] of shared) {
    const passedBefore = was.get(item)!.passed;
    if (passed) counts[passedBefore ? "both" : "onlyA"] += 1;
    else counts[passedBefore ? "onlyB" : "neither"] += 1;
  }
  const { difference, interval } = pairedDifference(counts, exam.confidence);
  return {
    type: "compared",
    items: shared.length,
    difference,
    ...interval,
    p: mcnemarExact(counts).p,
    toRight: counts.onlyA,
    toWrong: counts.onlyB,
  };
}

/** The evaluation that an exam takes a model's answers from. */
function evaluationOf(state: State, exam: Exam, model: string): PlanNode | undefined {
  return exam.from
    .map((id) => state.plan.byId.get(id))
    .find(
      (node) =>
        node?.definition.name === "evaluate" &&
        Array.isArray(node.params.models) &&
        node.params.models.includes(model),
    );
}

function promptOf({ plan }: State, node: PlanNode): string {
  const prompt = plan.spec.prompts.get(String(node.params.prompt));
  return canonicalJson([prompt?.messages ?? null, prompt?.request ?? null, node.params.request ?? null]);
}

interface ItemOutcome {
  /** What the item holds, hashed. */
  readonly row: string;
  readonly passed: boolean;
  readonly answers: string;
}

/** Whether a model passed every item, an item passing where most of its samples do. */
function outcomesOf(
  lines: readonly JsonObject[] | undefined,
  model: string,
  grader: string,
): ReadonlyMap<string, ItemOutcome> | undefined {
  const [header, ...items] = lines ?? [];
  const models = (header?.models ?? []) as readonly (readonly [string, string])[];
  const graders = (header?.graders ?? []) as readonly (readonly [string, string])[];
  const at = models.findIndex(([name]) => name === model);
  const which = graders.findIndex(([, digest]) => digest === grader);
  if (at < 0 || which < 0) return undefined;
  return new Map(
    items.map((line) => {
      const samples =
        (line.answers as readonly (readonly { readonly pass: readonly number[] }[])[])[at] ?? [];
      const passes = samples.filter(({ pass }) => pass[which] === 1).length;
      return [
        String(line.item),
        { row: String(line.row), passed: passes * 2 > samples.length, answers: canonicalJson(samples) },
      ];
    }),
  );
}

function notComparable(why: string): ModelChange["change"] {
  return { type: "not comparable", why };
}
