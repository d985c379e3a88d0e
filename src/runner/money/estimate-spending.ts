import { ratesOf } from "./cost.ts";
import { enoughAnswers } from "./enough-answers.ts";
import type { Taken } from "./history.ts";
import { predictMean } from "./predict-mean.ts";
import type { Price } from "./price.ts";
import { exactly, type Range, scaleRange } from "./range.ts";

/** Requests of one step to one model, all of one prompt and with the same parameters. */
export interface Lot {
  readonly requests: Range;
  /** Bytes of what the model reads in all of them; undefined where the rows are not known. */
  readonly inputBytes: Range | undefined;
  /** Tokens a byte, counted over some of them; undefined where nobody counted. */
  readonly counted: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly batch: boolean;
}

/** What a lot will take. */
export interface Spending {
  /** Undefined where the rows are not known. */
  readonly inputTokens: Range | undefined;
  /** Undefined where neither a history nor a limit tells it. */
  readonly outputTokens: Range | undefined;
  /** US dollars; undefined where tokens or price are not known. */
  readonly usd: Range | undefined;
  /** What the output was told from. */
  readonly basis: "history" | "limit" | "nothing";
}

/**
 * Tells what a lot will take from what kept answers took: those of the same prompt and parameters, else all of the
 * model. Further attempts are not counted.
 */
export function estimateSpending(
  lot: Lot,
  options: {
    readonly price: Price | undefined;
    /** Answers of the same model to the same prompt with the same parameters. */
    readonly same: readonly Taken[];
    /** All answers of the model. */
    readonly all: readonly Taken[];
  },
): Spending {
  const { same, all, price } = options;
  const inputTokens = estimateInput(lot, same, all);
  const output = estimateOutput(lot, same, all);
  const usd = priceTokens(lot, { price, inputTokens, outputTokens: output.tokens, history: same });
  return { inputTokens, outputTokens: output.tokens, usd, basis: output.basis };
}

function estimateInput(
  { requests, inputBytes, counted }: Lot,
  same: readonly Taken[],
  all: readonly Taken[],
): Range | undefined {
  if (requests.high === 0) return exactly(0);
  if (inputBytes === undefined) return undefined;
  const perByte = rateOf(same, exactly(1)) ?? rateOf(all, otherPrompt) ?? countedRate(counted);
  if (perByte === undefined) return undefined;
  return { low: inputBytes.low * perByte.low, high: inputBytes.high * perByte.high };
}

function countedRate(counted: number | undefined): Range | undefined {
  return counted === undefined ? undefined : scaleRange(otherTokenizer, counted);
}

// What surrounds the text weighs more in short prompts than in long ones.
const otherPrompt: Range = { low: 0.7, high: 1.4 };
// Models of other makers cut text otherwise than the one that was counted with.
const otherTokenizer: Range = { low: 0.8, high: 1.25 };

/** True where kept answers tell how many tokens a text takes, so that nobody has to count them. */
export function tellsInput(history: readonly Taken[]): boolean {
  return rateOf(history, exactly(1)) !== undefined;
}

/** Tokens a byte, by a ratio of sums, whose error is that of its residuals. */
function rateOf(history: readonly Taken[], doubt: Range): Range | undefined {
  if (history.length < enoughAnswers) return undefined;
  const bytes = sum(history.map(({ inputBytes }) => inputBytes));
  const tokens = sum(history.map(({ inputTokens }) => inputTokens));
  if (bytes === 0 || tokens === 0) return undefined;
  const rate = tokens / bytes;
  const squares = sum(history.map((one) => (one.inputTokens - rate * one.inputBytes) ** 2));
  const relative = Math.max(0.01, (2.5 * Math.sqrt(squares)) / tokens);
  return { low: (rate * doubt.low) / (1 + relative), high: rate * doubt.high * (1 + relative) };
}

function estimateOutput(
  { requests, maxOutputTokens }: Lot,
  same: readonly Taken[],
  all: readonly Taken[],
): { readonly tokens: Range | undefined; readonly basis: Spending["basis"] } {
  if (requests.high === 0) return { tokens: exactly(0), basis: "nothing" };
  const known = same.length >= enoughAnswers;
  const history = known ? same : all;
  const mean =
    history.length < enoughAnswers
      ? undefined
      : predictMean(
          history.map(({ outputTokens }) => outputTokens),
          {
            groups: history.map(({ question }) => question),
            count: Math.ceil(requests.high),
            most: maxOutputTokens,
          },
        );
  if (mean !== undefined) {
    const doubt = known ? exactly(1) : otherOutput;
    const most = Math.min(mean.high * doubt.high, maxOutputTokens ?? Number.POSITIVE_INFINITY);
    const least = Math.min(mean.low * doubt.low, most);
    return { tokens: { low: requests.low * least, high: requests.high * most }, basis: "history" };
  }
  if (maxOutputTokens === undefined) return { tokens: undefined, basis: "nothing" };
  return { tokens: { low: 0, high: requests.high * maxOutputTokens }, basis: "limit" };
}

// Another prompt asks for longer or shorter answers.
const otherOutput: Range = { low: 0.25, high: 4 };

function priceTokens(
  { requests, batch }: Lot,
  known: {
    readonly price: Price | undefined;
    readonly inputTokens: Range | undefined;
    readonly outputTokens: Range | undefined;
    readonly history: readonly Taken[];
  },
): Range | undefined {
  const { price, inputTokens, outputTokens, history } = known;
  const rates = ratesOf(price, batch);
  if (requests.high === 0) return exactly(0);
  if (rates === undefined || inputTokens === undefined || outputTokens === undefined) return undefined;
  const perRequest = inputTokens.high / requests.high;
  if (perRequest > (price?.up_to_input_tokens ?? Number.POSITIVE_INFINITY)) return undefined;
  const cached = cachedShare(history);
  const input = (share: number) => share * rates.cached + (1 - share) * rates.input;
  return {
    low: (inputTokens.low * input(cached.high) + outputTokens.low * rates.output) / 1e6,
    high: (inputTokens.high * input(cached.low) + outputTokens.high * rates.output) / 1e6,
  };
}

/** Which share of the input a provider had cached before; a longer run finds more in it, a slower one less. */
function cachedShare(history: readonly Taken[]): Range {
  const tokens = sum(history.map(({ inputTokens }) => inputTokens));
  const cached = sum(history.map(({ cachedTokens }) => cachedTokens));
  if (tokens === 0 || cached === 0) return exactly(0);
  const share = cached / tokens;
  return { low: share / 2, high: (1 + share) / 2 };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
