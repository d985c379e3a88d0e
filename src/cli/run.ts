import { setFlagsFromString } from "node:v8";
import { toldBelow } from "../report/told-below.ts";
import type { ReadLock } from "../runner/lock.ts";
import { openBudget } from "../runner/money/budget.ts";
import type { Plan } from "../runner/plan.ts";
import { shownPath } from "../runner/project.ts";
import { evidencePath, lockPath, readLockBeside, runPlan } from "../runner/run.ts";
import { printable } from "../runner/sanitize.ts";
import { specName } from "../runner/spec-name.ts";
import { openStore, openStoreIfPresent } from "../runner/store/open-store.ts";
import type { Store } from "../runner/store.ts";
import { chooseSteps } from "./choose-steps.ts";
import { concludeRun } from "./conclude-run.ts";
import { payerHere } from "./consent.ts";
import { exit, exitOf } from "./exit.ts";
import { findSpec } from "./find-spec.ts";
import { type ExchangeFlags, openExchanges } from "./open-exchanges.ts";
import { requireStep } from "./open-kept.ts";
import { type MoneyFlags, openMoney, readLimit, readSample } from "./open-money.ts";
import { openReporter } from "./open-reporter.ts";
import { openSpec, type SpecOptions } from "./open-spec.ts";
import { type AllowFlags, readWorld } from "./permissions.ts";
import { Stop } from "./stop.ts";
import { stopOnSignals } from "./stop-signals.ts";
import { reportPath } from "./write-report.ts";

/** Flags of `distill run`. */
export interface RunFlags extends SpecOptions, AllowFlags, ExchangeFlags, MoneyFlags {
  readonly only?: string;
  readonly select?: string;
  /** The revision that `--select state:modified` compares with. */
  readonly against?: string;
  readonly force?: readonly string[];
  readonly rebuy?: readonly string[];
  readonly refresh?: readonly string[];
  readonly frozen?: boolean;
  readonly json?: boolean;
}

/** `distill run`. */
export async function run(named: string | undefined, flags: RunFlags): Promise<void> {
  // Else V8 lets the heap grow to four times of what is alive before it clears up: a run of hundreds of
  // thousands of answers would hold 800 MB instead of less than half of that.
  setFlagsFromString("--heap-growing-percent=40");
  const plan = await openSpec(findSpec(named), flags);
  for (const id of [
    ...(flags.force ?? []),
    ...(flags.rebuy ?? []),
    ...(flags.refresh ?? []),
    ...(flags.only === undefined ? [] : [flags.only]),
  ])
    requireStep(plan, id);
  const frozen = flags.frozen === true;
  const only = await chooseSteps(plan, flags);
  refuseContradictions(flags, only);
  refuseRefresh(plan, flags.refresh);
  const sample = readSample(flags);
  const maxUsd = readLimit(plan, flags);
  const lock = readLockBeside(plan);
  checkLock(plan, lock, frozen);
  const recording = await openExchanges(flags);
  const store = openStoreFor(plan, { frozen, replay: recording.replay });
  const lease = store.tryLease(`spec ${specName(plan.spec)}`);
  if (lease === undefined)
    throw new Stop(
      exit.held,
      `another run of ${plan.spec.document.file} is under way`,
      "wait for it, or stop it",
    );
  const soft = new AbortController();
  const hard = new AbortController();
  const reporter = openReporter({ json: flags.json === true, brief: toldBelow(plan) });
  const stopListening = stopOnSignals({ soft, hard, note: reporter.note });
  try {
    const sendsNothing = frozen || recording.replay !== undefined;
    const budget = sendsNothing
      ? openBudget({ maxUsd: undefined })
      : await openMoney({
          plan,
          store,
          lock,
          only,
          force: new Set([...(flags.force ?? []), ...(flags.refresh ?? [])]),
          rebuy: new Set(flags.rebuy),
          maxUsd,
          sample,
          payer: payerHere(flags, soft.signal),
        });
    const finished = await runPlan({
      plan,
      store,
      lock,
      world: { ...readWorld(plan.spec.root, flags, process.env), exchanges: recording.exchanges },
      onEvent: reporter.event,
      signal: soft.signal,
      hardSignal: hard.signal,
      force: new Set(flags.force),
      rebuy: new Set(flags.rebuy),
      refresh: new Set(flags.refresh),
      frozen,
      budget,
      sample,
      ...(only === undefined ? {} : { only }),
    });
    await reporter.close();
    const { reportFits } = await concludeRun({ plan, store, finished, flags });
    const told = recording.tell();
    if (told !== undefined) process.stderr.write(`${printable(told)}\n`);
    process.exitCode = exitOf(finished.outcomes, finished.result.verdict);
    if (frozen && finished.lockText !== undefined && !finished.lockUnchanged)
      throw new Stop(
        exit.frozen,
        `everything is kept, and ${shownPath(lockPath(plan), process.cwd())} says something else`,
        "distill run renews it: then review the difference",
      );
    if (frozen && finished.lockText !== undefined)
      for (const [path, fits] of [
        [evidencePath(plan), finished.evidenceUnchanged],
        [reportPath(plan), reportFits],
      ] as const)
        if (!fits)
          throw new Stop(
            exit.frozen,
            `${shownPath(path, process.cwd())} is missing or says something else than the store`,
            "distill run renews it",
          );
  } finally {
    // Where the run threw, it still has a live block to leave behind; a second time this does nothing.
    await reporter.close();
    stopListening();
    lease.release();
    store.close();
    recording.close();
  }
}

function refuseContradictions(flags: RunFlags, only: ReadonlySet<string> | undefined): void {
  const picked = [...(flags.force ?? []), ...(flags.rebuy ?? []), ...(flags.refresh ?? [])];
  if (flags.frozen === true && picked.length > 0)
    throw new Stop(
      exit.usage,
      "--frozen runs nothing, and --force, --rebuy and --refresh want something to run",
    );
  const restriction = flags.only === undefined ? `--select ${flags.select}` : `--only ${flags.only}`;
  for (const id of picked)
    if (only?.has(id) === false)
      throw new Stop(exit.usage, `${restriction} leaves ${id} out, which is to run`);
}

function refuseRefresh(plan: Plan, refresh: readonly string[] = []): void {
  for (const id of refresh)
    if (plan.byId.get(id)?.definition.pinned !== true)
      throw new Stop(
        exit.usage,
        `${id} looks for nothing that could have changed: what it gives follows from its inputs`,
        `--force ${id} runs it although its output is kept`,
      );
}

// What the lock's state means for a run, before anything is opened.
function checkLock(plan: Plan, lock: ReadLock | undefined, frozen: boolean): void {
  const file = shownPath(lockPath(plan), process.cwd());
  if (lock?.state === "newer")
    throw new Stop(
      exit.usage,
      `${file} was written by a newer distill (format ${lock.version})`,
      "upgrade distill",
    );
  if (frozen && lock === undefined)
    throw new Stop(exit.frozen, `--frozen needs a lock, and there is no ${file}`, "distill run writes it");
  if (lock?.state !== "stale") return;
  if (frozen) throw new Stop(exit.frozen, `${file} is stale: ${lock.reason}`, "distill run renews it");
  process.stderr.write(`${file} is stale: ${lock.reason}. This run renews it.\n`);
}

function openStoreFor(
  plan: Plan,
  { frozen, replay }: { readonly frozen: boolean; readonly replay: string | undefined },
): Store {
  const store = frozen
    ? openStoreIfPresent(plan.spec.root)
    : openStore(plan.spec.root, replay === undefined ? {} : { replay });
  if (store === undefined)
    throw new Stop(
      exit.frozen,
      "--frozen runs nothing, and this project has no store yet",
      "run without --frozen, or distill store pull DIRECTORY first",
    );
  return store;
}
