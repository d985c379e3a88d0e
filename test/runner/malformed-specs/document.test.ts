import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("what is no plain YAML is told once, without what follows from it", () => {
  test("a key twice", () => {
    expect(diagnose(["rows: capture\n", "rows: capture\n    rows: pool\n"])).toMatchInlineSnapshot(`
      "spec.yaml:36:5 error: the key "rows" is given a second time
         36 |     rows: pool
            |     ~~~~ the first is in line 35"
    `);
  });

  test("a template without quotes", () => {
    expect(diagnose(['"{{ item.text }}"', "{{ item.text }}"])).toMatchInlineSnapshot(`
      "spec.yaml:13:19 error: without quotes a brace begins a mapping
         13 |         content: {{ item.text }}
            |                   ~~~~~~~~~~~~~ put the template in quotes"
    `);
  });

  test("a tab", () => {
    expect(diagnose(["    uses: filter", "\tuses: filter"])).toMatchInlineSnapshot(`
      "spec.yaml:34:1 error: a tab cannot indent
         34 |     uses: filter
            | ~~~~ indent with spaces"
    `);
  });

  test("an alias that there is not", () => {
    expect(diagnose(["rows: capture", "rows: *capture"])).toMatchInlineSnapshot(`
      "spec.yaml:35:11 error: no anchor is called "capture"
         35 |     rows: *capture
            |           ~~~~~~~~ an anchor (&name) stands before its aliases"
    `);
  });

  test("a tag", () => {
    expect(diagnose(["rows: capture", "rows: !ref capture"])).toMatchInlineSnapshot(`
      "spec.yaml:35:11 error: a spec knows no tag !ref
         35 |     rows: !ref capture
            |           ~~~~ take it out: a spec has plain values only"
    `);
  });

  test("two documents", () => {
    expect(diagnose(["datasets:\n", "---\ndatasets:\n"])).toMatchInlineSnapshot(`
      "spec.yaml:5:1 error: a second document begins here, and a spec is one
          5 | ---
            | ~~~ put it into a file of its own"
    `);
  });

  test("an unknown variable", () => {
    expect(diagnose(["${vars.epochs}", "${vars.epoch}"])).toMatchInlineSnapshot(`
      "spec.yaml:45:35 error: no variable is called "epoch"
         45 |     hyperparameters: { n_epochs: "\${vars.epoch}" }
            |                                   ~~~~~~~~~~~~~ did you mean "epochs"?"
    `);
  });
});

describe("a text that is no spec at all", () => {
  test("an empty file", () => {
    expect(specs.diagnose("")).toMatchInlineSnapshot(`
      "spec.yaml:1:1 error: the spec is empty
        begin with "version: 1""
    `);
  });

  test("a list", () => {
    expect(specs.diagnose("- split\n- train\n")).toMatchInlineSnapshot(`
      "spec.yaml:1:1 error: a spec is a mapping, and this is a list
          1 | - split
            | ~~~~~~~ begin with "version: 1""
    `);
  });

  test("a single word", () => {
    expect(specs.diagnose("distill\n")).toMatchInlineSnapshot(`
      "spec.yaml:1:1 error: a spec is a mapping, and this is a single value
          1 | distill
            | ~~~~~~~ begin with "version: 1""
    `);
  });

  test("aliases that explode", () => {
    expect(
      specs.diagnose(
        `x-a: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 9 }, (_, n) => `x-${n}: &a${n + 1} [${Array.from({ length: 10 }, () => `*a${n}`).join(", ")}]\n`).join("")}`,
      ),
    ).toMatchInlineSnapshot(`
      "spec.yaml:5:11 error: the spec is too large once its aliases are expanded
          5 | x-3: &a4 [*a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3, *a3]
            |           ~~~"
    `);
  });

  test("bytes that are no UTF-8", () => {
    expect(
      specs.diagnose(Uint8Array.from([0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xe9, 0x0a])),
    ).toMatchInlineSnapshot(`
      "spec.yaml:1:7 error: byte 0xE9 is not UTF-8
          1 | name: �
            |       ~ save the file as UTF-8"
    `);
  });

  test("a variable on the command line that the spec does not declare", () => {
    expect(specs.diagnose(edited([]), { epoch: "3" })).toMatchInlineSnapshot(`
      "spec.yaml error: --set names "epoch", which the spec does not declare under vars
        did you mean "epochs"?"
    `);
  });

  test("a variable on the command line of the wrong kind", () => {
    expect(specs.diagnose(edited([]), { epochs: "many" })).toMatchInlineSnapshot(
      `"spec.yaml error: --set epochs takes a number, as its default is, and not "many""`,
    );
  });

  test("a file that is not there, and a folder", () => {
    expect(specs.diagnoseFile("nowhere.yaml")).toMatchInlineSnapshot(
      `"nowhere.yaml error: there is no such file"`,
    );
    expect(specs.diagnoseFile("data")).toMatchInlineSnapshot(`"data error: a folder, not a spec"`);
  });
});
