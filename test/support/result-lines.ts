import { sampleOf, type WrittenLine } from "./step-rig.ts";

/** Result lines of one model: whether it passes each item, and how sure it is (as its token's probability). */
export function resultLines(options: {
  readonly model: string;
  readonly grader: string;
  readonly passes: readonly boolean[];
  readonly confidence?: (index: number) => number;
}): readonly WrittenLine[] {
  const { model, grader, passes, confidence } = options;
  return passes.map((passed, index) => {
    const logprobs = confidence && [{ token: "x", logprob: Math.log(confidence(index)) }];
    const sample = sampleOf("x", { logprobs: logprobs ?? null });
    return JSON.parse(
      JSON.stringify({
        id: `i${index}`,
        model,
        sample,
        grades: { [grader]: { score: passed ? 1 : 0, passed } },
      }),
    ) as WrittenLine;
  });
}
