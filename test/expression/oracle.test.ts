import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileExpression } from "../../src/expression/expression.ts";

const item = {
  n: 3,
  m: -1.5,
  s: "abc",
  t: "b",
  yes: true,
  no: false,
  list: [1, 2, 3],
  words: ["a", "abc"],
  o: { k: 1 },
};

/** Well-typed expressions with numbers written as doubles, where CEL and this folder must agree. */
const { bool, any } = fc.letrec<{ bool: string; number: string; text: string; list: string; any: string }>(
  (tie) => ({
    number: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(
        "item.n",
        "item.m",
        "item.o.k",
        "item.gone",
        "item.list[0]",
        "item.list[9]",
        "1.0",
        "-2.5",
        "0.0",
      ),
      fc
        .tuple(tie("number"), fc.constantFrom("+", "-", "*"), tie("number"))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(tie("bool"), tie("number"), tie("number")).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      tie("number").map((a) => `item.?gone.orValue(${a})`),
      tie("number").map((a) => `-(${a})`),
    ),
    text: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("item.s", "item.t", "'b'", "''", "item.absent"),
      fc.tuple(tie("text"), tie("text")).map(([a, b]) => `(${a} + ${b})`),
    ),
    list: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("item.list", "[1.0, 2.0]"),
      fc.tuple(tie("list"), tie("number")).map(([a, b]) => `${a}.map(x, x + ${b})`),
      fc.tuple(tie("list"), tie("number")).map(([a, b]) => `${a}.filter(x, x > ${b})`),
    ),
    bool: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(
        "item.yes",
        "item.no",
        "true",
        "false",
        "has(item.n)",
        "has(item.gone)",
        "item.missing",
      ),
      fc
        .tuple(tie("number"), fc.constantFrom("<", "<=", ">", ">=", "==", "!="), tie("number"))
        .map(([a, op, b]) => `${a} ${op} ${b}`),
      fc
        .tuple(tie("text"), fc.constantFrom("<", "==", "!="), tie("text"))
        .map(([a, op, b]) => `${a} ${op} ${b}`),
      fc
        .tuple(tie("text"), fc.constantFrom("contains", "startsWith"), tie("text"))
        .map(([a, f, b]) => `${a}.${f}(${b})`),
      fc
        .tuple(tie("bool"), fc.constantFrom("&&", "||"), tie("bool"))
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      tie("bool").map((a) => `!(${a})`),
      fc.tuple(tie("number"), tie("list")).map(([a, b]) => `${a} in ${b}`),
      fc
        .tuple(tie("list"), fc.constantFrom("all", "exists", "exists_one"), tie("number"), tie("bool"))
        .map(([a, f, b, c]) => `${a}.${f}(x, x > ${b} || ${c})`),
      fc.tuple(tie("list"), tie("list")).map(([a, b]) => `${a} == ${b}`),
    ),
    any: fc.oneof(tie("number"), tie("text"), tie("list"), tie("bool")),
  }),
);

const cel = new Environment({ enableOptionalTypes: true }).registerVariable("item", "map");

function outcome(evaluate: () => unknown): unknown {
  try {
    return { value: evaluate() };
  } catch {
    return "failed";
  }
}

test("where numbers are doubles, an expression gives what the CEL library gives", () => {
  fc.assert(
    fc.property(fc.oneof(bool, any), (text) => {
      const compiled = compileExpression(text);
      if (!compiled.ok) throw new Error(`${text}: ${compiled.problems[0]!.message}`);
      const ours = outcome(() => compiled.expression.evaluate({ item }));
      expect(ours).toEqual(outcome(() => cel.evaluate(text, { item })));
    }),
    { numRuns: 3_000 },
  );
});

test("no text makes compiling or evaluating throw anything but an ExpressionError", () => {
  const scraps = fc.constantFrom(
    ..."item sample . .? [ ] ( ) { } , : ? ! - + * / % < == in && || 1 2.5 'a' r'\\' x map exists has size matches null true \n".split(
      " ",
    ),
  );
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.array(scraps, { maxLength: 25 }).map((parts) => parts.join("")),
    fc
      .tuple(bool, fc.nat(200), scraps)
      .map(([good, at, scrap]) => good.slice(0, at) + scrap + good.slice(at)),
  );
  fc.assert(
    fc.property(text, (source) => {
      const compiled = compileExpression(source);
      if (!compiled.ok) {
        for (const { offset, length, message } of compiled.problems) {
          expect(length).toBeGreaterThan(0);
          expect(offset).toBeLessThanOrEqual(source.length);
          expect(message).not.toContain("\n");
        }
        return;
      }
      try {
        compiled.expression.evaluate({ item });
      } catch (error) {
        expect((error as Error).name).toBe("ExpressionError");
      }
    }),
    { numRuns: 3_000 },
  );
});
