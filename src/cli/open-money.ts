import type { ReadLock } from "../runner/lock.ts";
import { keysOfLock } from "../runner/lock.ts";
import { type Budget, openBudget, type Seen } from "../runner/money/budget.ts";
import type { Plan } from "../runner/plan.ts";
import { isBilled } from "../runner/shop.ts";
import type { Store } from "../runner/store.ts";
import { askConsent, type Payer } from "./consent.ts";
import { exit } from "./exit.ts";
import type { Sending } from "./model-book.ts";
import { foreseePlan } from "./open-kept.ts";
import { askingStep, planSending } from "./plan-sending.ts";
import { Stop } from "./stop.ts";

/** Flags that say what a run may spend. */
export interface MoneyFlags {
  readonly yes?: boolean;
  /** US dollars, as they were typed. */
  readonly maxCost?: string;
  /** So many questions a model, as they were typed. */
  readonly sample?: string;
}

/** What the money of a run is opened for. */
export interface MoneyOptions {
  readonly plan: Plan;
  readonly store: Store;
  readonly lock: ReadLock | undefined;
  readonly only: ReadonlySet<string> | undefined;
  readonly force: ReadonlySet<string>;
  readonly rebuy: ReadonlySet<string>;
  /** The smaller of what flags and spec allow, US dollars; undefined where neither sets a limit. */
  readonly maxUsd: number | undefined;
  readonly sample: number | undefined;
  readonly payer: Payer;
}

/**
 * Opens a run's money: tells what it would send, asks for leave where somebody bills for that, and sets the limit.
 *
 * @throws Stop with exit code 4 where leave is not given
 */
export async function openMoney(options: MoneyOptions): Promise<Budget> {
  const { plan, maxUsd, payer } = options;
  const anyBilled = [...plan.spec.models.values()].some((model) => {
    const spec = plan.spec.providers.get(model.provider)!;
    return isBilled(plan.registry.providers.get(spec.type)!, spec, model);
  });
  if (!anyBilled) return openBudget({ maxUsd });
  return openBudgetFor(await foreseeSending(options), { payer, maxUsd });
}

/**
 * Asks for leave to send this, and opens the money for it.
 *
 * @throws Stop with exit code 4 where leave is not given
 */
export async function openBudgetFor(
  sendings: readonly Sending[],
  { payer, maxUsd }: Pick<MoneyOptions, "payer" | "maxUsd">,
): Promise<Budget> {
  // What waits in a batch was paid for when it was handed in.
  await askConsent(
    sendings.filter(({ requests }) => requests?.high !== 0),
    payer,
    maxUsd,
  );
  return openBudget({ maxUsd, seen: seenBefore(sendings) });
}

/** What a run would send; steps whose answers the lock says were bought are refused, and so send nothing. */
async function foreseeSending(options: MoneyOptions): Promise<readonly Sending[]> {
  const { plan, store, lock, only, force, rebuy, sample } = options;
  const { steps, contents } = await foreseePlan({ plan, store, lock, force });
  const bought = keysOfLock(lock);
  const asking = steps
    .filter(({ id, action }) => action !== "reuse" && only?.has(id) !== false)
    .filter(({ id, key }) => key === undefined || !bought.has(key) || force.has(id) || rebuy.has(id))
    .map(askingStep);
  const now = new Map(steps.map((step) => [step.id, step.now]));
  return planSending({ plan, now, store, contents, steps: asking, sample });
}

function seenBefore(sendings: readonly Sending[]): ReadonlyMap<string, Seen> {
  return new Map(sendings.flatMap(({ model, seen }) => (seen === undefined ? [] : [[model, seen] as const])));
}

/**
 * The smaller of `--max-cost` and the spec's `budget.max_usd`.
 *
 * @throws Stop with exit code 2 where the flag is no amount
 */
export function readLimit(plan: Plan, { maxCost }: MoneyFlags): number | undefined {
  const limits = [
    plan.spec.maxUsd,
    maxCost === undefined ? undefined : readNumber(maxCost, "--max-cost takes US dollars such as 2.50"),
  ].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** @throws Stop with exit code 2 where `--sample` is no whole number from 1 on */
export function readSample({ sample }: MoneyFlags): number | undefined {
  if (sample === undefined) return undefined;
  const usage = "--sample takes a number of questions such as 20";
  const count = readNumber(sample, usage);
  if (!Number.isInteger(count) || count < 1) throw new Stop(exit.usage, `${usage}, not ${sample}`);
  return count;
}

function readNumber(text: string, usage: string): number {
  const value = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new Stop(exit.usage, `${usage}, not ${JSON.stringify(text)}`);
  return value;
}
