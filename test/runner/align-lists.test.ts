import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignLists } from "../../src/runner/align-lists.ts";

describe("alignLists", () => {
  it("knows entries by their name, whatever else changed and wherever they went", () => {
    const before = [
      { name: "a", where: "1" },
      { name: "b", where: "2" },
    ];
    const after = [{ name: "new" }, { name: "b", where: "3" }, { name: "a", where: "1" }];
    expect(alignLists(before, after)).toEqual({
      pairs: [
        [undefined, 0],
        [1, 1],
        [0, 2],
      ],
      moved: true,
    });
  });

  it("takes an entry between the same neighbours for one that changed", () => {
    expect(alignLists(["a", "b", "c"], ["a", "x", "c"])).toEqual({
      pairs: [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
      moved: false,
    });
    expect(alignLists(["a", "b"], ["x", "a", "b", "y"]).pairs).toEqual([
      [undefined, 0],
      [0, 1],
      [1, 2],
      [undefined, 3],
    ]);
    expect(alignLists(["a", "b", "c"], ["a", "c"])).toEqual({
      pairs: [
        [0, 0],
        [2, 1],
        [1, undefined],
      ],
      moved: false,
    });
  });

  it("does not mind the order of an entry's keys", () => {
    expect(alignLists([{ b: 1, a: 2 }, 1], [1, { a: 2, b: 1 }]).pairs).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it("places every entry of both lists exactly once, and equal ones with equal ones", () => {
    const list = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 8 });
    fc.assert(
      fc.property(list, list, (before, after) => {
        const { pairs } = alignLists(before, after);
        const placed = (side: 0 | 1) =>
          pairs.flatMap((pair) => (pair[side] === undefined ? [] : [pair[side]])).sort((a, b) => a - b);
        expect(placed(0)).toEqual(before.map((_, index) => index));
        expect(placed(1)).toEqual(after.map((_, index) => index));
        const common = before.filter((entry, at) => {
          const nth = before.slice(0, at).filter((one) => one === entry).length;
          return after.filter((one) => one === entry).length > nth;
        });
        const equal = pairs.filter(
          ([was, is]) => was !== undefined && is !== undefined && before[was] === after[is],
        );
        expect(equal.length).toBe(common.length);
      }),
    );
  });
});
