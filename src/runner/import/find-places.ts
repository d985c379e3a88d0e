import { answerKey } from "../answer-key.ts";
import type { Json, JsonObject } from "../row.ts";
import { wordsOf } from "../store/exchange.ts";
import type { Store, StoredAnswer } from "../store.ts";

/** A request whose answer is to be kept. */
export interface ImportedRequest {
  readonly provider: JsonObject;
  readonly model: string;
  readonly messages: Json;
  readonly parameters: JsonObject;
}

/** Gives every answer to a request its place among the samples of it. */
export interface Places {
  /**
   * The sample that an answer is, with its key: one that a store has already is found again, each once; others take the
   * next place that is free.
   *
   * @throws RangeError where the request is nested too deeply
   */
  find(
    request: ImportedRequest,
    answer: StoredAnswer["answer"],
  ): { readonly sample: number; readonly key: string };
  /** Leaves a place to another answer. */
  take(key: string): void;
}

/** Opens places over what a store has. What was found of a request is remembered: many may share it. */
export function openPlaces(store: Pick<Store, "answer" | "tombstone">): Places {
  const taken = new Set<string>();
  const known = new Map<string, Samples>();

  function samplesOf(request: ImportedRequest, first: string): Samples {
    const standing = new Map<string, Standing[]>();
    let next = 0;
    for (; ; next += 1) {
      const key = next === 0 ? first : keyOf(request, next);
      const answer = store.answer(key);
      if (answer === undefined && store.tombstone(key)?.mark === undefined) break;
      if (answer === undefined) continue;
      const words = wordsOf(answer);
      const same = standing.get(words) ?? [];
      standing.set(words, same);
      same.push({ sample: next, key, id: answer.answer.provider_id });
    }
    return { standing, next };
  }

  return {
    take: (key) => void taken.add(key),
    find(request, answer) {
      const first = keyOf(request, 0);
      const samples = known.get(first) ?? samplesOf(request, first);
      known.set(first, samples);
      const found = takeStanding(samples.standing.get(wordsOf({ answer })), answer.provider_id, taken);
      if (found !== undefined) return found;
      for (;;) {
        const sample = samples.next;
        samples.next += 1;
        const key = keyOf(request, sample);
        if (!taken.has(key)) return { sample, key };
      }
    },
  };
}

interface Standing {
  readonly sample: number;
  readonly key: string;
  readonly id: string | null;
}

interface Samples {
  /** Those that the store has, by what they say. */
  readonly standing: ReadonlyMap<string, Standing[]>;
  /** The first sample that may be free. */
  next: number;
}

/** One that says the same, and is not by its id another one. */
function takeStanding(
  same: Standing[] | undefined,
  id: string | null,
  taken: ReadonlySet<string>,
): Standing | undefined {
  if (same === undefined) return undefined;
  const at = same.findIndex(
    (one) => !taken.has(one.key) && (id === null || one.id === null || one.id === id),
  );
  return at === -1 ? undefined : same.splice(at, 1)[0];
}

function keyOf({ provider, model, messages, parameters }: ImportedRequest, sample: number): string {
  return answerKey({ provider, model, messages, parameters, draw: { sample, occurrence: 0 } });
}
