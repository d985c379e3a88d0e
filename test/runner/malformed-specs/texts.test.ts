import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("a template or expression that cannot work on its rows is told under the very word", () => {
  test("a variable that no row has", () => {
    expect(diagnose(["{{ item.text }}", "{{ item.txt }}"])).toMatchInlineSnapshot();
  });

  test("a variable that no row has in a block scalar", () => {
    expect(diagnose(['content: "{{ item.text }}"', "content: |\n          Ticket:\n          {{ item.txt }}"])).toMatchInlineSnapshot();
  });

  test("a variable that no row has in a folded scalar", () => {
    expect(diagnose(['content: "{{ item.text }}"', "content: >-\n          Ticket\n          of {{ item.txt }}"])).toMatchInlineSnapshot();
  });

  test("a variable that no row has in a grader", () => {
    expect(diagnose(['{{ item.team }}", operation', '{{ item.tem }}", operation'])).toMatchInlineSnapshot();
  });

  test("a variable that no row has in metadata", () => {
    expect(diagnose(["{{ item.customer.plan }}", "{{ item.custmer.plan }}"])).toMatchInlineSnapshot();
  });

  test("a nested column that no row has", () => {
    expect(diagnose(["{{ item.customer.plan }}", "{{ item.customer.plam }}"])).toMatchInlineSnapshot();
  });

  test("a root that there is not in a template", () => {
    expect(diagnose(["{{ item.text }}", "{{ itm.text }}"])).toMatchInlineSnapshot();
  });

  test("a bare name in a template", () => {
    expect(diagnose(["{{ item.text }}", "{{ text }}"])).toMatchInlineSnapshot();
  });

  test("a template that is not closed", () => {
    expect(diagnose(["{{ item.text }}", "{{ item.text }"])).toMatchInlineSnapshot();
  });

  test("a block that is not closed", () => {
    expect(diagnose(["{{ item.text }}", "{{#if item.text}}x"])).toMatchInlineSnapshot();
  });

  test("a helper that there is not", () => {
    expect(diagnose(["{{ item.text }}", "{{ upper item.text }}"])).toMatchInlineSnapshot();
  });

  test("an expression with a misspelt root", () => {
    expect(diagnose(["sample.finish_reason == 'stop'", "sampel.finish_reason == 'stop'"])).toMatchInlineSnapshot();
  });

  test("an expression with a misspelt field", () => {
    expect(diagnose(["sample.finish_reason == 'stop'", "sample.finish_reson == 'stop'"])).toMatchInlineSnapshot();
  });

  test("an expression with a column that no row has", () => {
    expect(diagnose(["by: item.text", "by: item.texd"])).toMatchInlineSnapshot();
  });

  test("an expression with a type error", () => {
    expect(diagnose(["sample.finish_reason == 'stop'", "sample.finish_reason > 3"])).toMatchInlineSnapshot();
  });

  test("an expression that is no condition", () => {
    expect(diagnose(["sample.finish_reason == 'stop'", "sample.output_text"])).toMatchInlineSnapshot();
  });

  test("an expression with a syntax error", () => {
    expect(diagnose(["sample.finish_reason == 'stop'", "sample.finish_reason == 'stop' &&"])).toMatchInlineSnapshot();
  });

  test("one equals sign in an expression", () => {
    expect(diagnose(["sample.finish_reason == 'stop'", "sample.finish_reason = 'stop'"])).toMatchInlineSnapshot();
  });

  test("a function that there is not", () => {
    expect(diagnose(["sample.finish_reason == 'stop'", "sample.output_text.startWith('a')"])).toMatchInlineSnapshot();
  });

  test("a value without braces that is meant as one", () => {
    expect(diagnose(['target: "{{ item.team }}"', "target: team"])).toMatchInlineSnapshot();
  });

  test("an answer where there is none yet", () => {
    expect(diagnose(['target: "{{ item.team }}"', "target: sample.output_text"])).toMatchInlineSnapshot();
  });

  test("an answer in a prompt", () => {
    expect(diagnose(["{{ item.text }}", "{{ sample.output_text }}"])).toMatchInlineSnapshot();
  });

  test("a metadata key that nobody gives", () => {
    expect(diagnose(["by: item.text", "by: metadata.topic"])).toMatchInlineSnapshot();
  });

  test("metadata of rows that have none", () => {
    expect(diagnose(['target: "{{ item.team }}"', "target: metadata.task"])).toMatchInlineSnapshot();
  });
});
