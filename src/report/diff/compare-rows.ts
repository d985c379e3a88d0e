import type { JsonObject } from "../../runner/row.ts";
import type { Compared, RowsChange } from "./difference.ts";
import type { State } from "./state.ts";

/** Which rows came, went, changed or moved, by their salted ids in the evidence. */
export function compareRows(
  before: State,
  after: State,
): { readonly changes: readonly RowsChange[]; readonly compared: readonly Compared[] } {
  const changes: RowsChange[] = [];
  const compared: Compared[] = [];
  for (const { id, definition } of after.plan.nodes) {
    if (definition.name !== "split" && definition.name !== "filter") continue;
    const found = compareStep(before, after, id, definition.name);
    if (typeof found === "string") {
      compared.push({ what: `rows of ${id}`, outcome: "not compared", why: found });
      continue;
    }
    changes.push(...found);
    compared.push({
      what: `rows of ${id}`,
      outcome: found.length === 0 ? "equal" : "changed",
      why: found.map(({ rows, before, after }) => `${rows} ${before} → ${after}`).join(", "),
    });
  }
  return { changes, compared };
}

interface PlacedRow {
  readonly part: string;
  /** What the row holds, hashed. */
  readonly is: string;
}

function compareStep(
  before: State,
  after: State,
  step: string,
  uses: string,
): readonly RowsChange[] | string {
  const old = before.committed;
  const now = after.committed;
  if (old === undefined) return `${before.label} has no lock that can be read`;
  if (now === undefined) return `${after.label} has no lock that can be read`;
  if (old.lock.salt !== now.lock.salt) return "ids are salted otherwise on the two sides";
  const was = placedRows(old.evidence?.steps.get(step), uses);
  const is = placedRows(now.evidence?.steps.get(step), uses);
  if (was === undefined) return `the evidence of ${before.label} does not list them`;
  if (is === undefined) return `the evidence of ${after.label} does not list them`;
  const parts = [...new Set([...is.values(), ...was.values()].map(({ part }) => part))].sort();
  return parts.flatMap((part): readonly RowsChange[] => {
    const within = (rows: ReadonlyMap<string, PlacedRow>) => [...rows].filter(([, row]) => row.part === part);
    const own = within(is);
    const others = within(was);
    const added = own.filter(([row]) => was.get(row)?.part !== part);
    const removed = others.filter(([row]) => is.get(row)?.part !== part);
    const changed = own.filter(([row, { is }]) => was.get(row)?.part === part && was.get(row)?.is !== is);
    if (added.length + removed.length + changed.length === 0) return [];
    return [
      {
        rows: `${step}.${part}`,
        before: others.length,
        after: own.length,
        added: added.length,
        removed: removed.length,
        changed: changed.length,
        // Whether a row was kept is its rule's doing; between splits it must not happen.
        moved: uses === "split" ? added.filter(([row]) => was.has(row)).length : 0,
      },
    ];
  });
}

function placedRows(
  lines: readonly JsonObject[] | undefined,
  uses: string,
): ReadonlyMap<string, PlacedRow> | undefined {
  if (lines === undefined || lines.some((line) => typeof line.row !== "string")) return undefined;
  return new Map(
    lines.map((line) => [
      String(line.row),
      {
        part: uses === "split" ? String(line.part) : line.rule === null ? "kept" : "dropped",
        is: String(line.is),
      },
    ]),
  );
}
