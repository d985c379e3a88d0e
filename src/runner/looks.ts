import type { PlanContents } from "./contents.ts";
import { modelDigest } from "./key.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { Json } from "./row.ts";
import type { Store } from "./store.ts";

/** One time that results on test rows were seen. */
export interface Look {
  /** Digest of the model that was to be taken. */
  readonly candidate: string;
  /** Key of the evaluation. */
  readonly evaluation: string;
  /** sha256 of its results: what was seen. */
  readonly results: string;
}

/** The looks at every set of test rows, by the reference that names the rows, such as `split.test`. */
export type Looks = ReadonlyMap<string, { readonly rows: string; readonly seen: readonly Look[] }>;

/** Counts looks: what lock and store remember, and what the plan's own results add. */
export interface LookBook {
  /** The how-many-eth look a deciding step takes, from 1: the position of its candidate and results among all that were seen. */
  look(node: PlanNode): number;
  /** Why an evaluation may not be made: its rows are a final split that was opened already. */
  refusal(node: PlanNode, key: string): string | undefined;
  /** All looks, those of the done steps included: for the lock. */
  entries(): Looks;
  /** Writes the looks of the done steps into the store, so that a lock that is thrown away hides none. */
  remember(): void;
}

/** A book over a plan; `before` is what the lock says, even a stale one. */
export function openLooks(options: {
  readonly plan: Plan;
  readonly contents: PlanContents;
  readonly before: Looks;
  readonly store: Store | undefined;
}): LookBook {
  const { plan, contents, before, store } = options;

  contents.count?.(lookAt);

  /** What was seen of these rows, the looks of the done steps up to `last` included, in the order in which they count. */
  function sequence(name: string, rows: string, last?: PlanNode): readonly Look[] {
    const locked = lookedAt(before, name, rows);
    const nodes = last === undefined ? plan.nodes : plan.nodes.slice(0, plan.nodes.indexOf(last) + 1);
    const own = examined(nodes).flatMap((one) => (one.name === name ? [one.look] : []));
    const fresh = merge([], own).filter((look) => !includes(locked, look));
    if (fresh.length === 0) return locked;
    // What was seen and thrown away counts too.
    const remembered = ((store?.recall("looks", rows) ?? []) as unknown as readonly Look[]).filter(
      (look) =>
        !includes(
          examined(plan.nodes).map((one) => one.look),
          look,
        ),
    );
    return merge(merge(locked, remembered), fresh);
  }

  function examined(nodes: readonly PlanNode[]): readonly FoundLook[] {
    return nodes.flatMap((node) => [
      ...(node.definition.countsLooks === true ? looksOf(plan, contents, node) : []),
      ...openedFinals(plan, contents, node),
    ]);
  }

  function lookAt(node: PlanNode): number {
    const numbers = looksOf(plan, contents, node).map(({ name, rows, look }) => {
      const seen = sequence(name, rows, node);
      return numberOf(node, seen.slice(0, seen.findIndex((one) => isSame(one, look)) + 1));
    });
    return Math.max(1, ...numbers);
  }

  return {
    look: lookAt,
    refusal(node, key) {
      const rows = finalRows(plan, node);
      if (rows === undefined) return undefined;
      const digest = contents.output(rows.step, rows.output);
      const name = `${rows.step}.${rows.output}`;
      const remembered = (store?.recall("looks", digest) ?? []) as unknown as readonly Look[];
      const others = [...lookedAt(before, name, digest), ...remembered].filter(
        ({ evaluation }) => evaluation !== key,
      );
      return others.length === 0
        ? undefined
        : `${name} is a final split, and another evaluation has opened it already`;
    },
    entries() {
      const all = new Map<string, { rows: string; seen: readonly Look[] }>();
      for (const { name, rows } of examined(plan.nodes)) all.set(name, { rows, seen: sequence(name, rows) });
      return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
    },
    remember() {
      if (store === undefined) return;
      for (const { rows, look } of examined(plan.nodes)) {
        const known = (store.recall("looks", rows) ?? []) as unknown as readonly Look[];
        if (includes(known, look)) continue;
        store.remember("looks", rows, [...known, look] as unknown as Json);
      }
    },
  };
}

/** Looks that a lock's text names although it cannot be read as a whole: of both sides, where two were merged. */
export function looksInText(text: string): Looks {
  const looks = new Map<string, { rows: string; seen: Look[] }>();
  let within = false;
  let current: { rows: string; seen: Look[] } | undefined;
  let look: { candidate?: string; evaluation?: string } = {};
  for (const line of text.split("\n")) {
    if (/^\S/.test(line) && !/^(<{7}|={7}|>{7})/.test(line)) within = line === "looks:";
    if (!within) continue;
    const name = line.match(/^ {2}"?([^\s":]+)"?:$/)?.[1];
    if (name !== undefined) {
      current = looks.get(name) ?? { rows: "", seen: [] };
      looks.set(name, current);
    }
    const [, field, digest] = line.match(/(rows|candidate|evaluation|results): ([0-9a-f]{64})$/) ?? [];
    if (current === undefined || field === undefined || digest === undefined) continue;
    if (field === "rows") current.rows = digest;
    else if (field === "results") {
      const seen = { candidate: look.candidate ?? "", evaluation: look.evaluation ?? "", results: digest };
      if (!includes(current.seen, seen)) current.seen.push(seen);
      look = {};
    } else look = { ...look, [field]: digest };
  }
  return looks;
}

interface FoundLook {
  /** The reference that names the rows. */
  readonly name: string;
  /** sha256 of the rows. */
  readonly rows: string;
  readonly look: Look;
}

/** The results that a deciding step looks at, as far as they are there. */
function looksOf(plan: Plan, contents: PlanContents, node: PlanNode): readonly FoundLook[] {
  const results = Array.isArray(node.params.results) ? node.params.results : [];
  return results.flatMap((text) => {
    const reference = node.references.get(String(text));
    const maker = reference?.from === "step" ? plan.byId.get(reference.id) : undefined;
    const manifest = maker === undefined ? undefined : contents.manifest(maker.id);
    if (maker === undefined || manifest === undefined || reference?.from !== "step") return [];
    const rows = rowsOf(plan, contents, maker);
    if (rows === undefined) return [];
    const candidate = node.params.candidate;
    return [
      {
        ...rows,
        look: {
          candidate: typeof candidate === "string" ? modelDigest(plan, node, candidate, contents) : "",
          evaluation: manifest.key,
          results: contents.output(maker.id, reference.output),
        },
      },
    ];
  });
}

/** A final split is opened by whatever evaluates it, compared or not. */
function openedFinals(plan: Plan, contents: PlanContents, node: PlanNode): readonly FoundLook[] {
  const rows = finalRows(plan, node);
  const manifest = contents.manifest(node.id);
  if (rows === undefined || manifest === undefined) return [];
  const results = Object.values(manifest.outputs).find(({ kind }) => kind === "results");
  return [
    {
      name: `${rows.step}.${rows.output}`,
      rows: contents.output(rows.step, rows.output),
      look: { candidate: "", evaluation: manifest.key, results: results?.digest ?? "" },
    },
  ];
}

function rowsOf(
  plan: Plan,
  contents: PlanContents,
  evaluation: PlanNode,
): { readonly name: string; readonly rows: string } | undefined {
  const text = String(evaluation.params.rows);
  const reference = evaluation.references.get(text);
  if (reference?.from === "dataset")
    return { name: reference.name, rows: contents.file(plan.spec.datasets.get(reference.name)!.path) };
  return reference?.from === "step"
    ? {
        name: `${reference.id}.${reference.output}`,
        rows: contents.output(reference.id, reference.output),
      }
    : undefined;
}

function finalRows(
  plan: Plan,
  node: PlanNode,
): { readonly step: string; readonly output: string } | undefined {
  if (!Object.values(node.outputs).some(({ kind }) => kind === "results")) return undefined;
  const reference = node.references.get(String(node.params.rows));
  if (reference?.from !== "step") return undefined;
  const final = plan.byId.get(reference.id)?.params.final;
  return Array.isArray(final) && final.includes(reference.output)
    ? { step: reference.id, output: reference.output }
    : undefined;
}

// Rows under one name stay one test, however few of them changed, and renamed rows are the same rows: only new
// rows under a new name have not been looked at.
function lookedAt(looks: Looks, name: string, rows: string): readonly Look[] {
  return [...looks]
    .filter(([known, one]) => known === name || one.rows === rows)
    .reduce<readonly Look[]>((seen, [, one]) => merge(seen, one.seen), []);
}

function merge(one: readonly Look[], other: readonly Look[]): readonly Look[] {
  const all = [...one];
  for (const look of other) if (!includes(all, look)) all.push(look);
  return all;
}

function includes(looks: readonly Look[], look: Look): boolean {
  return looks.some((one) => isSame(one, look));
}

// Another candidate in the same results is another question to them.
function isSame(one: Look, other: Look): boolean {
  return one.results === other.results && one.candidate === other.candidate;
}

/** The number of the last of these looks. That a final split was opened is remembered, and is no question to it. */
function numberOf(node: PlanNode, seen: readonly Look[]): number {
  const candidates = seen.flatMap(({ candidate }) => (candidate === "" ? [] : [candidate]));
  // An e-process may look at one candidate as often as it likes: only others count.
  return node.params.looks === "e_process" ? new Set(candidates).size : candidates.length;
}

/** Where a deciding step's looks stand in what a lock names; undefined where it names one of them not at all. */
export function lockedLook(
  looks: Looks,
  plan: Plan,
  contents: PlanContents,
  node: PlanNode,
): number | undefined {
  const numbers = looksOf(plan, contents, node).map(({ name, rows, look }) => {
    const locked = looks.get(name);
    const at = locked?.rows === rows ? locked.seen.findIndex((one) => isSame(one, look)) : -1;
    if (at < 0 || locked === undefined) return undefined;
    return numberOf(node, locked.seen.slice(0, at + 1));
  });
  return numbers.reduce<number | undefined>(
    (most, number) => (most === undefined || number === undefined ? undefined : Math.max(most, number)),
    1,
  );
}
