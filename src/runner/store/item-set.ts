import type { ItemSet } from "../erasure.ts";

/** A set of items that can grow. */
export interface GrowingItems extends ItemSet {
  /** Adds an item of these specs; of any spec where none is known. */
  add(specs: readonly string[], item: string): void;
}

/** An empty set of items, or one that begins with what another has. */
export function openItemSet(others?: ItemSet): GrowingItems {
  /** Specs by item; without one it is meant in all. */
  const known = new Map<string, Set<string> | "all">();
  let size = others?.size ?? 0;
  return {
    get size() {
      return size;
    },
    has(specs, item) {
      if (others?.has(specs, item) === true) return true;
      const found = known.get(item);
      if (found === undefined) return false;
      return found === "all" || specs.length === 0 || specs.some((spec) => found.has(spec));
    },
    add(specs, item) {
      const found = known.get(item);
      if (found === "all") return;
      if (specs.length === 0) {
        known.set(item, "all");
        size += 1;
        return;
      }
      const own = found ?? new Set();
      known.set(item, own);
      for (const spec of specs) {
        if (own.has(spec)) continue;
        own.add(spec);
        size += 1;
      }
    },
  };
}
