import fc from "fast-check";
import Handlebars from "handlebars";
import { expect, it } from "vitest";
import { compileTemplate } from "../../src/templating/template.ts";

const scope = {
  item: {
    text: "T",
    n: 7,
    zero: 0,
    yes: true,
    no: false,
    blank: "",
    key: "text",
    list: ["a", "b"],
    empty: [],
    map: { k: "v", l: "w" },
    rows: [
      { name: "x", tags: ["p", "q"] },
      { name: "y", tags: [] },
    ],
  },
};

/** Where a tag stands: the strings that it can show, and what it can ask for and repeat. */
interface Place {
  readonly values: readonly string[];
  readonly conditions: readonly string[];
  readonly blocks: readonly { readonly open: string; readonly close: string; readonly inner: Place }[];
}

// Only strings are shown: Handlebars adds up unescaped numbers and booleans that stand side by side.
const anywhere = ["@root.item.text", "@root.item.[key]", "lookup @root.item 'text'"];
const loop = ["@first", "@last", "@index", "@key"];
const leaf: Place = { values: [...anywhere, "this", "."], conditions: loop, blocks: [] };
const row: Place = {
  values: [...anywhere, "name", "this.name", "./name", "../item.text"],
  conditions: [...loop, "tags.length", "tags", "name"],
  blocks: [
    { open: "#each tags", close: "each", inner: { ...leaf, values: [...leaf.values, "../name"] } },
    {
      open: "#each tags as |tag at|",
      close: "each",
      inner: { ...leaf, conditions: ["tag", "at", "@../index"] },
    },
    { open: "#each @root.item.empty", close: "each", inner: leaf },
  ],
};
const inItem: Place = {
  values: [...anywhere, "text", "../item.key", "this.key"],
  conditions: ["n", "no"],
  blocks: [],
};
const root: Place = {
  values: [...anywhere, "item.text", "item.list.[1]", "item.[text]", "lookup item item.key"],
  conditions: ["item.none.deeper", "item.list.length"],
  blocks: [
    { open: "#each item.rows", close: "each", inner: row },
    { open: "#each item.rows as |r|", close: "each", inner: { ...row, values: [...row.values, "r.name"] } },
    { open: "#each item.map", close: "each", inner: { ...leaf, values: [...leaf.values, "@key"] } },
    { open: "#each item.list", close: "each", inner: leaf },
    { open: "#each item.none", close: "each", inner: leaf },
    { open: "#with item", close: "with", inner: inItem },
    { open: "#with item.none", close: "with", inner: { ...inItem, values: anywhere } },
  ],
};

const conditions = ["text", "none", "none.deeper", "zero", "blank", "empty", "list", "map", "no", "n"].map(
  (name) => `@root.item.${name}`,
);
const pieces = ["", " ", "\n", "  \n", "\r\n", "\t", "a", "x\n y", "\n\n", " b ", "\\{{ item }}", "\n  \n"];

const tilde = fc.constantFrom("", "", "", "~");
const tag = (inner: fc.Arbitrary<string>) =>
  fc.tuple(tilde, inner, tilde).map(([left, text, right]) => `{{${left}${text}${right}}}`);

function body(place: Place, depth: number): fc.Arbitrary<string> {
  return fc.array(node(place, depth), { maxLength: depth > 2 ? 2 : 5 }).map((nodes) => nodes.join(""));
}

function node(place: Place, depth: number): fc.Arbitrary<string> {
  const text = fc.constantFrom(...pieces);
  const value = fc.constantFrom(...place.values);
  const mustache = fc.oneof(
    tag(value),
    tag(value.map((path) => `{ ${path} }`)),
    tag(value.map((path) => `&${path}`)),
  );
  const comment = fc.oneof(tag(fc.constantFrom("! c ", "!-- {{c}}\n --")), fc.constant("{{!}}"));
  const simple = [
    { arbitrary: text, weight: 4 },
    { arbitrary: mustache, weight: 2 },
    { arbitrary: mustache.map((written) => `\\\\${written}`), weight: 1 },
    { arbitrary: comment, weight: 1 },
  ];
  if (depth === 4) return fc.oneof(...simple);
  return fc.oneof(
    ...simple,
    { arbitrary: condition(place, depth), weight: 2 },
    { arbitrary: context(place, depth), weight: 2 },
  );
}

function condition(place: Place, depth: number): fc.Arbitrary<string> {
  const path = fc.constantFrom(...conditions, ...place.conditions);
  const inner = body(place, depth + 1);
  const otherwise = fc.oneof(
    fc.constant(""),
    fc.tuple(tag(fc.constantFrom("else", "^", " else ")), inner).map((parts) => parts.join("")),
    fc.tuple(tag(path.map((of) => `else if ${of}`)), inner).map((parts) => parts.join("")),
  );
  return fc
    .constantFrom("if", "unless")
    .chain((name) =>
      fc
        .tuple(tag(path.map((of) => `#${name} ${of}`)), inner, otherwise, tag(fc.constant(`/${name}`)))
        .map((parts) => parts.join("")),
    );
}

function context(place: Place, depth: number): fc.Arbitrary<string> {
  if (place.blocks.length === 0) return condition(place, depth);
  return fc.constantFrom(...place.blocks).chain(({ open, close, inner }) =>
    fc
      .tuple(
        tag(fc.constant(open)),
        body(inner, depth + 1),
        fc.oneof(
          fc.constant(""),
          fc.tuple(tag(fc.constant("else")), body(place, depth + 1)).map((parts) => parts.join("")),
        ),
        tag(fc.constant(`/${close}`)),
      )
      .map((parts) => parts.join("")),
  );
}

it("safe templates render as they do in Handlebars, whitespace included", () => {
  let blocks = 0;
  fc.assert(
    fc.property(body(root, 0), (text) => {
      if (text.includes("{{#")) blocks += 1;
      const compiled = compileTemplate(text);
      expect(compiled.ok || compiled.problems).toBe(true);
      if (compiled.ok)
        expect(compiled.template.render(scope)).toBe(Handlebars.compile(text, { noEscape: true })(scope));
    }),
    { numRuns: 300 },
  );
  expect(blocks).toBeGreaterThan(100);
}, 60_000);

it("any text that Handlebars cannot read is a problem here too, and the other way round it is named", () => {
  const noise = fc.constantFrom(
    "{{",
    "}}",
    "{",
    "}",
    "~",
    "#if",
    "/if",
    "else",
    " ",
    "a",
    ".",
    "(",
    ")",
    '"',
    "!",
    "--",
    "\n",
    "^",
    "@",
    "=",
    "|",
    "as",
    "1",
    "[",
    "]",
    "\\",
  );
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 14 }), (parts) => {
      const text = parts.join("");
      const isRead = canBeParsed(text);
      const compiled = compileTemplate(text);
      if (!isRead) expect(compiled.ok).toBe(false);
      for (const { message, offset, length } of compiled.ok ? [] : compiled.problems) {
        expect(message).not.toMatch(/\n|Parse error|Expecting|Lexical/);
        expect(length).toBeGreaterThan(0);
        expect(offset + length).toBeLessThanOrEqual(Math.max(1, text.length));
      }
    }),
    { numRuns: 3_000 },
  );
});

function canBeParsed(text: string): boolean {
  try {
    Handlebars.parse(text);
    return true;
  } catch {
    return false;
  }
}
