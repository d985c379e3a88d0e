import { toldBelow } from "../report/told-below.ts";
import type { Plan } from "../runner/plan.ts";
import { readLockBeside, runPlan } from "../runner/run.ts";
import { specName } from "../runner/spec-name.ts";
import { openStore } from "../runner/store/open-store.ts";
import { suggest } from "../runner/suggest.ts";
import { concludeRun } from "./conclude-run.ts";
import { exit, exitOf } from "./exit.ts";
import { findSpec } from "./find-spec.ts";
import { openReporter } from "./open-reporter.ts";
import { openSpec, type SpecOptions } from "./open-spec.ts";
import { type AllowFlags, readWorld } from "./permissions.ts";
import { Stop } from "./stop.ts";
import { stopOnSignals } from "./stop-signals.ts";

/** Flags of `distill run`. */
export interface RunFlags extends SpecOptions, AllowFlags {
  readonly only?: string;
  readonly force?: readonly string[];
  readonly rebuy?: readonly string[];
  readonly frozen?: boolean;
  readonly json?: boolean;
}

/** `distill run`. */
export async function run(named: string | undefined, flags: RunFlags): Promise<void> {
  const plan = await openSpec(findSpec(named), flags);
  for (const id of [
    ...(flags.force ?? []),
    ...(flags.rebuy ?? []),
    ...(flags.only === undefined ? [] : [flags.only]),
  ])
    requireStep(plan, id);
  const lock = readLockBeside(plan);
  const store = openStore(plan.spec.root);
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
    const finished = await runPlan({
      plan,
      store,
      lock,
      world: await readWorld(plan.spec.root, flags, process.env),
      onEvent: reporter.event,
      signal: soft.signal,
      hardSignal: hard.signal,
      force: new Set(flags.force),
      rebuy: new Set(flags.rebuy),
      frozen: flags.frozen === true,
      ...(flags.only === undefined ? {} : { only: withNeeds(plan, flags.only) }),
    });
    await reporter.close();
    concludeRun({ plan, finished, flags });
    process.exitCode = exitOf(finished.outcomes, finished.result.verdict);
  } finally {
    // Where the run threw, it still has a live block to leave behind; a second time this does nothing.
    await reporter.close();
    stopListening();
    lease.release();
    store.close();
  }
}

function requireStep(plan: Plan, id: string): void {
  if (plan.byId.has(id)) return;
  const near = suggest(id, [...plan.byId.keys()]);
  throw new Stop(
    exit.usage,
    `no step is called "${id}"`,
    near === undefined ? `steps: ${[...plan.byId.keys()].join(", ")}` : `did you mean "${near}"?`,
  );
}

function withNeeds(plan: Plan, id: string): ReadonlySet<string> {
  const all = new Set<string>();
  const add = (one: string) => {
    if (all.has(one)) return;
    all.add(one);
    plan.byId.get(one)!.needs.forEach(add);
  };
  add(id);
  return all;
}
