import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, goodSpec, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);
const steps = goodSpec.slice(goodSpec.indexOf("steps:\n"));

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("what providers, graders and steps ask for beyond the schema is told at its place", () => {
  test("a pattern that is none", () => {
    expect(diagnose(["(?:please|thank)", "(please|thank"])).toMatchInlineSnapshot();
  });

  test("a pattern with a lookahead", () => {
    expect(diagnose(["(?:please|thank)", "(?=please)"])).toMatchInlineSnapshot();
  });

  test("flags that there are not", () => {
    expect(diagnose(["flags: i", "flags: g"])).toMatchInlineSnapshot();
  });

  test("a base_url that is none", () => {
    expect(diagnose(["http://127.0.0.1:8000/v1", "localhost:8000"])).toMatchInlineSnapshot();
  });

  test("a base_url in the clear", () => {
    expect(diagnose(["http://127.0.0.1:8000/v1", "http://llm.example.com/v1"])).toMatchInlineSnapshot();
  });

  test("an api_key_env that is no name", () => {
    expect(diagnose(['base_url: "http://127.0.0.1:8000/v1"', "api_key_env: my-key"])).toMatchInlineSnapshot();
  });

  test("version 2", () => {
    expect(diagnose(["version: 1", "version: 2"])).toMatchInlineSnapshot();
  });

  test("version as a text", () => {
    expect(diagnose(["version: 1", 'version: "1"'])).toMatchInlineSnapshot();
  });

  test("after with a step that there is not", () => {
    expect(diagnose(["    uses: generate\n", "    uses: generate\n    after: [splitt]\n"])).toMatchInlineSnapshot();
  });

  test("requires with a step without a verdict", () => {
    expect(diagnose(["    uses: command\n", "    uses: command\n    requires: [exam]\n"])).toMatchInlineSnapshot();
  });

  test("after with a dataset", () => {
    expect(diagnose(["    uses: generate\n", "    uses: generate\n    after: [pool]\n"])).toMatchInlineSnapshot();
  });

  test("after with a text", () => {
    expect(diagnose(["    uses: generate\n", "    uses: generate\n    after: split\n"])).toMatchInlineSnapshot();
  });

  test("a rule of two kinds", () => {
    expect(diagnose(["name: leak, not_in: split.test", "name: leak, dedupe: exact, not_in: split.test"])).toMatchInlineSnapshot();
  });

  test("a rule of no kind", () => {
    expect(diagnose(["name: leak, not_in: split.test, by: item.text", "name: leak"])).toMatchInlineSnapshot();
  });

  test("two rules of one name", () => {
    expect(diagnose(["name: leak", "name: complete"])).toMatchInlineSnapshot();
  });

  test("a gate that asks for nothing", () => {
    expect(diagnose(["grader: correct, better_than: before", "grader: correct"])).toMatchInlineSnapshot();
  });

  test("no gates", () => {
    expect(diagnose(["    gates:\n      - { grader: correct, better_than: before }", "    gates: []"])).toMatchInlineSnapshot();
  });

  test("a gate without its margin", () => {
    expect(diagnose(["better_than: before", "not_worse_than: teacher"])).toMatchInlineSnapshot();
  });

  test("a cascade whose results lack a model", () => {
    expect(diagnose(["models: [teacher, student]", "models: [teacher, before]"])).toMatchInlineSnapshot();
  });

  test("a comparison of a model that was not evaluated", () => {
    expect(diagnose(["candidate: routed", "candidate: student"])).toMatchInlineSnapshot();
  });

  test("training of what is trained already", () => {
    expect(diagnose(["base: ngram, rows", "base: student, rows"])).toMatchInlineSnapshot();
  });

  test("training of a model that cannot be trained", () => {
    expect(diagnose(["base: ngram, rows", "base: teacher, rows"])).toMatchInlineSnapshot();
  });

  test("a bad name of a step", () => {
    expect(diagnose(["  export:\n", "  2nd export:\n"])).toMatchInlineSnapshot();
  });

  test("a name with a slash", () => {
    expect(diagnose(["  export:\n", "  ex/port:\n"])).toMatchInlineSnapshot();
  });

  test("a bad name of the spec", () => {
    expect(diagnose(["name: desk", "name: help desk"])).toMatchInlineSnapshot();
  });

  test("a request parameter that is the runner's", () => {
    expect(diagnose(["provider: tapes, model: large }", "provider: server, model: large, request: { stream: true } }"])).toMatchInlineSnapshot();
  });

  test("a name that is too long", () => {
    expect(diagnose(["name: desk", "name: dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"])).toMatchInlineSnapshot();
  });

  test("an environment variable with a bad name", () => {
    expect(diagnose(["    argv:", "    env: { MY-VAR: x }\n    argv:"])).toMatchInlineSnapshot();
  });

  test("an unknown key, a missing file and a misspelt variable at once", () => {
    expect(diagnose(["seed: 7", "sead: 7"], ["data/pool.jsonl", "data/pol.jsonl"], ["sample.finish_reason", "sampel.finish_reason"], ['{{ item.team }}", operation', '{{ item.tem }}", operation'], ["prompt: route, target", "prompt: rout, target"])).toMatchInlineSnapshot();
  });

  test("no steps at all", () => {
    expect(diagnose([steps, "steps: {}\n"])).toMatchInlineSnapshot();
  });
});
