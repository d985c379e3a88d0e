import fc from "fast-check";
import { expect, test } from "vitest";
import { spaceJson } from "../../src/ui/items/space-json.ts";

test("an object in one line becomes lines, with every sign of it kept", () => {
  expect(spaceJson('{"team":"network","sure":1.0,"also":[],"why":["a, b","{}"]}')).toBe(
    '{\n  "team": "network",\n  "sure": 1.0,\n  "also": [],\n  "why": [\n    "a, b",\n    "{}"\n  ]\n}',
  );
});

test.each(["network", '"text"', "12", "{not JSON}", '{"a":\n1}', ""])("%j stays as it is", (text) => {
  expect(spaceJson(text)).toBe(text);
});

test("only space is added, so that the value is the same", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(JSON.parse(spaceJson(json))).toEqual(JSON.parse(json));
    }),
  );
});
