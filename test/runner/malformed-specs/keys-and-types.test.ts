import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("what the schema refuses is told at its key or value", () => {
  test("the good spec that all of these are edits of has no fault", () => {
    expect(diagnose()).toBe("");
    expect(specs.plan(edited([])).ok).toBe(true);
  });

  test("an unknown key at the top", () => {
    expect(diagnose(["seed: 7", "sead: 7"])).toMatchInlineSnapshot();
  });

  test("an unknown key far from any other", () => {
    expect(diagnose(["seed: 7", "colour: red"])).toMatchInlineSnapshot();
  });

  test("an unknown key of a dataset", () => {
    expect(diagnose(["labelled.jsonl, id: id", "labelled.jsonl, idd: id"])).toMatchInlineSnapshot();
  });

  test("an unknown key of a step that others refer to", () => {
    expect(diagnose(["    rows: pool\n    prompt: route\n    model: teacher", "    rows: pool\n    promt: route\n    model: teacher"])).toMatchInlineSnapshot();
  });

  test("an unknown key of a nested rule", () => {
    expect(diagnose(["name: leak, not_in:", "name: leak, notin:"])).toMatchInlineSnapshot();
  });

  test("an unknown key of execution", () => {
    expect(diagnose(["concurrency: 4", "concurency: 4"])).toMatchInlineSnapshot();
  });

  test("an unknown hyperparameter", () => {
    expect(diagnose(["n_epochs:", "epochs:"])).toMatchInlineSnapshot();
  });

  test("an unknown key of a provider", () => {
    expect(diagnose(["base_url:", "baseurl:"])).toMatchInlineSnapshot();
  });

  test("a wrong type of a number", () => {
    expect(diagnose(["seed: 7", "seed: seven"])).toMatchInlineSnapshot();
  });

  test("a wrong type of a list", () => {
    expect(diagnose(["results: [exam]", "results: exam"])).toMatchInlineSnapshot();
  });

  test("a wrong type of a hyperparameter", () => {
    expect(diagnose(["vars: { epochs: 5 }", "vars: { epochs: many }"])).toMatchInlineSnapshot();
  });

  test("a section that is a list", () => {
    expect(diagnose(["datasets:\n  pool: { path: data/pool.jsonl }\n  labelled: { path: data/labelled.jsonl, id: id }", "datasets:\n  - data/pool.jsonl"])).toMatchInlineSnapshot();
  });

  test("a step that is a text", () => {
    expect(diagnose(["select:\n    uses: filter\n    rows: capture\n    rules:\n      - { name: complete, where: \"sample.finish_reason == 'stop'\" }\n      - { name: leak, not_in: split.test, by: item.text }", "select: filter"])).toMatchInlineSnapshot();
  });

  test("a step with nothing in it", () => {
    expect(diagnose(["  before: {", "  empty:\n  before: {"])).toMatchInlineSnapshot();
  });

  test("a fraction where a whole number is due", () => {
    expect(diagnose(["concurrency: 4", "concurrency: 1.5"])).toMatchInlineSnapshot();
  });

  test("a number out of its range", () => {
    expect(diagnose(["max: 0.1", "max: 10"])).toMatchInlineSnapshot();
  });

  test("a share of nothing", () => {
    expect(diagnose(["few: 0.2", "few: 0"])).toMatchInlineSnapshot();
  });

  test("no version", () => {
    expect(diagnose(["version: 1\n", ""])).toMatchInlineSnapshot();
  });

  test("no name and no steps", () => {
    expect(diagnose(["name: desk\n", ""], ["steps:\n", "x-steps:\n"])).toMatchInlineSnapshot();
  });

  test("a missing parameter", () => {
    expect(diagnose(["    rows: capture\n", ""])).toMatchInlineSnapshot();
  });

  test("a missing parameter of a provider", () => {
    expect(diagnose(["type: recorded, path: data/teacher.jsonl", "type: recorded"])).toMatchInlineSnapshot();
  });

  test("a step without uses", () => {
    expect(diagnose(["    uses: generate\n", ""])).toMatchInlineSnapshot();
  });

  test("a message without a role", () => {
    expect(diagnose(["{ role: system, content: Route the ticket. }", "{ content: Route the ticket. }"])).toMatchInlineSnapshot();
  });

  test("a message with a role that there is not", () => {
    expect(diagnose(["role: system", "role: sistem"])).toMatchInlineSnapshot();
  });

  test("a message with an unknown key", () => {
    expect(diagnose(["role: system, content: Route", "role: system, contents: Route"])).toMatchInlineSnapshot();
  });
});
