import { describe, expect, test } from "vitest";
import type { Row } from "../../src/runner/row.ts";
import { filter } from "../../src/steps/filter.ts";
import { rowOf, sampleOf, seal, stepRig } from "../support/step-rig.ts";

const rows: readonly Row[] = [
  rowOf("1", { text: "a", n: 1 }, { sample: sampleOf('{"p":0.9}') }),
  rowOf("2", { text: "b", n: 2 }, { sample: sampleOf('{"p":0.4}') }),
  rowOf("3", { text: "a", n: 3 }, { sample: sampleOf('{"p":0.8}') }),
  rowOf("4", { text: "c", n: 4 }, { sample: sampleOf("sorry", { finish_reason: "length" }) }),
];

function rig(
  rules: readonly object[],
  world: { [reference: string]: readonly Row[] } = {},
  more: object = {},
) {
  return stepRig(filter, { rows: "in", rules: rules as never, ...more }, { rows: { in: rows, ...world } });
}

const idsOf = (entries: readonly { readonly id: string }[] | undefined) =>
  (entries ?? []).map((row) => row.id);

describe("filter", () => {
  test("rules apply in their order, each counted over the rows that reach it", async () => {
    const {
      rows: out,
      facts,
      lines,
    } = await rig([
      { name: "complete", where: "sample.finish_reason == 'stop'" },
      { name: "sure", where: "sample.output_json.p >= 0.6" },
      { name: "duplicates", dedupe: "exact", by: "item.text" },
    ]).run();
    expect(idsOf(out.kept)).toEqual(["1"]);
    expect(out.dropped?.map((row) => [row.id, row.dropped])).toEqual([
      ["2", { rule: "sure", reason: "where is false" }],
      ["3", { rule: "duplicates", reason: 'equals row "1"' }],
      ["4", { rule: "complete", reason: "where is false" }],
    ]);
    expect(facts).toEqual({
      rows: 4,
      kept: 1,
      items: 1,
      rules: [
        { name: "complete", dropped: 1, errors: 0 },
        { name: "sure", dropped: 1, errors: 0 },
        { name: "duplicates", dropped: 1, errors: 0 },
      ],
    });
    expect(lines).toMatchInlineSnapshot(`
      [
        "1 of 4 rows kept",
        "complete         −1    sure             −1",
        "duplicates       −1",
      ]
    `);
  });

  test("kept rows pass through unchanged", async () => {
    expect((await rig([{ name: "all", where: "true" }]).run()).rows.kept).toEqual(rows);
  });

  test("a row on which a rule cannot be evaluated is dropped with the reason, and told", async () => {
    const {
      rows: out,
      facts,
      warnings,
    } = await rig([{ name: "sure", where: "sample.output_json.p >= 0.6" }]).run();
    expect(idsOf(out.kept)).toEqual(["1", "3"]);
    expect(out.dropped?.at(-1)).toMatchObject({
      id: "4",
      dropped: { reason: expect.stringMatching(/^cannot be evaluated: /) },
    });
    expect(facts.rules).toEqual([{ name: "sure", dropped: 2, errors: 1 }]);
    expect(warnings).toEqual(['rule "sure" dropped 1 of 4 rows on which it cannot be evaluated']);
  });

  test("a rule that can be evaluated on no row fails with the first error", async () => {
    await expect(rig([{ name: "sure", where: "sample.output_json.q > 0" }]).run()).rejects.toThrow(
      /rule "sure" could be evaluated on none of 4 rows: row "1" cannot be evaluated: /,
    );
  });

  test("a rule that no row reaches does not fail", async () => {
    const { facts } = await rig(
      [
        { name: "none", where: "false" },
        { name: "wrong", where: "item.nope" },
      ],
      {},
      { allow_empty: true },
    ).run();
    expect(facts.kept).toBe(0);
  });

  test("a where that is neither true nor false fails with the row", async () => {
    await expect(rig([{ name: "n", where: "item.n" }]).run()).rejects.toThrow(
      'rule "n" must be true or false, and on row "1" it is the number "1"',
    );
  });

  test("no kept row fails with the counts, unless it is allowed", async () => {
    const none = [{ name: "none", where: "item.n > 9" }];
    await expect(rig(none).run()).rejects.toThrow("none of 4 rows was kept (none −4)");
    expect((await rig(none, {}, { allow_empty: true }).run()).facts).toMatchObject({ rows: 4, kept: 0 });
    await expect(rig(none, { in: [] }).run()).rejects.toThrow("none of 0 rows was kept");
  });

  describe("dedupe", () => {
    test("tells texts from numbers, and compares objects whatever their key order", async () => {
      const entries = [
        { v: 1 },
        { v: "1" },
        { v: { a: 1, b: 2 } },
        { v: { b: 2, a: 1 } },
        { v: "é" },
        { v: "e\u0301" },
      ];
      const values = entries.map((item, index) => rowOf(String(index), item));
      const { rows: out } = await rig([{ name: "d", dedupe: "exact", by: "item.v" }], { in: values }).run();
      expect(idsOf(out.kept)).toEqual(["0", "1", "2", "4", "5"]);
    });

    test("takes a template as well as an expression", async () => {
      const { rows: out } = await rig([{ name: "d", dedupe: "exact", by: "{{ item.text }}" }]).run();
      expect(idsOf(out.kept)).toEqual(["1", "2", "4"]);
    });
  });

  describe("not_in", () => {
    const leak = [{ name: "leak", not_in: "test", by: "item.text" }];

    test("drops what also occurs in the other rows, and names one of them", async () => {
      const { rows: out } = await rig(leak, {
        test: [rowOf("t1", { text: "a" }), rowOf("t2", { text: "a" })],
      }).run();
      expect(idsOf(out.kept)).toEqual(["2", "4"]);
      expect(out.dropped?.[0]).toMatchObject({
        dropped: { rule: "leak", reason: 'equals row "t1" of the other rows' },
      });
    });

    test("fails closed where either side cannot be compared", async () => {
      await expect(rig(leak, { test: [rowOf("t1", {})] }).run()).rejects.toThrow(
        /rule "leak" cannot tell whether row "t1"/,
      );
      await expect(rig(leak, { test: [], in: [rowOf("x", {})] }).run()).rejects.toThrow(
        /rule "leak" cannot tell whether row "x"/,
      );
    });
  });

  test("limit counts items, not rows", async () => {
    const samples = ["x", "y", "z"].flatMap((id) =>
      [0, 1].map((index) => rowOf(id, {}, { sample: sampleOf("", { index }) })),
    );
    const { rows: out, facts } = await rig([{ name: "some", limit: 2 }], { in: samples }).run();
    expect(idsOf(out.kept)).toEqual(["x", "x", "y", "y"]);
    expect(facts).toMatchObject({ kept: 4, items: 2 });
  });

  test("agreement is the share of an item's samples that say the same", async () => {
    const texts = { x: ["a", "a", "b"], y: ["c", "d", "e"] };
    const samples = Object.entries(texts).flatMap(([id, outputs]) =>
      outputs.map((text, index) => rowOf(id, {}, { sample: sampleOf(text, { index }) })),
    );
    const { rows: out } = await rig([{ name: "agreed", where: "agreement > 0.5" }], { in: samples }).run();
    expect(out.kept?.map((row) => [row.id, row.sample.index])).toEqual([
      ["x", 0],
      ["x", 1],
    ]);
  });

  test("evidence names the rule that dropped each row, and shows what changed under one id", async () => {
    const evidenceOf = async (input: readonly Row[]) => {
      const rigged = rig([{ name: "sure", where: "sample.output_text.contains('0.9')" }], { in: input });
      return await rigged.evidence(await rigged.run());
    };
    const before = await evidenceOf(rows);
    expect(before.map(({ row }) => row)).toEqual(rows.map(({ id }) => seal(`${id}#0`)).toSorted());
    expect(before.filter(({ rule }) => rule === null).map(({ row }) => row)).toEqual([seal("1#0")]);
    expect(new Set(before.map(({ rule }) => rule))).toEqual(new Set([null, "sure"]));
    const after = await evidenceOf(rows.with(1, { ...rows[1]!, sample: sampleOf('{"p":0.5}') }));
    const changed = after.filter((line, at) => line.is !== before[at]?.is);
    expect(changed.map(({ row }) => row)).toEqual([seal("2#0")]);
    expect(JSON.stringify(before)).not.toContain("sorry");
  });

  test("says which rules say nothing, too much, or the same name twice", () => {
    expect(
      rig([
        { name: "a" },
        { name: "b", where: "true", limit: 3 },
        { name: "a", dedupe: "exact" },
        { name: "c", not_in: "test" },
        { name: "d", where: "true", by: "item.text" },
        { name: "fine", not_in: "test", by: "item.text" },
      ]).check(),
    ).toMatchInlineSnapshot(`
      [
        "/rules/0: rule "a" does nothing (give one of where, dedupe, not_in, limit)",
        "/rules/1/limit: rule "b" has where already (write one rule for each)",
        "/rules/2/name: another rule is called "a" already",
        "/rules/2: rule "a" has no "by" (say what is compared, such as by: item.text)",
        "/rules/3: rule "c" has no "by" (say what is compared, such as by: item.text)",
        "/rules/4/by: "by" says nothing beside where (it belongs to dedupe and not_in)",
      ]
    `);
  });
});
