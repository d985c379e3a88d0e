import { describe, expect, it } from "vitest";
import { compileTemplate } from "../../src/templating/template.ts";

describe("the variables of a template", () => {
  it("are the paths that it reads, with the place of each", () => {
    const text = "Hi {{ item.name }},\n{{{ metadata.task }}} {{item.[two words].x}}";
    expect(variablesOf(text)).toEqual(["item.name", "metadata.task", "item.two words.x"]);
    expect(placesOf(text)).toEqual(["item.name", "metadata.task", "item.[two words].x"]);
  });

  it("keep their places behind line separators, comments and escaped braces", () => {
    const text = "a\u2028b\r\nc\rd {{!-- {{no}}\n --}} \\{{no}} é😀 {{item.a}} \u2029{{item.b}}";
    expect(placesOf(text)).toEqual(["item.a", "item.b"]);
  });

  it("do not include what is read of an element that only the row tells", () => {
    expect(variablesOf("{{#each item.list}}{{name}}{{this}}{{@index}}{{/each}}")).toEqual(["item.list?"]);
    expect(variablesOf("{{#each item.list as |x i|}}{{x.name}}{{i}}{{/each}}")).toEqual(["item.list?"]);
  });

  it("are resolved through with, names after as, ../ and @root", () => {
    expect(variablesOf("{{#with item.meta}}{{title}}{{/with}}")).toEqual(["item.meta?", "item.meta.title"]);
    expect(variablesOf("{{#with item.meta as |m|}}{{m.title}}{{/with}}")).toEqual([
      "item.meta?",
      "item.meta.title",
    ]);
    expect(variablesOf("{{#each item.list}}{{../item.a}}{{@root.item.b}}{{/each}}")).toEqual([
      "item.list?",
      "item.a",
      "item.b",
    ]);
    expect(
      variablesOf("{{#with item}}{{#each list}}{{../text}}{{../../metadata.x}}{{/each}}{{/with}}"),
    ).toEqual(["item?", "item.list?", "item.text", "metadata.x"]);
  });

  it("end where a computed key begins", () => {
    expect(variablesOf("{{lookup item.scores item.team}}")).toEqual(["item.scores", "item.team"]);
    expect(variablesOf('{{lookup item.scores "net"}}')).toEqual(["item.scores.net"]);
    expect(placesOf('{{lookup item.scores "net"}}')).toEqual(['item.scores "net"']);
  });

  it("are optional in a condition and where the condition holds", () => {
    expect(variablesOf("{{#if item.a}}{{item.a}}{{item.b}}{{else}}{{item.a}}{{/if}}{{item.a}}")).toEqual([
      "item.a?",
      "item.a?",
      "item.b",
      "item.a",
      "item.a",
    ]);
    expect(variablesOf("{{#unless item.a}}{{item.a}}{{else}}{{item.a}}{{/unless}}")).toEqual([
      "item.a?",
      "item.a",
      "item.a?",
    ]);
    expect(variablesOf("{{#if item.a.b}}{{item.a}}{{item.a.b.c}}{{/if}}")).toEqual([
      "item.a.b?",
      "item.a?",
      "item.a.b.c",
    ]);
    expect(variablesOf("{{#if item.a}}{{else if item.b}}{{item.b}}{{/if}}")).toEqual([
      "item.a?",
      "item.b?",
      "item.b?",
    ]);
  });
});

function compile(text: string) {
  const compiled = compileTemplate(text);
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join("; "));
  return compiled.template.variables;
}

function variablesOf(text: string): readonly string[] {
  return compile(text).map(({ path, optional }) => `${path.join(".")}${optional ? "?" : ""}`);
}

function placesOf(text: string): readonly string[] {
  return compile(text).map(({ offset, length }) => text.slice(offset, offset + length));
}
