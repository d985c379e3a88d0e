import type { Model } from "../runner/asking.ts";
import type { GradedRow, Grader } from "../runner/grader.ts";
import type { ModelAnswer } from "../runner/provider.ts";
import type { Grade } from "../runner/row.ts";
import type { AnsweredItem } from "./answered-items.ts";
import type { ItemTraits } from "./item-traits.ts";
import { usageOf } from "./measure-answers.ts";
import type { AnswerUsage, ResultLine } from "./results.ts";
import { toSample } from "./sample.ts";

/** Lets every grader judge every answer; the lines are in the order of the answers. */
export async function* gradeAnswers(
  answered: AsyncIterable<AnsweredItem>,
  {
    traits,
    models,
    graders,
    usage,
  }: {
    readonly traits: readonly ItemTraits[];
    readonly models: readonly Model[];
    readonly graders: readonly Grader[];
    /** Whether lines tell what answers took. */
    readonly usage: boolean;
  },
): AsyncGenerator<ResultLine> {
  for await (const { item, at, model: which, sample: index, answer } of answered) {
    const { row, messages } = item;
    const stored = row.sample === null ? {} : { reference: row.sample };
    const { digest: model, kept } = models[which]!;
    const sample = toSample(answer, index);
    const graded: GradedRow = {
      id: row.id,
      item: row.item,
      messages,
      sample,
      ...stored,
      metadata: row.metadata,
      grades: {},
    };
    const grades: Record<string, Grade> = {};
    for (const grader of graders) grades[grader.digest] = await grader.grade(graded);
    yield { id: row.id, model, ...traits[at], sample, grades, ...(usage && usageField(answer, kept)) };
  }
}

/** Warns of graders that could judge no answer at all, whatever the model. */
export function warnUnjudged(
  graders: readonly Grader[],
  lines: readonly ResultLine[],
  warn: (message: string) => void,
): void {
  // A field that no answer has looks like a bad model, and is more often a misspelt template.
  for (const { name, digest } of graders) {
    const reasons = lines.map(({ grades }) => grades[digest]!.invalid);
    if (!reasons.includes(undefined)) warn(`grader "${name}" could judge no answer: ${reasons[0]}`);
  }
}

// A cascade keeps nothing itself; what its parts kept is what it took.
function usageField(answer: ModelAnswer, kept: boolean): { readonly usage?: AnswerUsage } {
  if (kept) return { usage: inWholeMs(usageOf(answer)) };
  return answer.recorded === undefined ? {} : { usage: inWholeMs(usageOf(answer.recorded)) };
}

function inWholeMs({ latency_ms, ...others }: AnswerUsage): AnswerUsage {
  return { latency_ms: latency_ms === null ? null : Math.round(latency_ms), ...others };
}
