import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("a name that leads nowhere, or to the wrong thing, is told with what there is", () => {
  test("an unknown step", () => {
    expect(diagnose(["rows: capture", "rows: captur"])).toMatchInlineSnapshot();
  });

  test("an unknown dataset", () => {
    expect(diagnose(["rows: pool", "rows: pol"])).toMatchInlineSnapshot();
  });

  test("a name like nothing there is", () => {
    expect(diagnose(["rows: pool", "rows: zebra"])).toMatchInlineSnapshot();
  });

  test("an unknown prompt", () => {
    expect(diagnose(["prompt: route, target", "prompt: rout, target"])).toMatchInlineSnapshot();
  });

  test("an unknown model", () => {
    expect(diagnose(["model: teacher", "model: techer"])).toMatchInlineSnapshot();
  });

  test("an unknown grader", () => {
    expect(diagnose(["graders: [correct]", "graders: [corect]"])).toMatchInlineSnapshot();
  });

  test("an unknown grader where there are none like it", () => {
    expect(diagnose(["    grader: correct\n", "    grader: zebra\n"])).toMatchInlineSnapshot();
  });

  test("an unknown provider", () => {
    expect(diagnose(["provider: tapes", "provider: tape"])).toMatchInlineSnapshot();
  });

  test("an unknown trainer", () => {
    expect(diagnose(["    target: sample", "    trainer: clasifier\n    target: sample"])).toMatchInlineSnapshot();
  });

  test("an unknown step type", () => {
    expect(diagnose(["uses: filter", "uses: filtr"])).toMatchInlineSnapshot();
  });

  test("an unknown grader type", () => {
    expect(diagnose(["type: regex", "type: regexp"])).toMatchInlineSnapshot();
  });

  test("an unknown provider type", () => {
    expect(diagnose(["type: recorded", "type: recording"])).toMatchInlineSnapshot();
  });

  test("a name that two sections have", () => {
    expect(diagnose(["  select:\n", "  teacher:\n"], ["rows: select", "rows: teacher"])).toMatchInlineSnapshot();
  });

  test("results where rows are due", () => {
    expect(diagnose(["rows: split.test", "rows: tune"])).toMatchInlineSnapshot();
  });

  test("a dataset where a model is due", () => {
    expect(diagnose(["model: teacher", "model: pool"])).toMatchInlineSnapshot();
  });

  test("rows where results are due", () => {
    expect(diagnose(["results: [exam]", "results: [capture]"])).toMatchInlineSnapshot();
  });

  test("a model where rows are due", () => {
    expect(diagnose(["rows: pool", "rows: teacher"])).toMatchInlineSnapshot();
  });

  test("an output that there is not", () => {
    expect(diagnose(["rows: split.test", "rows: split.tset"])).toMatchInlineSnapshot();
  });

  test("an output of a step that has one", () => {
    expect(diagnose(["rows: capture", "rows: capture.answers"])).toMatchInlineSnapshot();
  });

  test("an output of a dataset", () => {
    expect(diagnose(["rows: pool", "rows: pool.all"])).toMatchInlineSnapshot();
  });

  test("a step with several outputs", () => {
    expect(diagnose(["rows: split.test", "rows: split"])).toMatchInlineSnapshot();
  });

  test("a cycle", () => {
    expect(diagnose(["rows: pool", "rows: select"])).toMatchInlineSnapshot();
  });

  test("a step that needs itself", () => {
    expect(diagnose(["rows: capture", "rows: select"])).toMatchInlineSnapshot();
  });

  test("a cycle by after", () => {
    expect(diagnose(["    uses: generate\n", "    uses: generate\n    after: [verdict]\n"])).toMatchInlineSnapshot();
  });
});
