import { enoughAnswers } from "../runner/money/enough-answers.ts";
import { formatUsd } from "../runner/money/format-usd.ts";
import { addRanges, exactly, type Range } from "../runner/money/range.ts";
import type { Sending } from "./model-book.ts";

/** What would be sent to one model: `200 requests to teacher with 41,000 … 43,000 tokens, 3,100 … 4,400 back`. */
export function describeSending(sending: Sending): string {
  const { model, requests, waiting } = sending;
  if (waiting === 0) return describeRequests(sending);
  const waits =
    waiting === 1
      ? "1 answer waits in a batch"
      : `${waiting.toLocaleString("en-US")} answers wait in a batch`;
  const sent = requests?.high === 0 ? `0 requests to ${model}` : describeRequests(sending);
  return `${sent}, and ${waits} at the provider`;
}

function describeRequests({ model, requests, inputTokens, outputTokens }: Sending): string {
  if (requests === undefined) return `an unknown number of requests to ${model}`;
  const upTo = requests.low < requests.high ? "up to " : "";
  const count = `${upTo}${requests.high.toLocaleString("en-US")} ${requests.high === 1 ? "request" : "requests"} to ${model}`;
  if (inputTokens === undefined) return count;
  const back = outputTokens === undefined ? "" : `, ${formatTokens(outputTokens)} back`;
  return `${count} with ${formatTokens(inputTokens)} tokens${back}`;
}

/** What all of it would cost: a range where that is known, else why it is not. */
export function describeSpending(sendings: readonly Sending[]): string {
  const sent = sendings.filter(({ requests }) => requests?.high !== 0);
  const billed = sent.filter((sending) => sending.billed);
  if (sent.length === 0) return "nothing";
  if (billed.length === 0) return "nothing that anybody bills";
  const known = billed.filter(({ usd }) => usd !== undefined);
  const sum = totalUsd(known);
  const amount = known.length === 0 || sum === undefined ? undefined : formatUsdRange(sum);
  const unknown = billed.filter(({ usd }) => usd === undefined).map(whyUnknown);
  if (unknown.length === 0) return [amount, ...describePrices(known), ...adviseSample(known)].join(", ");
  return [...(amount === undefined ? [] : [amount]), ...unknown].join("; ");
}

/** US dollars of all; undefined where some are not known. */
export function totalUsd(sendings: readonly Sending[]): Range | undefined {
  return sendings
    .filter(({ billed }) => billed)
    .map(({ usd }) => usd)
    .reduce(addRanges, exactly(0));
}

/** A range of money: `$1.20 … $1.80`, or `about $1.20` where both ends look the same. */
export function formatUsdRange({ low, high }: Range): string {
  const [from, to] = [formatUsd(rounded(low, Math.floor)), formatUsd(rounded(high, Math.ceil))];
  return from === to ? `about ${to}` : `${from} … ${to}`;
}

function whyUnknown(sending: Sending): string {
  const { model, spec, requests, inputTokens, outputTokens, priced, batchPriced } = sending;
  if (!priced) return `not known for ${model}, which has no price: say it under models.${model}.price`;
  if (!batchPriced)
    return `not known for ${model}, which has no price for batches: say batch_input and batch_output under models.${model}.price`;
  if (requests === undefined || inputTokens === undefined)
    return `not known for ${model} before the steps that give its rows have run`;
  if (outputTokens === undefined)
    return `not known for ${model} before ${enoughAnswers} answers came: distill run ${spec} --sample ${enoughAnswers} asks so many`;
  return `not known for ${model}, which has no price for requests as long as these`;
}

function describePrices(sendings: readonly Sending[]): readonly string[] {
  const days = [...new Set(sendings.flatMap(({ asOf }) => (asOf === undefined ? [] : [asOf])))].sort();
  return days.length === 0 ? [] : [`by prices of ${days.join(" and ")}`];
}

function adviseSample(sendings: readonly Sending[]): readonly string[] {
  const limited = sendings.find(({ basis }) => basis === "limit");
  return limited === undefined
    ? []
    : [
        `its end by max_completion_tokens: distill run ${limited.spec} --sample ${enoughAnswers} tells it better`,
      ];
}

function formatTokens({ low, high }: Range): string {
  const [from, to] = [rounded(low, Math.floor), rounded(high, Math.ceil)].map((value) =>
    Math.round(value).toLocaleString("en-US"),
  );
  return from === to ? `about ${to}` : `${from} … ${to}`;
}

// An estimate has no more than two digits, and a range must not become narrower by that.
function rounded(value: number, round: (value: number) => number): number {
  if (value === 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((round(Number((value / unit).toPrecision(9))) * unit).toPrecision(2));
}
