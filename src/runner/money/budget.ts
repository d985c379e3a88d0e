import type { Usage } from "../provider.ts";
import { costOf, ratesOf } from "./cost.ts";
import { enoughAnswers } from "./enough-answers.ts";
import { formatUsd } from "./format-usd.ts";
import type { Price } from "./price.ts";
import type { RequestSize } from "./request-size.ts";

/** One request before it is sent. */
export interface Intent {
  /** The model's name in the spec. */
  readonly model: string;
  /** Undefined where its price is not known. */
  readonly price: Price | undefined;
  /** False for a server without a key on this machine: nobody bills for it, so that no limit holds it back. */
  readonly billed: boolean;
  readonly size: RequestSize;
  readonly batch: boolean;
}

/** Money that is set aside for one attempt until its answer tells what it took. */
export interface Reservation {
  /**
   * The request was answered. What the provider says it cost counts before what its tokens would; where neither is
   * known, what was set aside counts against the limit.
   *
   * @returns US dollars; null where the cost is not known
   */
  settle(usage: Usage | null, costSaid: number | null | undefined): number | null;
  /** Nothing was spent: the request was never sent, or surely not taken. */
  release(): void;
  /** Nobody knows whether it was taken: what was set aside counts against the limit, and the run's cost is not known. */
  forfeit(): void;
}

/** A run's money. */
export interface Budget {
  /**
   * Sets aside what a request can cost at most. Waits while requests under way may still leave room for it; a batch's
   * never waits, for the others of its file are not under way before it is whole, and what nobody bills is let through.
   *
   * @throws OverBudget where it could pass the limit, or a limit is set and the price is not known
   */
  reserve(intent: Intent): Promise<Reservation>;
  /** Takes in a request that an earlier run has sent: it is paid for, whatever the limit. */
  admit(intent: Intent): Reservation;
  /** US dollars of all answers whose cost is known. */
  readonly spentUsd: number;
  /** True where something was billed, or may have been, whose cost is not known: no less than `spentUsd` was spent. */
  readonly unknown: boolean;
}

/** What a model's answers took at most, learned from those to requests of text alone. */
export interface Seen {
  readonly answers: number;
  readonly tokensPerByte: number;
  readonly outputTokens: number;
}

/** The next request could pass the limit, so that it is not sent. */
export class OverBudget extends Error {
  override readonly name = "OverBudget";
  /** What to do about it. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Opens a run's money: a limit in US dollars, or none, and what is known of models by their names in the spec. */
export function openBudget(options: {
  readonly maxUsd: number | undefined;
  readonly seen?: ReadonlyMap<string, Seen>;
}): Budget {
  const { maxUsd } = options;
  const seen = new Map(options.seen);
  let spentUsd = 0;
  // What answers of unknown cost may have cost at most: it counts against the limit and nowhere else.
  let doubtUsd = 0;
  let reservedUsd = 0;
  let underWay = 0;
  let unknown = false;
  const waiting: { readonly intent: Intent; settle(outcome: Reservation | OverBudget): void }[] = [];

  const boundOf = (intent: Intent) => (intent.billed ? upperBound(intent, seen.get(intent.model)) : 0);
  const fits = (bound: number | undefined) =>
    maxUsd === undefined || (bound !== undefined && spentUsd + doubtUsd + reservedUsd + bound <= maxUsd);

  function grant(intent: Intent): Reservation {
    const bound = boundOf(intent) ?? 0;
    reservedUsd += bound;
    if (intent.billed) underWay++;
    let open = true;
    const end = () => {
      if (!open) throw new Error("a reservation ends once");
      open = false;
      if (intent.billed) underWay--;
      // Nothing is under way: what adding and taking away has rounded must not stay.
      reservedUsd = underWay === 0 ? 0 : reservedUsd - bound;
    };
    return {
      settle(usage, costSaid) {
        end();
        if (usage !== null) learn(intent, usage);
        const cost = costSaid ?? costOf(usage, intent.price, intent);
        if (cost === null) {
          unknown ||= intent.billed;
          doubtUsd += bound;
        } else spentUsd += cost;
        serve();
        return cost;
      },
      release() {
        end();
        serve();
      },
      forfeit() {
        end();
        unknown ||= intent.billed;
        doubtUsd += bound;
        serve();
      },
    };
  }

  function learn({ model, size }: Intent, usage: Usage): void {
    // Tokens of attachments would be taken for those of text.
    if (size.attachments > 0) return;
    const known = seen.get(model) ?? { answers: 0, tokensPerByte: 0, outputTokens: 0 };
    seen.set(model, {
      answers: known.answers + 1,
      tokensPerByte: Math.max(known.tokensPerByte, usage.input_tokens / Math.max(1, size.bytes)),
      outputTokens: Math.max(known.outputTokens, usage.output_tokens),
    });
  }

  // In the order of asking, so that a large request is not overtaken for ever by small ones.
  function serve(): void {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      if (!fits(boundOf(first.intent)) && underWay > 0) return;
      waiting.shift();
      first.settle(decide(first.intent));
    }
  }

  function decide(intent: Intent): Reservation | OverBudget {
    const bound = boundOf(intent);
    if (fits(bound)) return grant(intent);
    return bound === undefined ? hasNoPrice(intent) : passesLimit(intent, bound);
  }

  function hasNoPrice({ model, price, batch }: Intent): OverBudget {
    const isLong = ratesOf(price, batch) !== undefined;
    return new OverBudget(
      `the limit in one run is ${formatUsd(maxUsd!)}, and what ${model} costs${batch ? " in batches" : ""}${isLong ? " for requests as long as this one may be" : ""} is not known`,
      `say it under models.${model}.price, or run without a limit`,
    );
  }

  function passesLimit(intent: Intent, bound: number): OverBudget {
    const spent = formatUsd(spentUsd + doubtUsd);
    return new OverBudget(
      `the limit in one run is ${formatUsd(maxUsd!)}: ${spent} of it is spent, and one more request to ${intent.model} may cost ${formatUsd(bound)}`,
      intent.size.outputLimit === undefined
        ? "raise --max-cost or budget.max_usd, or bound the answers with max_completion_tokens"
        : "raise --max-cost or budget.max_usd; the answers that came are kept",
    );
  }

  return {
    async reserve(intent) {
      if (!intent.billed) return grant(intent);
      const bound = boundOf(intent);
      // What has no price now gets none by waiting.
      if (maxUsd !== undefined && bound === undefined) throw hasNoPrice(intent);
      if (!intent.batch && (waiting.length > 0 || (!fits(bound) && underWay > 0))) {
        const outcome = await new Promise<Reservation | OverBudget>((settle) =>
          waiting.push({ intent, settle }),
        );
        if (outcome instanceof OverBudget) throw outcome;
        return outcome;
      }
      const outcome = decide(intent);
      if (outcome instanceof OverBudget) throw outcome;
      return outcome;
    },
    admit: grant,
    get spentUsd() {
      return spentUsd;
    },
    get unknown() {
      return unknown;
    },
  };
}

/** What a request can cost at most, US dollars, as far as that can be known before it is answered; undefined without a price. */
function upperBound(intent: Intent, seen: Seen | undefined): number | undefined {
  const { price, size, batch } = intent;
  const rates = ratesOf(price, batch);
  if (rates === undefined) return undefined;
  const learned = seen !== undefined && seen.answers >= enoughAnswers ? seen : undefined;
  // A token is at least one byte of text; what surrounds each message is counted in the bytes.
  const perByte = learned === undefined ? 1 : Math.min(1, learned.tokensPerByte * margin);
  const input = size.bytes * perByte + size.attachments * tokensPerAttachment;
  if (input > (price?.up_to_input_tokens ?? Number.POSITIVE_INFINITY)) return undefined;
  const output = size.outputLimit ?? unboundedOutput(learned, batch);
  return (input * rates.input + output * rates.output) / 1e6;
}

function unboundedOutput(learned: Seen | undefined, batch: boolean): number {
  if (learned === undefined) return unboundedOutputTokens;
  const most = 2 * learned.outputTokens;
  // All of a batch is set aside before any of it is answered: nothing could be learned on the way.
  return batch ? Math.max(unboundedOutputTokens, most) : most;
}

/** Room above the most that was seen. */
const margin = 1.25;
/** What an answer without a limit is taken for before anything is known of the model. */
const unboundedOutputTokens = 16_384;
/** What an image or a file is taken for. */
const tokensPerAttachment = 16_384;
