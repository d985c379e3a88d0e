import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { widthOf } from "../../src/runner/cells.ts";
import type { Diagnostic } from "../../src/runner/diagnostic.ts";
import { countDiagnostics, formatDiagnostic, formatDiagnostics } from "../../src/runner/format-diagnostic.ts";

const plain = { color: false };

function at(line: number, column: number, endColumn: number, rest: Partial<Diagnostic>): Diagnostic {
  const range = { line, column, endLine: line, endColumn };
  return { severity: "error", message: "this is wrong", file: "router.yaml", range, ...rest };
}

test("diagnostics are drawn with place, source line, squiggle and hint", () => {
  const source = `      - { name: sure, where: "sampel.output_json.p >= 0.6" }`;
  const list = [
    at(61, 11, 15, {
      message: 'step "exam" gives results, and "rows" takes rows',
      source: "    rows: exam",
      hint: "rows are given by: split.few, split.validation, split.test, capture, select",
    }),
    at(47, 31, 37, { message: 'a row has no field "sampel"', source, hint: 'did you mean "sample"?' }),
  ];
  expect(formatDiagnostics(list, plain)).toMatchInlineSnapshot(`
    "router.yaml:47:31 error: a row has no field "sampel"
       47 |       - { name: sure, where: "sampel.output_json.p >= 0.6" }
          |                               ~~~~~~ did you mean "sample"?

    router.yaml:61:11 error: step "exam" gives results, and "rows" takes rows
       61 |     rows: exam
          |           ~~~~ rows are given by: split.few, split.validation,
          |                split.test, capture, select"
  `);
  expect(countDiagnostics(list)).toBe("2 errors");
});

test("colour adds and never carries", () => {
  const diagnostic = at(3, 3, 6, { source: "a: xyz", hint: "write abc" });
  const colored = formatDiagnostic(diagnostic, { color: true });
  expect(colored).toContain("\x1b[31m");
  expect(stripVTControlCharacters(colored)).toBe(formatDiagnostic(diagnostic, plain));
});

test("a fault of the whole file has its hint below", () => {
  const diagnostic: Diagnostic = { severity: "warning", message: "old", file: "a.yaml", hint: "renew it" };
  expect(formatDiagnostic(diagnostic, plain)).toBe("a.yaml warning: old\n  renew it");
});

test("tabs, wide and combining characters keep the squiggle under its text", () => {
  const list = [
    at(1, 2, 3, { source: "\tb: 1" }),
    at(2, 5, 8, { source: "日本: 語語語 x" }),
    at(3, 4, 5, { source: "e\u0301: x" }),
    at(4, 8, 9, { source: "👩‍👩‍👧x" }),
    at(5, 3, 4, { source: "x\u001by" }),
  ];
  expect(formatDiagnostics(list, plain)).toMatchInlineSnapshot(`
    "router.yaml:1:2 error: this is wrong
        1 |     b: 1
          |     ~

    router.yaml:2:5 error: this is wrong
        2 | 日本: 語語語 x
          |       ~~~~~~

    router.yaml:3:4 error: this is wrong
        3 | é: x
          |   ~

    router.yaml:4:8 error: this is wrong
        4 | 👩‍👩‍👧x
          | ~~

    router.yaml:5:3 error: this is wrong
        5 | x\\x1by
          |      ~"
  `);
});

test("a range over several lines squiggles the first, an empty one a single column", () => {
  const source = "  rows: here  ";
  const several = at(7, 9, 0, { source, range: { line: 7, column: 9, endLine: 9, endColumn: 3 } });
  expect(formatDiagnostics([several, at(8, 15, 15, { source })], plain)).toMatchInlineSnapshot(`
    "router.yaml:7:9 error: this is wrong
        7 |   rows: here
          |         ~~~~

    router.yaml:8:15 error: this is wrong
        8 |   rows: here
          |               ~"
  `);
});

test("a long line is cut around the range", () => {
  const source = `${"before ".repeat(40)}HERE${" after".repeat(40)}`;
  expect(formatDiagnostic(at(1, 281, 285, { source, hint: "look here" }), plain)).toMatchInlineSnapshot(`
    "router.yaml:1:281 error: this is wrong
        1 | …fore before before before before before HERE after after after after after after after after after…
          |                                          ~~~~ look here"
  `);
  expect(formatDiagnostic(at(2, 1, 500, { source }), plain)).toMatchInlineSnapshot(`
    "router.yaml:2:1 error: this is wrong
        2 | before before before before before before before before before before before before before before …
          | ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
  `);
  expect(formatDiagnostic(at(3, 520, 524, { source }), plain)).toMatchInlineSnapshot(`
    "router.yaml:3:520 error: this is wrong
        3 | …er after after after after after after after after after after after after after after after after
          |                                                                                               ~~~~"
  `);
});

test("a hint that has no room beside the squiggle goes below it", () => {
  const source = `key: ${"x".repeat(70)}`;
  const hint = "this hint is long enough to need more than what is left of the line";
  expect(formatDiagnostic(at(1, 6, 76, { source, hint }), plain)).toMatchInlineSnapshot(`
    "router.yaml:1:6 error: this is wrong
        1 | key: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
          |      ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
          |      this hint is long enough to need more than what is left of the line"
  `);
});

test("the same fault is drawn once, and faults stand in the order of the text", () => {
  const list = [at(2, 1, 2, {}), at(1, 5, 6, {}), at(2, 1, 2, {}), at(1, 2, 3, { severity: "warning" })];
  expect(formatDiagnostics(list, plain).match(/\d+:\d+/g)).toEqual(["1:2", "1:5", "2:1"]);
  expect(countDiagnostics(list.slice(2))).toBe("1 error, 1 warning");
});

test("whatever a file holds, nothing reaches the terminal raw and the source line keeps to its width", () => {
  const text = fc.string({ unit: "binary", maxLength: 300 });
  fc.assert(
    fc.property(text, text, fc.nat(320), fc.nat(40), (source, message, column, length) => {
      const range = { line: 1, column: column + 1, endLine: 1, endColumn: column + 1 + length };
      const drawn = formatDiagnostic(
        { severity: "error", file: message, message, source, range, hint: message },
        plain,
      );
      expect(drawn.replaceAll("\n", "")).not.toMatch(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(widthOf(drawn.split("\n")[1]!)).toBeLessThanOrEqual(110);
    }),
    { numRuns: 500 },
  );
});
