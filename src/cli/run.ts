import type { RunEvent } from "../runner/event.ts";
import type { Plan } from "../runner/plan.ts";
import { readLockBeside, runPlan } from "../runner/run.ts";
import { specName } from "../runner/spec-name.ts";
import { openStore } from "../runner/store/open-store.ts";
import { suggest } from "../runner/suggest.ts";
import { exit, exitOf } from "./exit.ts";
import { findSpec } from "./find-spec.ts";
import { openSpec, type SpecOptions } from "./open-spec.ts";
import { type AllowFlags, readWorld } from "./permissions.ts";
import { Stop } from "./stop.ts";

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
  const onEvent = (event: RunEvent) => void process.stdout.write(`${JSON.stringify(event)}\n`);
  try {
    const finished = await runPlan({
      plan,
      store,
      lock,
      world: await readWorld(plan.spec.root, flags, process.env),
      onEvent,
      signal: soft.signal,
      hardSignal: hard.signal,
      force: new Set(flags.force),
      rebuy: new Set(flags.rebuy),
      frozen: flags.frozen === true,
      ...(flags.only === undefined ? {} : { only: withNeeds(plan, flags.only) }),
    });
    process.exitCode = exitOf(finished.outcomes, finished.result.verdict);
  } finally {
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
