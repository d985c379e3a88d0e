type Listener = (reason: unknown) => void;

const listeners = new WeakMap<AbortSignal, Set<Listener>>();

/**
 * Calls a listener when a signal that is not aborted yet is aborted; the returned function takes it back.
 * All listeners share one at the signal: to add and to remove one there for every request takes long.
 */
export function onAbort(signal: AbortSignal | undefined, listener: Listener): () => void {
  if (signal === undefined) return () => {};
  let known = listeners.get(signal);
  if (known === undefined) {
    const added = new Set<Listener>();
    listeners.set(signal, added);
    signal.addEventListener("abort", () => {
      for (const one of added) one(signal.reason);
      added.clear();
    });
    known = added;
  }
  known.add(listener);
  return () => known.delete(listener);
}
