import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import type { Range } from "../../../src/runner/diagnostic.ts";
import { readDocument } from "../../../src/runner/document.ts";

function document(text: string, vars = {}) {
  return readDocument({ text, file: "spec.yaml", vars }).document!;
}

function cut(text: string, { line, column, endLine, endColumn }: Range): string {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return text.slice(starts[line - 1]! + column - 1, starts[endLine - 1]! + endColumn - 1);
}

/** What the file says where a value says `part`. */
function written(text: string, part: string, pointer = "/a"): string {
  const read = document(text);
  const value = pointer === "/a" ? (read.data.a as string) : "";
  return cut(text, read.locateText(pointer, value.indexOf(part), part.length)!);
}

test("a part of a plain text is found", () => {
  expect(written("a: one two\n", "two")).toBe("two");
  expect(written("a: one\n  two\n\n  three\n", "three")).toBe("three");
});

test("a part of a quoted text is found behind escapes", () => {
  expect(written("a: 'it''s {{ item }}'\n", "item")).toBe("item");
  expect(written("a: 'it''s'\n", "'")).toBe("''");
  expect(written('a: "\\ttab \\u00e9 \\x41 {{ item }}"\n', "item")).toBe("item");
  expect(written('a: "\\u00e9x"\n', "é")).toBe("\\u00e9");
  expect(written('a: "one\n  two \\\n  three\n\n  four"\n', "four")).toBe("four");
  expect(written('a: "one\n  two \\\n  three\n\n  four"\n', "three")).toBe("three");
});

test("a part of a block text is found, whatever its indentation and line ends", () => {
  expect(written("a: |\n  one\n    two\n  three\n", "three")).toBe("three");
  expect(written("a: |\n  one\n    two\n  three\n", "  two")).toBe("  two");
  expect(written("a: |2-\n   one\n  two\n", "two")).toBe("two");
  expect(written("a: >\n  one\n  two\n\n  three\n    more\n  four\n", "four")).toBe("four");
  expect(written("a: >+ # comment\n\n  one\n  two\n\n", "two")).toBe("two");
  expect(written("a: |\r\n  one\r\n  two\r\n", "two")).toBe("two");
});

test("a part of a text with variables is found around them, and inside them the reference", () => {
  const text = 'vars: { n: 12345 }\na: "say \\"${vars.n}\\" to {{ item }}"\n';
  expect(written(text, "item")).toBe("item");
  expect(written(text, "234")).toBe("${vars.n}");
  expect(written(text, "say")).toBe("say");
});

test("a part of an aliased or merged text is found where it is written", () => {
  const text = "x-t: &t hello {{ item }}\nx-m: &m { t: *t }\nb: { <<: *m }\n";
  expect(document(text).locateText("/b/t", 9, 4)).toEqual(document(text).locateText("/x-t", 9, 4));
});

test("what is no text, or not there, is located as a whole", () => {
  const read = document("a: [1]\nb: ''\n");
  expect(read.locateText("/a", 0, 3)).toEqual(read.locate("/a", "value"));
  expect(read.locateText("/b", 0, 1)).toEqual(read.locate("/b", "value"));
  expect(read.locateText("/a/7", 0, 1)).toEqual(read.locate("/a", "value"));
});

test("every letter of any text is found again in all five styles", () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9'"{}.\\:#-]{1,12}$/);
  const gap = fc.constantFrom(" ", "  ", "\n", "\n\n", "\n  ", " \n", "\t");
  const text = fc
    .array(fc.tuple(word, gap), { minLength: 1, maxLength: 30 })
    .map((all) => all.flat().join(""));
  const style = fc.constantFrom("PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED");
  fc.assert(
    fc.property(text, style, fc.boolean(), (value, defaultStringType, crlf) => {
      const unix = stringify(
        { x: { y: [value] } },
        { defaultStringType, defaultKeyType: "PLAIN", lineWidth: 40 },
      );
      const yaml = crlf ? unix.replaceAll("\n", "\r\n") : unix;
      const read = document(yaml);
      const found = (read.data as { x: { y: [string] } }).x.y[0];
      for (let at = 0; at < found.length; at += 1) {
        const source = cut(yaml, read.locateText("/x/y/0", at, 1)!);
        const letter = found[at]!;
        if (/\s/.test(letter)) expect(source.length).toBeLessThan(yaml.length / 2 + 40);
        else expect([letter, `\\${letter}`, `'${letter}`]).toContain(source);
      }
    }),
    { numRuns: 500 },
  );
});
