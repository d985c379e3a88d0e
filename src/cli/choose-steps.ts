import { modifiedSteps } from "../runner/compare-plans.ts";
import type { Plan } from "../runner/plan.ts";
import { printable } from "../runner/sanitize.ts";
import { openStoreIfPresent } from "../runner/store/open-store.ts";
import { compareRevision } from "./compare-revision.ts";
import { exit } from "./exit.ts";
import { findAgainst } from "./find-against.ts";
import { asksForModified, selectSteps, withNeeds } from "./select.ts";
import { Stop } from "./stop.ts";

/**
 * The steps that a run is restricted to, with all that they need; undefined where it is not.
 *
 * @throws Stop where flags contradict each other, a step is unknown or git knows no such revision
 */
export async function chooseSteps(
  plan: Plan,
  flags: {
    readonly set?: readonly string[] | undefined;
    readonly only?: string | undefined;
    readonly select?: string | undefined;
    readonly against?: string | undefined;
  },
): Promise<ReadonlySet<string> | undefined> {
  const { set, only, select, against } = flags;
  if (only !== undefined && select !== undefined)
    throw new Stop(exit.usage, "--only and --select both say what runs", "leave one of them out");
  if (only !== undefined) return withNeeds(plan, [only]);
  if (select === undefined && against !== undefined)
    throw new Stop(
      exit.usage,
      "--against says what --select compares with",
      "such as --select state:modified+",
    );
  if (select === undefined) return undefined;
  if (!asksForModified(select)) return withNeeds(plan, selectSteps(plan, select, new Set()));
  const rev = await findAgainst(plan.spec.root, against);
  const store = openStoreIfPresent(plan.spec.root);
  try {
    const { steps, notes } = await compareRevision({ plan, store, rev, set });
    for (const note of notes) process.stderr.write(`${printable(note)}\n`);
    return withNeeds(plan, selectSteps(plan, select, modifiedSteps(steps)));
  } finally {
    store?.close();
  }
}
