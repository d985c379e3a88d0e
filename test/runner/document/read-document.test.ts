import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { readDocument } from "../../../src/runner/document.ts";

function read(text: string | Uint8Array, vars?: Record<string, string | number | boolean | null>) {
  const result = readDocument({ text, file: "spec.yaml", ...(vars === undefined ? {} : { vars }) });
  expect(result.diagnostics).toEqual([]);
  return { ...result, document: result.document! };
}

/** Plain objects, for `toEqual` tells prototypes apart only in part. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

test("YAML 1.2's words are read, and 1.1's are texts", () => {
  const { document } = read(
    "a: true\nb: no\nc: on\nd: ~\ne: 0o17\nf: 1e3\ng: 012\nh: 2026-01-01\ni: 1_000\n",
  );
  expect(plain(document.data)).toEqual({
    a: true,
    b: "no",
    c: "on",
    d: null,
    e: 15,
    f: 1000,
    g: 12,
    h: "2026-01-01",
    i: "1_000",
  });
});

test("a byte order mark and CRLF change neither data nor places", () => {
  const text = "a: 1\nb:\n  - one\n  - |\n    two\n    three\nc: 'x\n  y'\n";
  const unix = read(text).document;
  const windows = read(Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`)).document;
  expect(windows.data).toEqual(unix.data);
  for (const pointer of ["/a", "/b", "/b/0", "/c"]) {
    expect(windows.locate(pointer, "value")).toEqual(unix.locate(pointer, "value"));
  }
  expect(windows.locateText("/b/1", 4, 5)).toEqual(unix.locateText("/b/1", 4, 5));
  expect(windows.sourceOf(windows.locate("/a", "key")!)).toBe("a: 1");
});

test("names of Object.prototype are data, and objects have no prototype", () => {
  const { data } = read("__proto__: { polluted: 1 }\nconstructor: 2\nx: { toString: 3 }\n").document;
  expect(Object.getPrototypeOf(data)).toBeNull();
  expect(Object.keys(data)).toEqual(["__proto__", "constructor", "x"]);
  expect(Object.getPrototypeOf(data.x)).toBeNull();
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test("merges fill in what a mapping does not say itself, the first source first", () => {
  const text = `
x-a: &a { n: 1, m: 1 }
x-b: &b { n: 2, o: { p: 2 } }
c: { <<: [*a, *b], m: 3 }
d:
  <<: *b
  "<<": text
`;
  const { document } = read(text);
  expect(plain(document.data.c)).toEqual({ m: 3, n: 1, o: { p: 2 } });
  expect(plain(document.data.d)).toEqual({ "<<": "text", n: 2, o: { p: 2 } });
  expect(document.locate("/c/n", "key")).toMatchObject({ line: 4, column: 6, endColumn: 18 });
  expect(document.locate("/c/m", "value")).toMatchObject({ line: 4, column: 23 });
  expect(document.locate("/c/o/p", "value")).toMatchObject({ line: 3, column: 25 });
});

test("an alias gives a copy, located where the alias stands", () => {
  const { document } = read("a: &x { k: [1] }\nb: *x\n");
  expect(document.data.b).toEqual(document.data.a);
  expect(document.data.b).not.toBe(document.data.a);
  expect(document.locate("/b", "value")).toMatchObject({ line: 2, column: 4, endColumn: 6 });
  expect(document.locate("/b/k", "key")).toMatchObject({ line: 1, column: 9 });
});

test("an anchor may be given again, and an alias means the last one before it", () => {
  expect(plain(read("a: &x 1\nb: *x\nc: &x 2\nd: *x\n").document.data)).toEqual({ a: 1, b: 1, c: 2, d: 2 });
});

test("a variable alone is its typed value, inside a text it is text", () => {
  const text =
    "a: ${vars.n}\nb: ['${vars.n}', \"n=${vars.n}, ${vars.s}\"]\nvars: { n: 3, s: x, unused: ${vars.n} }\n";
  const { document, vars } = read(text.replace("${vars.n} }", "'${vars.n}' }"));
  expect(plain(document.data)).toEqual({
    a: 3,
    b: [3, "n=3, x"],
    vars: { n: 3, s: "x", unused: "${vars.n}" },
  });
  expect({ ...vars }).toEqual({ n: 3, s: "x" });
});

test("the caller's variables win over the defaults", () => {
  const { document, vars } = read("vars: { n: 3, m: 4 }\na: ${vars.n}\n", { n: null, m: 5 });
  expect(document.data.a).toBeNull();
  expect({ ...vars }).toEqual({ n: null });
});

test("a variable's value is not searched for variables", () => {
  expect(read('vars: { a: "${vars.b}", b: 1 }\nx: "${vars.a}!"\n').document.data.x).toBe("${vars.b}!");
});

test("a pointer that leads nowhere is located at the nearest ancestor", () => {
  const { document } = read("steps:\n  select:\n    uses: filter\n    'a/b~': 1\n");
  expect(document.locate("/steps/select/rows/0", "key")).toEqual(document.locate("/steps/select", "key"));
  expect(document.locate("/steps/select/a~1b~0", "value")).toMatchObject({ line: 4, column: 13 });
  expect(document.locate("", "value")).toMatchObject({ line: 1, column: 1 });
});

test("a value that is not written is located at its key", () => {
  expect(read("name:\nversion: 1\n").document.locate("/name", "value")).toMatchObject({
    line: 1,
    column: 1,
    endColumn: 5,
  });
});

test("any JSON object that is written as YAML reads back equal", () => {
  const style = fc.constantFrom("PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED");
  const object = fc.dictionary(
    fc.string({ unit: "binary" }),
    fc.jsonValue({ stringUnit: "binary", maxDepth: 5 }),
  );
  fc.assert(
    fc.property(object, style, (value, defaultStringType) => {
      const text = stringify(value, {
        defaultStringType,
        defaultKeyType: "QUOTE_DOUBLE",
        aliasDuplicateObjects: false,
      });
      expect(plain(read(text).document.data)).toEqual(plain(value));
    }),
    { numRuns: 300 },
  );
});

test("JSON is YAML", () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(object, (value) => {
      expect(plain(read(JSON.stringify(value, null, 2)).document.data)).toEqual(plain(value));
    }),
  );
});

test("random bytes and random YAML give a document or diagnostics, and never throw", () => {
  const piece = fc.constantFrom(
    ..."a|b|: |:|- |? |, |[|]|{|}|\n|\r\n|\r|  |\t|'|\"|\\|#|&a |*a |!t |!!int |<<: *a|%YAML 1.1\n|---\n|...\n|>\n |> |${vars.a}|\u0000|\u2028|é|😀|1|~".split(
      "|",
    ),
    "|\n ",
    "vars: {a: 1}\n",
  );
  const input = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(piece, { maxLength: 60 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(input, (text) => {
      const { document, diagnostics } = readDocument({ text, file: "spec.yaml" });
      expect(document !== undefined || diagnostics.length > 0).toBe(true);
      for (const { range } of diagnostics) {
        if (range === undefined) continue;
        expect(range.line * 1e6 + range.column).toBeLessThanOrEqual(range.endLine * 1e6 + range.endColumn);
      }
    }),
    { numRuns: 2000 },
  );
});
