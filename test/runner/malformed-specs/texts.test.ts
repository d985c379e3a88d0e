import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("a template or expression that cannot work on its rows is told under the very word", () => {
  test("a variable that no row has", () => {
    expect(diagnose(["{{ item.text }}", "{{ item.txt }}"])).toMatchInlineSnapshot(`
      "spec.yaml:13:27 error: the rows of "pool" have no column "txt"
         13 |         content: "{{ item.txt }}"
            |                           ~~~ did you mean "text"?"
    `);
  });

  test("a variable that no row has in a block scalar", () => {
    expect(
      diagnose(['content: "{{ item.text }}"', "content: |\n          Ticket:\n          {{ item.txt }}"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:15:19 error: the rows of "pool" have no column "txt"
         15 |           {{ item.txt }}
            |                   ~~~ did you mean "text"?"
    `);
  });

  test("a variable that no row has in a folded scalar", () => {
    expect(
      diagnose(['content: "{{ item.text }}"', "content: >-\n          Ticket\n          of {{ item.txt }}"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:15:22 error: the rows of "pool" have no column "txt"
         15 |           of {{ item.txt }}
            |                      ~~~ did you mean "text"?"
    `);
  });

  test("a variable that no row has in a grader", () => {
    expect(diagnose(['{{ item.team }}", operation', '{{ item.tem }}", operation'])).toMatchInlineSnapshot(`
      "spec.yaml:22:94 error: the rows of "split.validation" have no column "tem"
         22 | …string_check, input: "{{ sample.output_json.team }}", reference: "{{ item.tem }}", operation: eq }
            |                                                                            ~~~
            |                                                     did you mean "team"?"
    `);
  });

  test("a variable that no row has in metadata", () => {
    expect(diagnose(["{{ item.customer.plan }}", "{{ item.custmer.plan }}"])).toMatchInlineSnapshot(`
      "spec.yaml:31:47 error: the rows of "pool" have no column "custmer"
         31 |     metadata: { task: routing, plan: "{{ item.custmer.plan }}" }
            |                                               ~~~~~~~ did you mean "customer"?"
    `);
  });

  test("a nested column that no row has", () => {
    expect(diagnose(["{{ item.customer.plan }}", "{{ item.customer.plam }}"])).toMatchInlineSnapshot(`
      "spec.yaml:31:56 error: the rows of "pool" have no "item.customer.plam"
         31 |     metadata: { task: routing, plan: "{{ item.customer.plam }}" }
            |                                                        ~~~~"
    `);
  });

  test("a root that there is not in a template", () => {
    expect(diagnose(["{{ item.text }}", "{{ itm.text }}"])).toMatchInlineSnapshot(`
      "spec.yaml:13:22 error: a row has no field "itm"
         13 |         content: "{{ itm.text }}"
            |                      ~~~ did you mean "item"?"
    `);
  });

  test("a bare name in a template", () => {
    expect(diagnose(["{{ item.text }}", "{{ text }}"])).toMatchInlineSnapshot(`
      "spec.yaml:13:22 error: a row has no field "text"
         13 |         content: "{{ text }}"
            |                      ~~~~ did you mean "item.text"?"
    `);
  });

  test("a template that is not closed", () => {
    expect(diagnose(["{{ item.text }}", "{{ item.text }"])).toMatchInlineSnapshot(`
      "spec.yaml:13:19 error: "{{ item.text" is never closed
         13 |         content: "{{ item.text }"
            |                   ~~~~~~~~~~~~ end it with "}}""
    `);
  });

  test("a block that is not closed", () => {
    expect(diagnose(["{{ item.text }}", "{{#if item.text}}x"])).toMatchInlineSnapshot(`
      "spec.yaml:13:19 error: "{{#if item.text}}" is never closed
         13 |         content: "{{#if item.text}}x"
            |                   ~~~~~~~~~~~~~~~~~ close it with "{{/if}}""
    `);
  });

  test("a helper that there is not", () => {
    expect(diagnose(["{{ item.text }}", "{{ upper item.text }}"])).toMatchInlineSnapshot(`
      "spec.yaml:13:22 error: there is no helper "upper"
         13 |         content: "{{ upper item.text }}"
            |                      ~~~~~ the only helper is lookup; the blocks are
            |                            "if", "unless", "each" and "with""
    `);
  });

  test("an expression with a misspelt root", () => {
    expect(
      diagnose(["sample.finish_reason == 'stop'", "sampel.finish_reason == 'stop'"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:37:35 error: a row has no field "sampel"
         37 |       - { name: complete, where: "sampel.finish_reason == 'stop'" }
            |                                   ~~~~~~ did you mean "sample"?"
    `);
  });

  test("an expression with a misspelt field", () => {
    expect(
      diagnose(["sample.finish_reason == 'stop'", "sample.finish_reson == 'stop'"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:37:42 error: a sample has no field "finish_reson"
         37 |       - { name: complete, where: "sample.finish_reson == 'stop'" }
            |                                          ~~~~~~~~~~~~ did you mean "finish_reason"?"
    `);
  });

  test("an expression with a column that no row has", () => {
    expect(diagnose(["by: item.text", "by: item.texd"])).toMatchInlineSnapshot(`
      "spec.yaml:38:52 error: the rows of "capture" have no column "texd"
         38 |       - { name: leak, not_in: split.test, by: item.texd }
            |                                                    ~~~~ did you mean "text"?"
    `);
  });

  test("an expression with a type error", () => {
    expect(diagnose(["sample.finish_reason == 'stop'", "sample.finish_reason > 3"])).toMatchInlineSnapshot(`
      "spec.yaml:37:35 error: > takes two numbers, two strings or two bools, not a string and a number
         37 |       - { name: complete, where: "sample.finish_reason > 3" }
            |                                   ~~~~~~~~~~~~~~~~~~~~~~~~
            |               double(…) reads a number from a text, string(…) writes one"
    `);
  });

  test("an expression that is no condition", () => {
    expect(diagnose(["sample.finish_reason == 'stop'", "sample.output_text"])).toMatchInlineSnapshot(`
      "spec.yaml:37:35 error: this is a string, and must be true or false
         37 |       - { name: complete, where: "sample.output_text" }
            |                                   ~~~~~~~~~~~~~~~~~~
            |                   compare it with something, such as == 'stop' or >= 0.6"
    `);
  });

  test("an expression whose kind is not known before a row is read", () => {
    expect(diagnose(["sample.finish_reason == 'stop'", "sample.output_json.sure"])).toBe("");
  });

  test("an expression with a syntax error", () => {
    expect(
      diagnose(["sample.finish_reason == 'stop'", "sample.finish_reason == 'stop' &&"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:37:68 error: the expression ends too early
         37 |       - { name: complete, where: "sample.finish_reason == 'stop' &&" }
            |                                                                    ~"
    `);
  });

  test("one equals sign in an expression", () => {
    expect(
      diagnose(["sample.finish_reason == 'stop'", "sample.finish_reason = 'stop'"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:37:56 error: "=" is not expected here
         37 |       - { name: complete, where: "sample.finish_reason = 'stop'" }
            |                                                        ~ write == to compare"
    `);
  });

  test("a function that there is not", () => {
    expect(
      diagnose(["sample.finish_reason == 'stop'", "sample.output_text.startWith('a')"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:37:54 error: no function is called "startWith"
         37 |       - { name: complete, where: "sample.output_text.startWith('a')" }
            |                                                      ~~~~~~~~~ did you mean "startsWith"?"
    `);
  });

  test("a value without braces that is meant as one", () => {
    expect(diagnose(['target: "{{ item.team }}"', "target: team"])).toMatchInlineSnapshot(`
      "spec.yaml:39:79 error: a row has no field "team"
         39 |   before: { uses: train, base: ngram, rows: split.few, prompt: route, target: team }
            |                                                                               ~~~~
            |                                                did you mean "item.team"?"
    `);
  });

  test("an answer where there is none yet", () => {
    expect(diagnose(['target: "{{ item.team }}"', "target: sample.output_text"])).toMatchInlineSnapshot(`
      "spec.yaml:39:79 error: the rows of "split.few" have no answers yet
         39 |   before: { uses: train, base: ngram, rows: split.few, prompt: route, target: sample.output_text }
            |                                                                               ~~~~~~
            |   "sample" is there once a model has answered: after generate, or in
            |   graders"
    `);
  });

  test("an answer in a prompt", () => {
    expect(diagnose(["{{ item.text }}", "{{ sample.output_text }}"])).toMatchInlineSnapshot(`
      "spec.yaml:13:22 error: the rows of "pool" have no answers yet
         13 |         content: "{{ sample.output_text }}"
            |                      ~~~~~~ "sample" is there once a model has answered:
            |                             after generate, or in graders"
    `);
  });

  test("a metadata key that nobody gives", () => {
    expect(diagnose(["by: item.text", "by: metadata.topic"])).toMatchInlineSnapshot(`
      "spec.yaml:38:56 error: the rows of "capture" have no metadata "topic"
         38 |       - { name: leak, not_in: split.test, by: metadata.topic }
            |                                                        ~~~~~ there are: task, plan"
    `);
  });

  test("metadata of rows that have none", () => {
    expect(diagnose(['target: "{{ item.team }}"', "target: metadata.task"])).toMatchInlineSnapshot(`
      "spec.yaml:39:88 error: the rows of "split.few" have no metadata "task"
         39 |   before: { uses: train, base: ngram, rows: split.few, prompt: route, target: metadata.task }
            |                                                                                        ~~~~
            |                                            no step before gives metadata"
    `);
  });
});
