import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/templating/canonical-json.ts";

describe("canonicalJson", () => {
  it("sorts keys by UTF-16 units at every level and writes no spaces", () => {
    const value = { b: [1, { z: null, a: true }], a: "x", é: 1, Z: 2, "😀": 3, ﬀ: 4 };
    expect(canonicalJson(value)).toBe('{"Z":2,"a":"x","b":[1,{"a":true,"z":null}],"é":1,"😀":3,"ﬀ":4}');
  });

  it("says the same as JSON.stringify about any JSON value, whatever the order of keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });

  it("writes any string as JSON.stringify does", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 0xffff }), { maxLength: 40 }), (units) => {
        const text = String.fromCharCode(...units);
        expect(canonicalJson(text)).toBe(JSON.stringify(text));
      }),
    );
    expect(canonicalJson("\ud800")).toBe(String.raw`"\ud800"`);
  });

  it("writes numbers as JSON.stringify does", () => {
    expect([-0, 1e21, 1e-7, 0.1 + 0.2, 1.0].map(canonicalJson)).toEqual([
      "0",
      "1e+21",
      "1e-7",
      "0.30000000000000004",
      "1",
    ]);
  });

  it("leaves out fields that are undefined", () => {
    expect(canonicalJson({ a: undefined, b: 1, c: undefined })).toBe('{"b":1}');
  });

  it("keeps a field that is called __proto__", () => {
    expect(canonicalJson(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
  });

  it("refuses what is not JSON and says where", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const values = [
      undefined,
      [undefined],
      { a: Number.NaN },
      { a: 1n },
      { f() {} },
      { d: new Date(0) },
      new Map(),
      cycle,
    ];
    expect(values.map(messageOf)).toMatchInlineSnapshot(`
      [
        "TypeError: undefined is not JSON",
        "TypeError: undefined at 0 is not JSON",
        "TypeError: NaN at "a" is not JSON",
        "TypeError: a bigint at "a" is not JSON",
        "TypeError: a function at "f" is not JSON",
        "TypeError: a Date at "d" is not JSON",
        "TypeError: a Map is not JSON",
        "TypeError: nested more than 200 deep, which is not JSON here",
      ]
    `);
  });

  it("writes 200 levels and refuses 201", () => {
    expect(canonicalJson(nested(200))).toHaveLength(400);
    expect(() => canonicalJson(nested(201))).toThrow(TypeError);
  });
});

function messageOf(value: unknown): string {
  try {
    return canonicalJson(value);
  } catch (error) {
    return String(error);
  }
}

function nested(depth: number): unknown {
  return depth === 0
    ? undefined
    : Array.from({ length: depth - 1 }).reduce<unknown[]>((inner) => [inner], []);
}

function reversed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  const copy = Object.create(null);
  for (const [key, field] of Object.entries(value).toReversed()) copy[key] = reversed(field);
  return copy;
}
