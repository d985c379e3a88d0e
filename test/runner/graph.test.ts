import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderGraph } from "../../src/runner/graph.ts";

describe("the order of steps", () => {
  it("puts each after what it needs, and keeps the written order elsewhere", () => {
    const needs = new Map([
      ["d", ["b", "c"]],
      ["a", []],
      ["b", ["a"]],
      ["c", ["a"]],
    ]);
    expect(orderGraph(needs)).toEqual({ ok: true, order: ["a", "b", "c", "d"] });
  });

  it("tells a ring with its members in order", () => {
    const needs = new Map([
      ["start", ["a"]],
      ["a", ["b"]],
      ["b", ["c"]],
      ["c", ["a"]],
    ]);
    expect(orderGraph(needs)).toEqual({ ok: false, ring: ["a", "b", "c", "a"] });
    expect(orderGraph(new Map([["self", ["self"]]]))).toEqual({ ok: false, ring: ["self", "self"] });
  });

  it("takes a chain of 50,000 steps", () => {
    const needs = new Map(
      Array.from({ length: 50_000 }, (_, i) => [`s${i}`, i === 49_999 ? [] : [`s${i + 1}`]] as const),
    );
    expect(orderGraph(needs)).toMatchObject({ ok: true });
  });

  it("holds for any graph without rings", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { maxLength: 30 }), (edges) => {
        // Edges only to smaller numbers: no ring is possible.
        const needs = new Map(
          edges.map((to, i) => [String(i), to.filter((j) => j < i).map(String)] as const),
        );
        const result = orderGraph(needs);
        if (!result.ok) return false;
        const place = new Map(result.order.map((id, at) => [id, at]));
        return [...needs].every(([id, before]) => before.every((need) => place.get(need)! < place.get(id)!));
      }),
    );
  });
});
