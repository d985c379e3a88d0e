import fc from "fast-check";
import { expect, test } from "vitest";
import { label, plain, textWidth } from "../../../src/report/charts/label.ts";

test("what fits is left as it is, and what does not is cut with a mark", () => {
  expect(label("student", 190)).toBe("student");
  expect(label("gpt-5.1-large-with-a-long-name-2026-04-14", 190)).toBe("gpt-5.1-large-with-a-lo…");
  expect(label("WWWWWWWWWWWWWWWWWWWWWWWW", 190)).toBe("WWWWWWWWWWWWW…");
});

test("no character is cut in half", () => {
  const family = "👩‍👩‍👧‍👦";
  for (let px = 20; px < 300; px += 7)
    expect(label(family.repeat(9), px).replaceAll(family, "")).toMatch(/^…?$/);
});

test("a label is never wider than its room", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.integer({ min: 20, max: 300 }),
      (text, px) => {
        expect(textWidth(label(text, px))).toBeLessThanOrEqual(px);
      },
    ),
  );
});

test("secrets, escapes and what XML cannot hold are not in it", () => {
  expect(plain("a\u001b[31m\nb\ufffe")).toBe("a\\x1b[31m b\ufffd");
});
