import { keysOfLock, type ReadLock } from "../lock.ts";

/** A step that a lock needs. */
export interface NeededStep {
  readonly key: string;
  /** What it is called in messages. */
  readonly id: string;
  /** sha256 of every output, as the lock names them; undefined where the lock cannot be read as a whole. */
  readonly outputs: { readonly [name: string]: string } | undefined;
  /** Under which names its answers were stored. */
  readonly tagged: readonly TaggedBy[];
}

/** Who stored answers: a step of a spec; any step of it where that is not known. */
export interface TaggedBy {
  /** The spec as the store calls it. */
  readonly spec: string;
  readonly step: string | undefined;
}

/** The steps that locks need, each once, in the order of their names; a stale lock still names the keys of its own. */
export function neededSteps(
  locks: readonly { readonly spec: string; readonly lock: ReadLock }[],
): readonly NeededStep[] {
  const needed = new Map<string, NeededStep>();
  for (const { spec, lock } of locks)
    for (const step of stepsOf(lock)) {
      const result = JSON.stringify([step.key, step.outputs]);
      const known = needed.get(result);
      const tagged = [...(known?.tagged ?? []), { spec, step: step.name }];
      needed.set(result, { ...(known ?? step), tagged });
    }
  return [...needed.values()];
}

interface NamedStep extends Omit<NeededStep, "tagged"> {
  readonly name: string | undefined;
}

function stepsOf(lock: ReadLock): readonly NamedStep[] {
  if (lock.state === "good")
    return [...lock.lock.steps].map(([id, { key, outputs }]) => ({ id, name: id, key, outputs }));
  return [...keysOfLock(lock)].map((key) => ({
    id: `step ${key.slice(0, 12)}`,
    name: undefined,
    key,
    outputs: undefined,
  }));
}
