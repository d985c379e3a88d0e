/** Steps in an order in which each comes after what it needs, or the ring that prevents it. */
export type Order =
  | { readonly ok: true; readonly order: readonly string[] }
  | { readonly ok: false; readonly ring: readonly string[] };

/** Orders a graph, stable by the order of its keys; `needs` gives what each node comes after. */
export function orderGraph(needs: ReadonlyMap<string, readonly string[]>): Order {
  const order: string[] = [];
  const state = new Map<string, "open" | "done">();
  for (const start of needs.keys()) {
    // An explicit stack: a chain of ten thousand steps must not overflow the call stack.
    const path: { id: string; next: number }[] = [];
    if (!state.has(start)) {
      path.push({ id: start, next: 0 });
      state.set(start, "open");
    }
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const need = needs.get(top.id)?.[top.next++];
      if (need === undefined) {
        state.set(top.id, "done");
        order.push(top.id);
        path.pop();
      } else if (state.get(need) === "open") {
        const from = path.findIndex((entry) => entry.id === need);
        return { ok: false, ring: [...path.slice(from).map((entry) => entry.id), need] };
      } else if (!state.has(need) && needs.has(need)) {
        state.set(need, "open");
        path.push({ id: need, next: 0 });
      }
    }
  }
  return { ok: true, order };
}
