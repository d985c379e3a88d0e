import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignSplit, split } from "../../src/steps/split.ts";
import { rowOf, sampleOf, seal, stepRig } from "../support/step-rig.ts";

const many = Array.from({ length: 2000 }, (_, index) => rowOf(`t${index}`, { customer: `c${index % 100}` }));

function splitRows(params: object, rows = many) {
  return stepRig(split, { rows: "all", into: { a: 1, b: 3 }, ...params }, { rows: { all: rows } }).run();
}

const idsOf = (rows: readonly { readonly id: string }[] | undefined) => (rows ?? []).map((row) => row.id);

describe("split", () => {
  test("every row goes into one split, in its order, and shares follow the weights", async () => {
    const { rows, facts, lines } = await splitRows({});
    const a = idsOf(rows.a);
    const b = idsOf(rows.b);
    expect(new Set([...a, ...b]).size).toBe(2000);
    expect(a.length + b.length).toBe(2000);
    expect(a.length / 2000).toBeCloseTo(0.25, 1);
    expect(a).toEqual(many.map(({ id }) => id).filter((id) => new Set(a).has(id)));
    expect(facts).toEqual({
      splits: {
        a: { rows: a.length, items: a.length, groups: a.length },
        b: { rows: b.length, items: b.length, groups: b.length },
      },
    });
    expect(lines[0]).toBe("2 splits of 2,000 items");
  });

  test("added rows and reordered rows move nobody", async () => {
    const before = idsOf((await splitRows({}, many.slice(0, 1000))).rows.a);
    const after = new Set(idsOf((await splitRows({}, many.toReversed())).rows.a));
    expect(before.filter((id) => !after.has(id))).toEqual([]);
  });

  test("the order in which splits are written does not matter", async () => {
    const one = await splitRows({ into: { a: 1, b: 3 } });
    const other = await splitRows({ into: { b: 3, a: 1 } });
    expect(idsOf(one.rows.a)).toEqual(idsOf(other.rows.a));
  });

  test("weights are shares of their sum", async () => {
    const one = await splitRows({ into: { a: 1, b: 3 } });
    const other = await splitRows({ into: { a: 0.25, b: 0.75 } });
    expect(idsOf(one.rows.a)).toEqual(idsOf(other.rows.a));
  });

  test("another seed gives another split", async () => {
    expect(idsOf((await splitRows({ seed: 1 })).rows.a)).not.toEqual(
      idsOf((await splitRows({ seed: 2 })).rows.a),
    );
  });

  test("rows of one group stay together", async () => {
    const { rows, facts } = await splitRows({ group_by: "item.customer" });
    const groups = (name: string) => new Set((rows[name] ?? []).map((row) => row.item.customer));
    expect([...groups("a")].filter((group) => groups("b").has(group))).toEqual([]);
    expect(facts).toMatchObject({ splits: { a: { groups: groups("a").size } } });
  });

  test("the samples of an item stay together", async () => {
    const samples = ["x", "y"].flatMap((id) =>
      [0, 1, 2].map((index) => rowOf(id, {}, { sample: sampleOf("", { index }) })),
    );
    const { facts } = await splitRows({ into: { only: 1 } }, samples);
    expect(facts).toEqual({ splits: { only: { rows: 6, items: 2, groups: 2 } } });
  });

  test("a split without a row is told, and no row at all is no error", async () => {
    const { warnings } = await splitRows({}, []);
    expect(warnings).toEqual(['split "a" got no row', 'split "b" got no row']);
  });

  test("final splits are told, and must be splits", async () => {
    const { facts, lines } = await splitRows({ final: ["b"] });
    expect(facts).toMatchObject({
      splits: { a: expect.not.objectContaining({ final: true }), b: { final: true } },
    });
    expect(lines[1]).toMatch(/^a [\d,]+ {3}b [\d,]+ \(final\)$/);
    const { check } = stepRig(split, { rows: "all", into: { a: 1, b: 3 }, final: ["b", "c"] });
    expect(check()).toEqual(['/final/1: there is no split "c" (splits: a, b)']);
  });

  test("evidence names every row's split without its id or text", async () => {
    const rig = stepRig(split, { rows: "all", into: { a: 1, b: 3 } }, { rows: { all: many.slice(0, 20) } });
    const result = await rig.run();
    const lines = await rig.evidence(result);
    expect(lines).toEqual(
      ["a", "b"]
        .flatMap((part) =>
          (result.rows[part] ?? []).map(({ id }) => ({
            row: seal(id),
            is: expect.stringMatching(/^[0-9a-f]{8}$/),
            part,
          })),
        )
        .toSorted((one, other) => (one.row < other.row ? -1 : 1)),
    );
    expect(new Set(lines.map(({ is }) => is)).size).toBe(20);
  });

  test("more rows than git should hold are only counted in evidence", async () => {
    const tooMany = Array.from({ length: 50_001 }, (_, index) => rowOf(`t${index}`));
    const rig = stepRig(split, { rows: "all", into: { only: 1 } });
    expect(await rig.evidence({ rows: { only: tooMany as never } })).toEqual([{ rows: 50_001 }]);
    expect(await rig.evidence({ rows: { only: tooMany.slice(1) as never } })).toHaveLength(50_000);
  });

  test("a row without the group's field is named", async () => {
    await expect(splitRows({ group_by: "item.customer" }, [rowOf("ä1")])).rejects.toThrow(
      /row "ä1": group_by cannot be evaluated: .*customer/,
    );
  });

  test("a raised weight moves groups into its split only", () => {
    const weights = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(weights, weights, weights, weights, fc.string(), (a, b, c, more, group) => {
        const before = assignSplit({ seed: 7, weights: { a, b, c }, group });
        const after = assignSplit({ seed: 7, weights: { a: a + more, b, c }, group });
        expect([before, "a"]).toContain(after);
      }),
    );
  });

  test("a split taken away moves its own groups only", () => {
    fc.assert(
      fc.property(fc.string(), (group) => {
        const before = assignSplit({ seed: 7, weights: { a: 1, b: 2, c: 3 }, group });
        const after = assignSplit({ seed: 7, weights: { a: 1, b: 2 }, group });
        if (before !== "c") expect(after).toBe(before);
      }),
    );
  });

  test.each([{ a: 0 }, { a: -1 }, {}, { "a.b": 1 }, { "": 1 }])("weights %j are refused", (into) => {
    expect(() => stepRig(split, { rows: "all", into })).toThrow();
  });
});
