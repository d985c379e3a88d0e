import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("what is no plain YAML is told once, without what follows from it", () => {
  test("a key twice", () => {
    expect(diagnose(["rows: capture\n", "rows: capture\n    rows: pool\n"])).toMatchInlineSnapshot();
  });

  test("a template without quotes", () => {
    expect(diagnose(['"{{ item.text }}"', "{{ item.text }}"])).toMatchInlineSnapshot();
  });

  test("a tab", () => {
    expect(diagnose(["    uses: filter", "\tuses: filter"])).toMatchInlineSnapshot();
  });

  test("an alias that there is not", () => {
    expect(diagnose(["rows: capture", "rows: *capture"])).toMatchInlineSnapshot();
  });

  test("a tag", () => {
    expect(diagnose(["rows: capture", "rows: !ref capture"])).toMatchInlineSnapshot();
  });

  test("two documents", () => {
    expect(diagnose(["datasets:\n", "---\ndatasets:\n"])).toMatchInlineSnapshot();
  });

  test("an unknown variable", () => {
    expect(diagnose(["${vars.epochs}", "${vars.epoch}"])).toMatchInlineSnapshot();
  });
});

describe("a text that is no spec at all", () => {
  test("an empty file", () => {
    expect(specs.diagnose("")).toMatchInlineSnapshot();
  });

  test("a list", () => {
    expect(specs.diagnose("- split\n- train\n")).toMatchInlineSnapshot();
  });

  test("a single word", () => {
    expect(specs.diagnose("distill\n")).toMatchInlineSnapshot();
  });

  test("aliases that explode", () => {
    expect(specs.diagnose(`x-a: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 9 }, (_, n) => `x-${n}: &a${n + 1} [${Array.from({ length: 10 }, () => `*a${n}`).join(", ")}]\n`).join("")}`)).toMatchInlineSnapshot();
  });

  test("bytes that are no UTF-8", () => {
    expect(specs.diagnose(Uint8Array.from([0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xe9, 0x0a]))).toMatchInlineSnapshot();
  });

  test("a variable on the command line that the spec does not declare", () => {
    expect(specs.diagnose(edited([]), { epoch: "3" })).toMatchInlineSnapshot();
  });

  test("a variable on the command line of the wrong kind", () => {
    expect(specs.diagnose(edited([]), { epochs: "many" })).toMatchInlineSnapshot();
  });

  test("a file that is not there, and a folder", () => {
    expect(specs.diagnoseFile("nowhere.yaml")).toMatchInlineSnapshot();
    expect(specs.diagnoseFile("data")).toMatchInlineSnapshot();
  });
});
