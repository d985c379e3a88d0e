import type { ModelAnswer } from "../runner/provider.ts";
import { printable } from "../runner/sanitize.ts";
import type { AskedCascade } from "./ask-cascade.ts";
import type { Asked } from "./asked.ts";

/** What a person sees of an answer: the answer, the first model's probabilities, and what cascades make of it. */
export function formatAnswer(asked: Asked): string {
  const { answer, probabilities, cascades, failure } = asked;
  const lines = textOf(answer).split("\n");
  if (answer.finish_reason !== "stop") lines.push(`(it ended with ${answer.finish_reason})`);
  if (probabilities !== null) lines.push(`${probabilities.of}: ${formatLabels(probabilities.labels)}`);
  lines.push(...cascades.map((cascade) => formatDecision(cascade, failure !== null)));
  return `${lines.map(printable).join("\n")}\n`;
}

/** A model's probabilities of the labels, the highest first, where its answer is one token with its alternatives. */
export function labelProbabilities(of: string, { logprobs }: ModelAnswer): Asked["probabilities"] {
  const alternatives = logprobs?.length === 1 ? logprobs[0]!.top_logprobs : undefined;
  if (alternatives === undefined || alternatives.length === 0) return null;
  const labels = alternatives.map(({ token, logprob }) => ({ label: token, probability: Math.exp(logprob) }));
  return { of, labels: labels.sort((a, b) => b.probability - a.probability) };
}

function textOf({ output_text, tool_calls }: ModelAnswer): string {
  return output_text === "" && tool_calls.length > 0 ? JSON.stringify(tool_calls) : output_text;
}

const shownLabels = 3;
/** A probability that would be shown as 0.00. */
const leastShown = 0.005;

function formatLabels(labels: NonNullable<Asked["probabilities"]>["labels"]): string {
  return labels
    .slice(0, shownLabels)
    .filter(({ probability }, index) => index === 0 || probability >= leastShown)
    .map(({ label, probability }) => `${label} ${probability.toFixed(2)}`)
    .join(", ");
}

function formatDecision(decision: AskedCascade, failed: boolean): string {
  const { cascade, is_asked, first, fallback, keeps } = decision;
  if (!is_asked) return `${reasonOf(decision)} → ${cascade} would ${keeps ? "keep it" : `ask ${fallback}`}`;
  if (keeps) return `${reasonOf(decision)} → ${first} answered`;
  return `${reasonOf(decision)} → ${failed ? `needs ${fallback}` : `asked ${fallback}`}`;
}

function reasonOf({ threshold, confidence, first, keeps }: AskedCascade): string {
  if (threshold === null) return "no threshold keeps the promised risk";
  if (confidence === null) return `how sure ${first} is cannot be told`;
  const [own, limit] = toldApart(confidence, threshold);
  return `${own}, ${keeps ? "at or above" : "below"} the threshold of ${limit}`;
}

/** Two numbers with the digits of the second, and as many more as it takes to see which is greater. */
function toldApart(one: number, other: number): readonly [string, string] {
  const least = Math.max(2, String(other).split(".")[1]?.length ?? 0);
  for (let digits = least; digits < 8; digits++) {
    const [a, b] = [one.toFixed(digits), other.toFixed(digits)];
    if (a !== b) return [a, b];
  }
  return [one.toFixed(least), other.toFixed(least)];
}
