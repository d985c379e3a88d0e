import { formatUsd } from "../runner/money/format-usd.ts";
import type { Range } from "../runner/money/range.ts";
import { printable } from "../runner/sanitize.ts";
import { askHere, isTerminal, isYes } from "./confirm.ts";
import { describeSending, describeSpending, formatUsdRange, totalUsd } from "./describe-spending.ts";
import { exit } from "./exit.ts";
import type { Sending } from "./model-book.ts";
import { Stop } from "./stop.ts";

/** Whom consent is asked of. */
export interface Payer {
  readonly yes: boolean;
  /** Asks on a terminal; undefined where there is nobody to ask. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  readonly tell: (line: string) => void;
}

/**
 * Asks for consent before anything is sent that somebody bills; `maxUsd` is the limit that holds, where there is one.
 *
 * @throws Stop with exit code 4 where there is none
 */
export async function askConsent(
  sendings: readonly Sending[],
  payer: Payer,
  maxUsd?: number | undefined,
): Promise<void> {
  const billed = sendings.filter((sending) => sending.billed);
  if (billed.length === 0) return;
  const sent = billed.map(describeSending).join("; ");
  const cost = describeSpending(billed);
  if (payer.yes) return payer.tell(`To send: ${sent}. To spend: ${cost}.`);
  if (payer.ask === undefined)
    throw new Stop(
      exit.spending,
      `this would spend money, and nobody is here to be asked. To send: ${sent}. To spend: ${cost}.`,
      "--yes lets it, and --max-cost USD bounds it",
    );
  payer.tell(`To send: ${sent}.`);
  const sum = totalUsd(billed);
  if (sum === undefined) payer.tell(`To spend: ${cost}.`);
  const answer = await payer.ask(`Spend ${describeAmount(sum, maxUsd)}? [y/N] `);
  if (!isYes(answer)) throw new Stop(exit.spending, "nothing was sent");
}

/** The user at this terminal; nobody where there is none. */
export function payerHere(flags: { readonly yes?: boolean | undefined }, signal: AbortSignal): Payer {
  return {
    yes: flags.yes === true,
    tell: (line) => void process.stderr.write(`${printable(line)}\n`),
    ask: isTerminal()
      ? (question) => askHere(question, { signal, untouched: "nothing was sent" })
      : undefined,
  };
}

function describeAmount(sum: Range | undefined, maxUsd: number | undefined): string {
  if (maxUsd !== undefined && (sum === undefined || sum.high > maxUsd))
    return `up to ${formatUsd(maxUsd)}, the limit`;
  if (sum === undefined) return "what is not known";
  const range = formatUsdRange(sum);
  return range.startsWith("about") ? range : `about ${range}`;
}
