import type { ModelAnswer } from "../runner/provider.ts";
import type { Json, Sample } from "../runner/row.ts";

// Deeper nesting would overflow the stack of whatever serialises the row later.
const maxDepth = 100;

/** A model's answer as rows carry it: what was said, without what it took to say it. */
export function toSample(answer: ModelAnswer, index: number): Sample {
  const sample: Sample = {
    index,
    output_text: answer.output_text,
    output_json: parseStructured(answer.output_text),
    tool_calls: answer.tool_calls,
    finish_reason: answer.finish_reason,
    logprobs: answer.logprobs,
  };
  return answer.served_by === undefined ? sample : { ...sample, served_by: answer.served_by };
}

/** The value of a text that is a JSON object or array; else null. */
export function parseStructured(text: string): Json {
  if (!/^\s*[[{]/.test(text)) return null;
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return text.length < 2 * maxDepth || isShallow(value, maxDepth) ? value : null;
}

/** False where lists and objects nest deeper than this: some code goes down as deep, and would overflow. */
export function isShallow(value: Json, depth: number): boolean {
  if (value === null || typeof value !== "object") return true;
  return depth > 0 && Object.values(value).every((entry) => isShallow(entry as Json, depth - 1));
}
