import type { ResultLine } from "./results.ts";

/**
 * Makes lines of results small, for figures and evidence, which read no texts: hundreds of thousands of them are held
 * at once. Equal samples and grades become one object.
 */
export function openLeanLines(): (line: ResultLine) => ResultLine {
  const samples = new Map<string, ResultLine["sample"]>();
  const grades = new Map<string, ResultLine["grades"]>();
  return ({ sample, grades: own, ...line }) => {
    const { index, finish_reason, served_by } = sample;
    return {
      ...line,
      sample: pool(samples, `${index} ${finish_reason} ${served_by}`, () => ({
        ...sample,
        output_text: "",
        output_json: null,
        tool_calls: [],
        logprobs: null,
      })),
      grades: pool(grades, JSON.stringify(own), () => own),
    };
  };
}

/** Grades that tell what was expected can be as many as there are items; then a pool is only a burden. */
const pooled = 10_000;

function pool<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const fresh = make();
  if (known.size < pooled) known.set(key, fresh);
  return fresh;
}
