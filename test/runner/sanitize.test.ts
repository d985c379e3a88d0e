import { expect, test } from "vitest";
import { cellsOf, widthOf } from "../../src/runner/cells.ts";
import { printable } from "../../src/runner/sanitize.ts";

test("what would act on a terminal is spelt out", () => {
  expect(printable("a\x1b[31mb\x07\r\n\t\x9b\x7f")).toBe("a\\x1b[31mb\\x07\\r\\n\\t\\x9b\\x7f");
  expect(printable("\u202eevil\u2066\u200f\u200b\ufeff\u2028")).toBe(
    "\\u202eevil\\u2066\\u200f\\u200b\\ufeff\\u2028",
  );
  expect(printable("\u{e0041}\ud800")).toBe("\\u{e0041}\\ud800");
});

test("no service that reads a log finds a command in it", () => {
  expect(printable("::error::x")).toBe(": :error::x");
  expect(printable("  ::error::x")).toBe("  : :error::x");
  expect(printable("see ##[error]x and ##vso[task]")).toBe("see # #[error]x and # #vso[task]");
  expect(printable("a::b ## c")).toBe("a::b ## c");
});

test("what people write stays as it is", () => {
  const text = "naïve – 日本語 👩‍👩‍👧 e\u0301 ✓ ∑ नमस्ते";
  expect(printable(text)).toBe(text);
});

test("a pile of accents is cut down", () => {
  expect(printable(`e${"\u0301".repeat(1000)}`)).toBe(`e${"\u0301".repeat(4)}…`);
});

test("width is counted as a terminal counts it", () => {
  expect(widthOf("abc")).toBe(3);
  expect(widthOf("日本")).toBe(4);
  expect(widthOf("e\u0301")).toBe(1);
  expect(widthOf("👩‍👩‍👧")).toBe(2);
  expect(cellsOf("x日", 1)).toEqual([{ text: "日", width: 2, start: 1, end: 2 }]);
});
