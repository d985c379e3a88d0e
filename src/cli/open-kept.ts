import { type PlanContents, readContents } from "../runner/contents.ts";
import { forecastSteps, type StepForecast } from "../runner/forecast.ts";
import { looksOfLock, type ReadLock } from "../runner/lock.ts";
import { type LookBook, openLooks } from "../runner/looks.ts";
import type { Plan } from "../runner/plan.ts";
import { goodLock, readLockBeside } from "../runner/run.ts";
import { hashFile } from "../runner/store/files.ts";
import { openStoreIfPresent } from "../runner/store/open-store.ts";
import type { Store } from "../runner/store.ts";
import { suggest } from "../runner/suggest.ts";
import { exit } from "./exit.ts";
import { findSpec } from "./find-spec.ts";
import { openSpec, type SpecOptions } from "./open-spec.ts";
import { Stop } from "./stop.ts";

/** A plan with what the store keeps of it. */
export interface KeptPlan {
  readonly plan: Plan;
  readonly store: Store | undefined;
  readonly contents: PlanContents;
  readonly looks: LookBook;
  readonly steps: readonly StepForecast[];
}

/** Opens a spec with what the store keeps of it; runs nothing. */
export async function withKept<T>(
  named: string | undefined,
  options: SpecOptions & {
    readonly force?: readonly string[] | undefined;
    readonly datasetItems?: (plan: Plan, name: string) => number | undefined;
  },
  work: (kept: KeptPlan) => Promise<T> | T,
): Promise<T> {
  const plan = await openSpec(findSpec(named), options);
  const store = openStoreIfPresent(plan.spec.root);
  try {
    const { datasetItems } = options;
    return await work(
      await foreseePlan({
        plan,
        store,
        lock: readLockBeside(plan),
        force: new Set(options.force),
        ...(datasetItems === undefined ? {} : { datasetItems: (name) => datasetItems(plan, name) }),
      }),
    );
  } finally {
    store?.close();
  }
}

/** A plan with what a store keeps of it, and what will become of its steps. */
export async function foreseePlan(options: {
  readonly plan: Plan;
  readonly store: Store | undefined;
  readonly lock: ReadLock | undefined;
  readonly force: ReadonlySet<string>;
  readonly datasetItems?: (name: string) => number | undefined;
}): Promise<KeptPlan> {
  const { plan, store, lock } = options;
  const contents = await readContents(
    plan,
    store === undefined ? hashFile : (path) => store.digestFile(path),
  );
  const looks = openLooks({ plan, contents, before: looksOfLock(lock), store });
  const steps = forecastSteps({ ...options, lock: goodLock(lock), contents });
  return { plan, store, contents, looks, steps };
}

/** @throws Stop with a suggestion where no step has this id */
export function requireStep(plan: Plan, id: string): void {
  if (plan.byId.has(id)) return;
  const ids = [...plan.byId.keys()];
  const near = suggest(id, ids);
  throw new Stop(
    exit.usage,
    `no step is called "${id}"`,
    near === undefined ? `steps: ${ids.join(", ")}` : `did you mean "${near}"?`,
  );
}
