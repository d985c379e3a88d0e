import { describe, expect, it } from "vitest";
import { answerTo, type Captured, isFlawless, judgeRows } from "../../bench/support/judge-rows.ts";

const own = (items: readonly number[]) => items.map((item) => ({ item, text: answerTo(item) }));

const good: Captured = {
  items: 3,
  rows: own([0, 1, 2]),
  kept: own([0, 1, 2]),
  attempts: new Map([
    [0, 1],
    [1, 8],
    [2, 2],
  ]),
  lastFault: new Map(),
};

describe("a capture among faults", () => {
  it("is flawless where every item has its own answer after at most 8 attempts", () => {
    const found = judgeRows(good);
    expect(found).toEqual({ missing: 0, wrongRows: 0, badAnswers: 0, mostAttempts: 8 });
    expect(isFlawless(found)).toBe(true);
  });

  it("may be cut short or refused, where the server said so of that very item", () => {
    const lastFault = new Map([
      [1, "length"],
      [2, "refusal"],
    ]);
    const rows = [0, 1, 2].map((item) => ({ item, text: answerTo(item, lastFault.get(item)) }));
    expect(isFlawless(judgeRows({ ...good, rows, kept: rows, lastFault }))).toBe(true);
    expect(judgeRows({ ...good, rows, kept: rows })).toMatchObject({ wrongRows: 2, badAnswers: 2 });
  });

  it.each([
    [
      "two rows have each other's answer, though the store has both right",
      {
        rows: [
          { item: 0, text: answerTo(1) },
          { item: 1, text: answerTo(0) },
          { item: 2, text: answerTo(2) },
        ],
      },
      { wrongRows: 2, missing: 0, badAnswers: 0 },
    ],
    ["a row is missing", { rows: own([0, 2]) }, { missing: 1 }],
    ["a row comes twice", { rows: own([0, 1, 2, 2]) }, { wrongRows: 1, missing: 0 }],
    ["a bad answer is kept", { kept: [{ item: 0, text: "<html>" }] }, { badAnswers: 1, wrongRows: 0 }],
    ["an item was asked nine times", { attempts: new Map([[0, 9]]) }, { mostAttempts: 9 }],
  ])("is not where %s", (_, change, wrong) => {
    const found = judgeRows({ ...good, ...change });
    expect(found).toMatchObject(wrong);
    expect(isFlawless(found)).toBe(false);
  });
});
