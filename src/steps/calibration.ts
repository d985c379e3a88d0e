import type { StepContext } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import type { CalibrationItem } from "../stats/fixed-sequence.ts";
import { openConfidence } from "./confidence.ts";
import { formatCount, formatCounted } from "./format.ts";
import { type ResultLine, readResults } from "./results.ts";

/** An item that a threshold is chosen on. */
export interface CalibratedItem extends CalibrationItem {
  readonly id: string;
  /** Whether each model passed it. */
  readonly first: boolean;
  readonly fallback: boolean;
}

/** What a threshold is chosen on. */
export interface CalibrationRequest {
  /** References, for reading and for messages. */
  readonly results: string;
  readonly first: string;
  readonly fallback: string;
  readonly by: string | undefined;
  readonly risk: "loss_to_teacher" | "served_failure";
  /** Digests. */
  readonly digests: { readonly first: string; readonly fallback: string; readonly grader: string };
}

/**
 * Reads, for each item, how sure the first model was and whether its answer would be a loss. Only an item's first
 * sample counts: its later ones are not independent of it, and the promise needs that.
 * @throws StepFailure where an answer is missing, or a confidence cannot be told.
 */
export async function readCalibration(
  context: Pick<StepContext<unknown>, "lines" | "evaluator" | "warn">,
  request: CalibrationRequest,
): Promise<readonly CalibratedItem[]> {
  const { results, first, fallback, digests } = request;
  const firsts = new Map<string, ResultLine>();
  const fallbacks = new Map<string, ResultLine>();
  let ignored = 0;
  for await (const line of readResults(context.lines(results))) {
    if (line.sample.index > 0) ignored += 1;
    else if (line.model === digests.first) firsts.set(line.id, line);
    else if (line.model === digests.fallback) fallbacks.set(line.id, line);
  }
  if (ignored > 0)
    context.warn(`only the first sample of each item counts; ${formatCount(ignored)} others do not`);
  if (firsts.size === 0) throw new StepFailure(`"${results}" has no answer of "${first}"`);
  const confidenceOf = openConfidence(request.by, context.evaluator);
  const unreadable: string[] = [];
  const items = [...firsts.values()].map((line): CalibratedItem => {
    const other = fallbacks.get(line.id);
    if (other === undefined)
      throw new StepFailure(`"${results}" has no answer of "${fallback}" to item "${line.id}"`);
    const confidence = confidenceOf(line.sample);
    if (!confidence.ok) unreadable.push(`item "${line.id}": ${confidence.message}`);
    const failed = !passed(line, digests.grader);
    const loss = failed && (request.risk === "served_failure" || passed(other, digests.grader));
    return {
      id: line.id,
      first: !failed,
      fallback: passed(other, digests.grader),
      confidence: confidence.ok ? confidence.value : 0,
      loss: loss ? 1 : 0,
    };
  });
  tellUnreadable(unreadable, items.length, { request, warn: context.warn });
  return items;
}

function passed(line: ResultLine, grader: string): boolean {
  const grade = line.grades[grader];
  if (grade === undefined)
    throw new StepFailure(`an answer to item "${line.id}" has no grade of the cascade's grader`);
  return grade.passed;
}

// When asked, such an answer goes to the fallback. Confidence 0 says the same, but for a threshold of 0, where it
// counts losses that will not be.
function tellUnreadable(
  unreadable: readonly string[],
  n: number,
  { request, warn }: { readonly request: CalibrationRequest; readonly warn: (message: string) => void },
): void {
  if (unreadable.length === 0) return;
  if (request.by === undefined || unreadable.length === n)
    throw new StepFailure(
      `the confidence of "${request.first}" cannot be told: ${unreadable[0]}`,
      "say how it is read: by: sample.output_json.confidence",
    );
  warn(
    `"by" has no value on ${formatCount(unreadable.length)} of ${formatCounted(n, "answer")}, which go to the fallback`,
  );
}
