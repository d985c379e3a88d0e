import { describe, expect, test } from "vitest";
import { compileExpression } from "../../src/expression/expression.ts";
import { startCpuTime } from "../support/cpu-time.ts";

const letters = "ab".repeat(500_000);
const item = {
  list: Array.from({ length: 100_000 }, (_, index) => index),
  objects: Array.from({ length: 50_000 }, (_, index) => ({ a: index })),
  others: Array.from({ length: 50_000 }, (_, index) => ({ a: index })),
  text: `c${letters}`,
  other: `c${letters}`,
  patterns: Array.from({ length: 20_000 }, (_, index) => `(x{${index % 1_000}}|y)${index}`),
  texts: Array.from({ length: 20_000 }, () => `c${letters}`),
  deep: JSON.parse("[".repeat(20_000) + "]".repeat(20_000)),
  deeper: JSON.parse("[".repeat(20_000) + "]".repeat(20_000)),
};
const tooMuch = "the expression does too much work on this row";

/** What came of it, and a failure of the test where it took too long. */
function outcome(text: string): unknown {
  const cpuMs = startCpuTime();
  const compiled = compileExpression(text);
  let result: unknown;
  try {
    result = compiled.ok ? compiled.expression.evaluate({ item }) : compiled.problems[0]!.message;
  } catch (error) {
    result = (error as Error).message;
  }
  // Less than 1.3 s on two busy cores; the limit leaves room for a slower machine.
  expect(cpuMs()).toBeLessThan(4_000);
  return result;
}

describe("an expression that would never end is stopped, by counting its work", () => {
  test.each([
    "item.list.all(a, item.list.all(b, item.list.all(c, a + b + c >= 0)))",
    "item.list.map(a, item.list.map(b, [a, b]))",
    "item.list.all(a, a in item.list)",
    "item.list.map(a, item.list + item.list)",
    "item.list.map(a, item.text + item.text)",
    "item.list.all(a, item.text == item.other)",
    "item.list.all(a, !(item.text < item.other))",
    "item.list.all(a, item.objects == item.others)",
    "item.list.all(a, !item.text.contains('abababababababababababababababababababc'))",
    "item.list.all(a, size(item.text.split('')) > 0)",
    "item.list.all(a, size(item.text) > 0)",
    "item.list.all(a, item.text.upperAscii() != '')",
    "item.list.all(a, item.text.substring(1) != '')",
    "item.list.exists(a, a.b || a.c || a.d || a.e || a.f)",
    "item.list.all(a, item.texts.join(item.text) == '')",
    "item.patterns.all(p, !'abc'.matches(p))",
    "item.texts.all(t, !t.matches('[ab]*a[ab]{10}c'))",
    "item.text.matches('(a|b)*a(a|b){300}[cz]$')",
  ])("%s", (text) => expect(outcome(text)).toBe(tooMuch));

  test("it does not matter that || and exists make up for failures", () => {
    expect(outcome("item.list.all(a, a in item.list) || true")).toBe(tooMuch);
    expect(outcome("item.list.exists(x, item.list.all(a, a in item.list))")).toBe(tooMuch);
  });

  test("an honest walk over all of a large row is within the limit", () => {
    expect(outcome("item.list.exists(a, a == 99999) && item.objects.all(o, o.a >= 0)")).toBe(true);
    expect(outcome("item.text.matches('zz$')")).toBe(false);
    expect(outcome("item.text.matches('^(a|aa)+$')")).toBe(false);
  });
});

describe("an expression that is too long or too deep is refused", () => {
  test.each<[string, string]>([
    ["a row of !", `${"!".repeat(8_000)}true`],
    ["a row of -", `${"-".repeat(8_000)}1`],
    ["brackets", "(".repeat(8_000)],
    ["lists in lists", "[".repeat(8_000)],
    ["a long sum", `${"1+".repeat(4_000)}1`],
    ["a long choice", `${"true?1:".repeat(1_000)}1`],
    ["a long path", `item${".a".repeat(4_000)}`],
    ["nested walks", `${"item.exists(a,".repeat(200)}true${")".repeat(200)}`],
  ])("%s", (_, text) => expect(outcome(text)).toBe("the expression is too long or nested too deeply"));

  test("a text of more than 8,192 characters is not even parsed", () => {
    expect(outcome("a".repeat(1_000_000))).toBe("the expression is longer than 8192 characters");
  });

  test("a rule with hundreds of terms is not refused", () => {
    expect(outcome(`${"false || ".repeat(400)}true`)).toBe(true);
    expect(outcome(`'x' in [${"'aaaaa',".repeat(900)} 'x']`)).toBe(true);
  });

  test("patterns that would take long to compile are refused", () => {
    const many = Array.from({ length: 300 }, (_, index) => `'a'.matches('x{999}${index}')`).join("||");
    expect(outcome(many)).toBe("the pattern is not valid: it is too large");
    expect(outcome(`'a'.matches('${"\\\\pL".repeat(1_800)}')`)).toBe(
      "the pattern is not valid: it is too large",
    );
  });
});

test("values nested thousands of levels deep are compared or refused", () => {
  expect([true, "a value is nested too deeply"]).toContain(outcome("item.deep == item.deeper"));
});
