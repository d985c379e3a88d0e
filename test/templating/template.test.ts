import { describe, expect, it } from "vitest";
import { RenderError } from "../../src/templating/render-error.ts";
import { compileTemplate, type Scope } from "../../src/templating/template.ts";

const scope = {
  item: {
    text: "<b>Tom & Jerry's</b>",
    n: 3,
    zero: 0,
    yes: true,
    nothing: null,
    list: ["a", "b"],
    rows: [
      { name: "x", team: "net" },
      { name: "y", team: "mail" },
    ],
    empty: [],
    scores: { net: 0.5, mail: 0.25 },
    team: "mail",
    "two words": "tw",
  },
  metadata: { task: "routing" },
};

describe("a template", () => {
  it("inserts strings as they are, with two braces or three", () => {
    expect(render("{{ item.text }}|{{{item.text}}}|{{& item.text}}")).toBe(
      Array(3).fill(scope.item.text).join("|"),
    );
  });

  it("inserts everything else as canonical JSON", () => {
    expect(render("{{item.n}} {{item.yes}} {{item.list}} {{item.scores}}")).toBe(
      '3 true ["a","b"] {"mail":0.25,"net":0.5}',
    );
  });

  it("never adds up what stands side by side", () => {
    expect(render("{{item.n}}{{item.n}}{{item.yes}}")).toBe("33true");
  });

  it("reads entries, lengths, names in brackets and computed keys", () => {
    const text =
      "{{item.list.[1]}} {{item.list.length}} {{item.[two words]}} {{lookup item.scores item.team}}";
    expect(render(text)).toBe("b 2 tw 0.25");
  });

  it("repeats over arrays and objects with @index, @key, @first, @last and names after as", () => {
    expect(render("{{#each item.rows}}{{@index}}{{name}}{{#unless @last}},{{/unless}}{{/each}}")).toBe(
      "0x,1y",
    );
    expect(render("{{#each item.scores as |score team|}}{{team}}={{score}} {{/each}}")).toBe(
      "net=0.5 mail=0.25 ",
    );
    expect(
      render(
        "{{#each item.rows}}{{#each @root.item.list}}{{@../index}}{{@index}}{{this}}{{../name}} {{/each}}{{/each}}",
      ),
    ).toBe("00ax 01bx 10ay 11by ");
  });

  it("leaves the scope of each and with by ../ and of nothing else", () => {
    expect(render("{{#with item}}{{#if n}}{{n}}{{../metadata.task}}{{/if}}{{/with}}")).toBe("3routing");
  });

  it("prefers a field over a name after as where the path says this", () => {
    expect(render("{{#each item.rows as |name|}}{{this.name}}{{name.team}}{{/each}}")).toBe("xnetymail");
  });

  it("takes what is missing, empty, null, false or 0 for false", () => {
    const conditions = ["item.none", "item.none.deeper", "none", "item.empty", "item.nothing", "item.zero"];
    for (const path of conditions) expect(render(`{{#if ${path}}}yes{{else}}no{{/if}}`)).toBe("no");
    expect(render("{{#if item.zero includeZero=true}}yes{{/if}}")).toBe("yes");
    expect(
      render("{{#each item.none}}x{{else}}none{{/each}}{{#with item.nothing}}x{{else}}null{{/with}}"),
    ).toBe("nonenull");
    expect(render("{{#if item.none}}a{{else if item.n}}b{{else}}c{{/if}}")).toBe("b");
  });

  it("writes braces that follow a backslash", () => {
    expect(render("\\{{item.text}} {{item.n}}")).toBe("{{item.text}} 3");
  });

  it("can be rendered again and again", () => {
    const compiled = compileTemplate("{{item.n}}");
    if (!compiled.ok) throw new Error("does not compile");
    expect([1, 2].map((n) => compiled.template.render({ item: { n } }))).toEqual(["1", "2"]);
  });

  it("says what is missing and what is there instead", () => {
    const texts = [
      "{{item.txt}}",
      "{{sample.output_text}}",
      "{{item.nothing}}",
      "{{item.nothing.deeper}}",
      "{{item.text.deeper}}",
      "{{item.list.[7]}}",
      "{{#each item.rows}}{{nam}}{{/each}}",
      '{{lookup item.scores "hardware"}}',
      "{{lookup item.scores item.text}}",
      "{{lookup item.scores item.none}}",
      "{{#each item.text}}{{/each}}",
      "{{#each item.empty}}{{else}}{{item.no}}{{/each}}",
    ];
    expect(texts.map(failure)).toMatchInlineSnapshot(`
      [
        ""item.txt" is missing: "item" has text, n, zero, yes, nothing, list, rows, empty, …",
        ""sample.output_text" is missing: there are item, metadata",
        ""item.nothing" is null",
        ""item.nothing.deeper" is missing: "item.nothing" is null",
        ""item.text.deeper" is missing: "item.text" is a string",
        ""item.list.[7]" is missing: "item.list" is an array",
        ""nam" is missing: there are name, team",
        ""lookup item.scores "hardware"" is missing: "item.scores" has net, mail",
        ""lookup item.scores item.text" is missing: the key is "<b>Tom & Jerry's</b>", "item.scores" has net, mail",
        ""lookup item.scores item.none" is missing: the key is nothing, "item.scores" has net, mail",
        ""item.text" is a string, and {{#each}} takes an array or an object",
        ""item.no" is missing: "item" has text, n, zero, yes, nothing, list, rows, empty, …",
      ]
    `);
  });

  it("tells failures apart and names the path", () => {
    expect(errorOf("{{ item.txt }}")).toMatchObject({ failure: "missing", path: "item.txt" });
    expect(errorOf("{{item.nothing}}")).toMatchObject({ failure: "null", path: "item.nothing" });
    expect(errorOf("{{#each item.n}}{{/each}}")).toMatchObject({ failure: "kind", path: "item.n" });
  });
});

function render(text: string, over: Scope = scope): string {
  const compiled = compileTemplate(text);
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join("; "));
  return compiled.template.render(over);
}

function errorOf(text: string): RenderError {
  try {
    render(text);
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
  throw new Error(`${text} renders`);
}

function failure(text: string): string {
  return errorOf(text).message;
}
