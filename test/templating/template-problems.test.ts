import { expect, it } from "vitest";
import type { TextProblem } from "../../src/templating/problem.ts";
import { compileTemplate } from "../../src/templating/template.ts";

it("a tag that is not closed is shown where it begins", () => {
  expect(
    draw(
      "Ticket: {{item.text} please",
      "a {{ item.text and then a long prompt. With, more\nand {{item.b}}",
      "{{",
    ),
  ).toMatchInlineSnapshot(`
    "
    Ticket: {{item.text} please
            ~~~~~~~~~~~ "{{item.text" is never closed; end it with "}}"

    a {{ item.text and then a long prompt. With, more
      ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ "{{ item.text and then a long prompt. Wi…" is never closed; end it with "}}"

    {{
    ~~ "{{" is never closed; end it with "}}"
    "
  `);
});

it("a comment or a quoted text that is not closed is shown where it begins", () => {
  expect(draw("x {{!-- a }} b", "x {{! a", '{{lookup item "a}}')).toMatchInlineSnapshot(`
    "
    x {{!-- a }} b
      ~~~~~~~~~~~~ the comment is never closed; end it with "--}}"

    x {{! a
      ~~~~~ the comment is never closed; end it with "}}"

    {{lookup item "a}}
                  ~ the text in quotes is never closed
    "
  `);
});

it("blocks that do not nest are named with what would close them", () => {
  expect(
    draw(
      "{{#if item.a}}x",
      "{{#if item.a}}x{{/each}}",
      "x{{/if}}",
      "{{else}}",
      "{{#each item.l}}{{#if b}}x{{/each}}",
      "{{#if a}}b{{else}}c{{else}}d{{/if}}",
    ),
  ).toMatchInlineSnapshot(`
    "
    {{#if item.a}}x
    ~~~~~~~~~~~~~~ "{{#if item.a}}" is never closed; close it with "{{/if}}"

    {{#if item.a}}x{{/each}}
                   ~~~~~~~~~ "{{/each}}" closes "{{#if item.a}}"; close that with "{{/if}}" first

    x{{/if}}
     ~~~~~~~ "{{/if}}" closes nothing

    {{else}}
    ~~~~~~~~ "{{else}}" belongs to no block

    {{#each item.l}}{{#if b}}x{{/each}}
                              ~~~~~~~~~ "{{/each}}" closes "{{#if b}}"; close that with "{{/if}}" first

    {{#if a}}b{{else}}c{{else}}d{{/if}}
                       ~~~~~~~~ "{{else}}" cannot stand here
    "
  `);
});

it("braces of the text that touch a tag are told apart", () => {
  expect(
    draw('{"a":{{item.n}}}', '{"a":{"b":{{item.n}}}}', "{{{item.n}}", "{{ item.a, }}"),
  ).toMatchInlineSnapshot(`
    "
    {"a":{{item.n}}}
         ~~~~~~~~~~~ "{{item.n}}}" opens and closes with different braces; put a space between "}}" and a "}" of the text

    {"a":{"b":{{item.n}}}}
              ~~~~~~~~~~~~ "{{item.n}}}}" opens and closes with different braces; put a space between "}}" and a "}" of the text

    {{{item.n}}
    ~~~~~~~~~~~ "{{{item.n}}" opens and closes with different braces

    {{ item.a, }}
             ~ "," cannot stand inside a tag; to write "{{" itself, put a backslash before it: "\\{{"
    "
  `);
});

it("paths that cannot be are shown", () => {
  expect(
    draw(
      "{{item.0}}",
      "{{item..a}}",
      "{{item.}}",
      "{{item/../b}}",
      "{{}}",
      "{{12}}",
      "{{'a'}}",
      "{{this}}",
      "{{../a}}",
    ),
  ).toMatchInlineSnapshot(`
    "
    {{item.0}}
           ~ "0" cannot stand here; write "[0]" for an entry of a list

    {{item..a}}
      ~~~~~~ "item.." has a dot too many

    {{item.}}
      ~~~~~ "item." has a dot too many

    {{item/../b}}
      ~~~~~~~~~ "..", "." and "this" can only begin a path

    {{}}
    ~~~~ "{{}}" is empty; name what to insert, such as {{ item.text }}

    {{12}}
      ~~ "12" is not a path; name a field, such as item.text

    {{'a'}}
      ~~~ "'a'" is not a path; name a field, such as item.text

    {{this}}
      ~~~~ "this" is the whole scope; name a part of it, such as item

    {{../a}}
      ~~~~ "../a" leads out of the scope
    "
  `);
});

it("what Handlebars has and templates here have not is named", () => {
  expect(
    draw(
      "{{> footer}}",
      "{{#> a}}x{{/a}}",
      '{{#*inline "a"}}x{{/inline}}',
      "{{* a}}",
      "{{^if x}}a{{/if}}",
      "{{{{raw}}}}x{{{{/raw}}}}",
      "{{#item.list}}x{{/item.list}}",
    ),
  ).toMatchInlineSnapshot(`
    "
    {{> footer}}
    ~~~~~~~~~~~~ partials are not supported

    {{#> a}}x{{/a}}
    ~~~~~~~~ partials are not supported

    {{#*inline "a"}}x{{/inline}}
    ~~~~~~~~~~~~~~~~ decorators are not supported

    {{* a}}
    ~~~~~~~ decorators are not supported

    {{^if x}}a{{/if}}
    ~~~~~~~~~ inverted blocks are not supported; write "{{#unless …}}"

    {{{{raw}}}}x{{{{/raw}}}}
    ~~~~ raw blocks ("{{{{") are not supported

    {{#item.list}}x{{/item.list}}
       ~~~~~~~~~ there is no block "item.list"; there are "if", "unless", "each" and "with": write "{{#each item.list}}" to repeat
    "
  `);
});

it("helpers and blocks are used as they are meant", () => {
  expect(
    draw(
      "{{#if (eq a b)}}x{{/if}}",
      "{{log a}}",
      "{{lookup item}}",
      "{{#if a b}}x{{/if}}",
      "{{#if}}x{{/if}}",
      "{{if x}}",
      "{{#if 1}}{{/if}}",
      "{{#if a as |y|}}{{/if}}",
      "{{#with a as |x y|}}{{/with}}",
      "{{#if a foo=1}}{{/if}}",
    ),
  ).toMatchInlineSnapshot(`
    "
    {{#if (eq a b)}}x{{/if}}
           ~~ there is no helper "eq"; the only helper is lookup; the blocks are "if", "unless", "each" and "with"

    {{log a}}
      ~~~ there is no helper "log"; the only helper is lookup; the blocks are "if", "unless", "each" and "with"

    {{lookup item}}
      ~~~~~~ lookup takes two arguments; write {{ lookup item.scores item.team }}

    {{#if a b}}x{{/if}}
            ~ {{#if}} takes one path; nest blocks to combine conditions

    {{#if}}x{{/if}}
       ~~ {{#if}} takes one path; write {{#if item.text}}

    {{if x}}
      ~~ "if" is a block; write "{{#if …}}…{{/if}}", or this.if for a field

    {{#if 1}}{{/if}}
          ~ "1" is not a path; name a field, such as item.text

    {{#if a as |y|}}{{/if}}
       ~~ {{#if}} takes no name after "as"

    {{#with a as |x y|}}{{/with}}
       ~~~~ {{#with}} takes one name after "as"

    {{#if a foo=1}}{{/if}}
            ~~~~~ {{#if}} has no option "foo=1"
    "
  `);
});

it("data variables exist where they mean something", () => {
  expect(
    draw(
      "{{@index}}",
      "{{#each item.l}}{{@../index}}{{/each}}",
      "{{@root}}",
      "{{@root.constructor}}",
      "{{@level}}",
      "{{#each item.l as |x i|}}{{i.a}}{{/each}}",
    ),
  ).toMatchInlineSnapshot(`
    "
    {{@index}}
      ~~~~~~ "@index" stands outside of {{#each}}

    {{#each item.l}}{{@../index}}{{/each}}
                      ~~~~~~~~~ "@../index" stands outside of {{#each}}

    {{@root}}
      ~~~~~ "@root" is the whole scope; name a part of it, such as item

    {{@root.constructor}}
      ~~~~~~~~~~~~~~~~~ no field of a row may be called "constructor"

    {{@level}}
      ~~~~~~ there is no "@level"; there are @index, @key, @first, @last and @root.item

    {{#each item.l as |x i|}}{{i.a}}{{/each}}
                               ~~~ "i.a" reads a field of a key
    "
  `);
});

it("no path reaches JavaScript's own names", () => {
  expect(
    draw(
      "{{item.constructor}}",
      "{{item.__proto__.x}}",
      "{{lookup item '__proto__'}}",
      "{{#with item as |i|}}{{i.prototype}}{{/with}}",
      "{{__defineGetter__}}",
      "{{item.[constructor]}}",
    ),
  ).toMatchInlineSnapshot(`
    "
    {{item.constructor}}
      ~~~~~~~~~~~~~~~~ no field of a row may be called "constructor"

    {{item.__proto__.x}}
      ~~~~~~~~~~~~~~~~ no field of a row may be called "__proto__"

    {{lookup item '__proto__'}}
                  ~~~~~~~~~~~ no field of a row may be called "__proto__"

    {{#with item as |i|}}{{i.prototype}}{{/with}}
                           ~~~~~~~~~~~ no field of a row may be called "prototype"

    {{__defineGetter__}}
      ~~~~~~~~~~~~~~~~ no field of a row may be called "__defineGetter__"

    {{item.[constructor]}}
      ~~~~~~~~~~~~~~~~~~ no field of a row may be called "constructor"
    "
  `);
});

it("all problems of a text are told at once", () => {
  expect(draw("{{ @index }} {{#if}}{{/if}} {{ this }}")).toMatchInlineSnapshot(`
    "
    {{ @index }} {{#if}}{{/if}} {{ this }}
       ~~~~~~ "@index" stands outside of {{#each}}
    {{ @index }} {{#if}}{{/if}} {{ this }}
                    ~~ {{#if}} takes one path; write {{#if item.text}}
    {{ @index }} {{#if}}{{/if}} {{ this }}
                                   ~~~~ "this" is the whole scope; name a part of it, such as item
    "
  `);
});

it("a place is inside the text or right at its end, and no message has a line break", () => {
  for (const text of ["{{", "{{#if a}}", "\0", "a\0b", "{{!", "{{{{", "{{\n}}", "{{#if\n\na}}", "{{a\nb}"]) {
    const compiled = compileTemplate(text);
    expect(compiled.ok, text).toBe(false);
    for (const { offset, length, message } of compiled.ok ? [] : compiled.problems) {
      expect(offset + length).toBeLessThanOrEqual(text.length);
      expect(length).toBeGreaterThan(0);
      expect(message).not.toContain("\n");
    }
  }
});

function draw(...texts: readonly string[]): string {
  return `\n${texts.map(drawOne).join("\n\n")}\n`;
}

function drawOne(text: string): string {
  const compiled = compileTemplate(text);
  return compiled.ok
    ? `${text}\nfine`
    : compiled.problems.map((problem) => drawProblem(text, problem)).join("\n");
}

function drawProblem(text: string, { message, offset, length, hint }: TextProblem): string {
  const before = text.slice(0, offset).split("\n").at(-1)!;
  const line = text.split("\n")[text.slice(0, offset).split("\n").length - 1]!;
  return `${line}\n${" ".repeat(before.length)}${"~".repeat(length)} ${message}${hint ? `; ${hint}` : ""}`;
}
