import { expect, test } from "vitest";
import { compileExpression } from "../../src/expression/expression.ts";

function read(text: string): readonly string[] {
  const compiled = compileExpression(text);
  if (!compiled.ok) throw new Error(compiled.problems[0]!.message);
  return compiled.expression.variables.map(({ path, offset, length, optional }) => {
    return `${path.join("/")}${optional ? "?" : ""} = ${text.slice(offset, offset + length)}`;
  });
}

test("every path is listed with its place, up to the first computed index", () => {
  expect(read("sample.output_json.probabilities[sample.output_json.team] >= 0.6")).toEqual([
    "sample/output_json/probabilities = sample.output_json.probabilities",
    "sample/output_json/team = sample.output_json.team",
  ]);
  expect(read("messages[0].content == item['a b'].c")).toEqual([
    "messages = messages",
    "item/a b/c = item['a b'].c",
  ]);
});

test("the names that exists and its like give are no variables", () => {
  expect(read("item.tags.exists(t, t.a == item.b && messages.all(m, m.content == t.c))")).toEqual([
    "item/tags = item.tags",
    "item/b = item.b",
    "messages = messages",
  ]);
  expect(read("item.tags.map(item, item.a)")).toEqual(["item/tags = item.tags"]);
});

test("a path is optional where the text copes with its absence", () => {
  expect(read("has(item.a.b) && item.a.b.c == 1 && item.a.d == 2")).toEqual([
    "item/a/b? = item.a.b",
    "item/a/b/c? = item.a.b.c",
    "item/a/d = item.a.d",
  ]);
  expect(read("item.?a.b.orValue(item.c) == item.a")).toEqual([
    "item/a/b? = item.?a.b",
    "item/c = item.c",
    "item/a = item.a",
  ]);
});
