import { describe, expect, it } from "vitest";
import { RenderError } from "../../src/templating/render-error.ts";
import { compileTemplate, type Scope } from "../../src/templating/template.ts";

// A template that hangs fails by this timeout; it is generous because machines are slow, not templates.
const timeout = 20_000;

describe("a hostile template", { timeout }, () => {
  it.each([
    ["nested blocks", "{{#if a}}".repeat(5_700)],
    ["nested blocks that are closed", `${"{{#if a}}".repeat(3_000)}${"{{/if}}".repeat(3_000)}`],
    ["a long chain of else if", `{{#if a}}${"{{else if a}}".repeat(4_000)}{{/if}}`],
    ["nested parentheses", `{{lookup ${"(lookup ".repeat(6_000)}`],
    ["empty comments", "{{!----}}".repeat(29_000)],
    ["a path of a hundred thousand names", `{{${"a.".repeat(100_000)}a}}`],
    ["thousands of arguments", `{{lookup ${"a ".repeat(100_000)}}}`],
    ["thousands of block parameters", `{{#each a as |${"x ".repeat(100_000)}|}}{{/each}}`],
    ["a quoted text without end", `{{lookup a "${'\\"'.repeat(100_000)}`],
    ["comments without end", "{{!".repeat(80_000)],
    ["escaped tags", "\\{{a}}".repeat(40_000)],
    ["a megabyte", "a".repeat(1_000_000)],
  ])("of %s is refused", (_, text) => {
    const compiled = compileTemplate(text);
    expect(compiled.ok).toBe(false);
    expect(compiled.ok || compiled.problems.length).toBeLessThanOrEqual(20);
  });

  it.each([
    ["spaces", " ".repeat(200_000)],
    ["line ends", "\n \n".repeat(60_000)],
    ["braces", "}".repeat(200_000)],
    ["stripped line ends", `x${"\n ".repeat(100_000)}{{~#if a~}}${" \n".repeat(20_000)}{{/if}}`],
    ["standalone blocks", `{{#if a}}\n${" ".repeat(50)}\n{{/if}}\n`.repeat(1_000)],
    ["deep blocks side by side", `${"{{#if a}}".repeat(49)}${"{{/if}}".repeat(49)}\n`.repeat(20)],
  ])("of many %s still compiles and renders", (_, text) => {
    expect(render(text, {})).toBeTypeOf("string");
  });

  const big = Array.from({ length: 100_000 }, (_, index) => index);
  const scope = {
    item: {
      big,
      fields: Object.fromEntries(big.map((n) => [`k${n}`, n])),
      ten: big.slice(0, 10),
      text: "x".repeat(1e6),
    },
  };

  it.each([
    ["loops over loops", "{{#each item.big}}{{#each ../item.big}}{{/each}}{{/each}}"],
    [
      "loops over the fields of an object",
      "{{#each item.fields}}{{#each @root.item.fields}}{{this}}{{/each}}{{/each}}",
    ],
    ["forty loops", `${"{{#each @root.item.ten}}".repeat(40)}x${"{{/each}}".repeat(40)}`],
    [
      "conditions in loops",
      "{{#each item.big}}{{#each @root.item.ten}}{{#if @root.item}}{{/if}}{{/each}}{{/each}}",
    ],
    ["a long text in a loop", "{{#each item.big}}{{@root.item.text}}{{/each}}"],
    ["a long list in a loop", "{{#each item.big}}{{@root.item}}{{/each}}"],
  ])("of %s is stopped", (_, text) => {
    expect(errorOf(() => render(text, scope))).toMatchObject({ failure: "limit", path: null });
  });
});

describe("a hostile row", { timeout }, () => {
  it("has its own functions refused and never called", () => {
    let calls = 0;
    const own = () => {
      calls += 1;
      return "called";
    };
    const scope = { item: { own, list: [own], toString: own, toJSON: own } };
    for (const text of [
      "{{item.own}}",
      "{{#if item.own}}{{/if}}",
      "{{#each item.list}}{{this}}{{/each}}",
      "{{item}}",
      "{{lookup item 'own'}}",
      "{{#with item.own}}{{/with}}",
    ]) {
      expect(errorOf(() => render(text, scope))).toMatchObject({ failure: "kind" });
    }
    expect(calls).toBe(0);
  });

  it("has getters that are never called by a path", () => {
    let calls = 0;
    const item = {
      get secret() {
        calls += 1;
        return "called";
      },
    };
    expect(errorOf(() => render("{{item.secret}}", { item }))).toMatchObject({ failure: "missing" });
    expect(render("{{#if item.secret}}x{{/if}}{{#with item}}{{#if secret}}x{{/if}}{{/with}}", { item })).toBe(
      "",
    );
    expect(calls).toBe(0);
  });

  it("has an own __proto__ that no computed key reaches", () => {
    const item = JSON.parse(
      '{"__proto__":"own","constructor":"own","key":"__proto__","other":"constructor"}',
    );
    expect(errorOf(() => render("{{lookup item item.key}}", { item }))).toMatchObject({ failure: "missing" });
    expect(errorOf(() => render("{{lookup item item.other}}", { item }))).toMatchObject({
      failure: "missing",
    });
    expect(render("{{#if (lookup item item.key)}}x{{/if}}", { item })).toBe("");
  });

  it("shows nothing that is inherited", () => {
    const item = Object.create({ inherited: "x" });
    for (const text of [
      "{{item.inherited}}",
      "{{item.toString}}",
      "{{item.hasOwnProperty}}",
      "{{item.list.map}}",
      "{{item.text.big}}",
    ]) {
      expect(
        errorOf(() => render(text, { item: Object.assign(item, { list: [], text: "" }) })),
      ).toMatchObject({ failure: "missing" });
    }
  });

  it("ends even where it contains itself", () => {
    const item: Record<string, unknown> = {};
    item.self = item;
    expect(errorOf(() => render("{{item}}", { item }))).toMatchObject({ failure: "kind" });
    expect(render("{{#with item.self.self}}{{#if self}}x{{/if}}{{/with}}", { item })).toBe("x");
  });

  it("cannot smuggle a tag into a template", () => {
    expect(render("{{item.text}}", { item: { text: "{{item.secret}}", secret: "s" } })).toBe(
      "{{item.secret}}",
    );
  });
});

function render(text: string, scope: Scope): string {
  const compiled = compileTemplate(text);
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join("; "));
  return compiled.template.render(scope);
}

function errorOf(run: () => unknown): RenderError {
  try {
    run();
  } catch (error) {
    if (error instanceof RenderError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
