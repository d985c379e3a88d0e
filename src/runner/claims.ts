/** Requests that are about to be carried by a batch's job, by key: nobody else asks for them meanwhile. */
export interface Claims {
  /** Claims a request; false where somebody has it already. */
  take(key: string): boolean;
  letGo(key: string): void;
  has(key: string): boolean;
  /** Resolves when nobody has it. */
  free(key: string): Promise<void>;
}

/** Opens the claims of a run, of which there are none yet. */
export function openClaims(): Claims {
  const waiting = new Map<string, (() => void)[]>();
  return {
    take(key) {
      if (waiting.has(key)) return false;
      waiting.set(key, []);
      return true;
    },
    letGo(key) {
      const waiters = waiting.get(key) ?? [];
      waiting.delete(key);
      for (const resume of waiters) resume();
    },
    has: (key) => waiting.has(key),
    async free(key) {
      for (let waiters = waiting.get(key); waiters !== undefined; waiters = waiting.get(key)) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiters.push(resolve);
        await promise;
      }
    },
  };
}
