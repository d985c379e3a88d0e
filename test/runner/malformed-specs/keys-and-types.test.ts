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
    expect(diagnose(["seed: 7", "sead: 7"])).toMatchInlineSnapshot(`
      "spec.yaml:3:1 error: unknown key "sead"
          3 | sead: 7
            | ~~~~ did you mean "seed"?"
    `);
  });

  test("an unknown key far from any other", () => {
    expect(diagnose(["seed: 7", "colour: red"])).toMatchInlineSnapshot(`
      "spec.yaml:3:1 error: unknown key "colour"
          3 | colour: red
            | ~~~~~~ known here: version, name, description, seed, vars, budget,
            |        datasets, prompts, providers, models, graders, steps"
    `);
  });

  test("an unknown key of a dataset", () => {
    expect(diagnose(["labelled.jsonl, id: id", "labelled.jsonl, idd: id"])).toMatchInlineSnapshot(`
      "spec.yaml:7:42 error: unknown key "idd"
          7 |   labelled: { path: data/labelled.jsonl, idd: id }
            |                                          ~~~ did you mean "id"?"
    `);
  });

  test("an unknown key of a step that others refer to", () => {
    expect(
      diagnose([
        "    rows: pool\n    prompt: route\n    model: teacher",
        "    rows: pool\n    promt: route\n    model: teacher",
      ]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:29:5 error: unknown key "promt"
         29 |     promt: route
            |     ~~~~~ did you mean "prompt"?"
    `);
  });

  test("an unknown key of a nested rule", () => {
    expect(diagnose(["name: leak, not_in:", "name: leak, notin:"])).toMatchInlineSnapshot(`
      "spec.yaml:38:23 error: unknown key "notin"
         38 |       - { name: leak, notin: split.test, by: item.text }
            |                       ~~~~~ did you mean "not_in"?"
    `);
  });

  test("a time that is no number says its unit", () => {
    expect(diagnose(["execution: { concurrency: 4 }", "execution: { timeout: 30s }"])).toContain(
      "a number of seconds, such as 30",
    );
  });

  test("an unknown key of execution", () => {
    expect(diagnose(["concurrency: 4", "concurency: 4"])).toMatchInlineSnapshot(`
      "spec.yaml:32:18 error: unknown key "concurency"
         32 |     execution: { concurency: 4 }
            |                  ~~~~~~~~~~ did you mean "concurrency"?"
    `);
  });

  test("an unknown hyperparameter", () => {
    expect(diagnose(["n_epochs:", "epochs:"])).toMatchInlineSnapshot(`
      "spec.yaml:45:24 error: unknown key "epochs"
         45 |     hyperparameters: { epochs: "\${vars.epochs}" }
            |                        ~~~~~~ did you mean "n_epochs"?"
    `);
  });

  test("an unknown key of a provider", () => {
    expect(diagnose(["base_url:", "baseurl:"])).toMatchInlineSnapshot(`
      "spec.yaml:17:27 error: unknown key "baseurl"
         17 |   server: { type: openai, baseurl: "http://127.0.0.1:8000/v1" }
            |                           ~~~~~~~ did you mean "base_url"?"
    `);
  });

  test("a wrong type of a number", () => {
    expect(diagnose(["seed: 7", "seed: seven"])).toMatchInlineSnapshot(`
      "spec.yaml:3:7 error: "seed" takes a whole number, not the text "seven"
          3 | seed: seven
            |       ~~~~~"
    `);
  });

  test("a timeout longer than a timer runs", () => {
    expect(
      diagnose(["execution: { concurrency: 4 }", "execution: { timeout: 3000000 }"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:32:27 error: "timeout" must be at most 2147483, and is 3000000
         32 |     execution: { timeout: 3000000 }
            |                           ~~~~~~~"
    `);
  });

  test("no failed row before nothing more is sent", () => {
    expect(
      diagnose(["execution: { concurrency: 4 }", "execution: { max_failed_rows: 0 }"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:32:35 error: "max_failed_rows" must be at least 1, and is 0
         32 |     execution: { max_failed_rows: 0 }
            |                                   ~"
    `);
  });

  test("a model that a program makes", () => {
    expect(diagnose(["table: { kind: file,", "table: { kind: model,"])).toMatchInlineSnapshot(`
      "spec.yaml:60:31 error: "kind" cannot be "model"
         60 |     outputs: { table: { kind: model, path: table.csv } }
            |                               ~~~~~ one of: rows, file"
    `);
  });

  test("a wrong type of a list", () => {
    expect(diagnose(["results: [exam]", "results: exam"])).toMatchInlineSnapshot(`
      "spec.yaml:63:14 error: "results" takes a list, not the text "exam"
         63 |     results: exam
            |              ~~~~ put it in brackets: [exam]"
    `);
  });

  test("a wrong type of a hyperparameter", () => {
    expect(diagnose(["vars: { epochs: 5 }", "vars: { epochs: many }"])).toMatchInlineSnapshot(`
      "spec.yaml:45:34 error: "n_epochs" takes a whole number, not the text "many"
         45 |     hyperparameters: { n_epochs: "\${vars.epochs}" }
            |                                  ~~~~~~~~~~~~~~~~"
    `);
  });

  test("a section that is a list", () => {
    expect(
      diagnose([
        "datasets:\n  pool: { path: data/pool.jsonl }\n  labelled: { path: data/labelled.jsonl, id: id }",
        "datasets:\n  - data/pool.jsonl",
      ]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:6:3 error: "datasets" takes a mapping, not a list
          6 |   - data/pool.jsonl
            |   ~~~~~~~~~~~~~~~~~"
    `);
  });

  test("a step that is a text", () => {
    expect(
      diagnose([
        "select:\n    uses: filter\n    rows: capture\n    rules:\n      - { name: complete, where: \"sample.finish_reason == 'stop'\" }\n      - { name: leak, not_in: split.test, by: item.text }",
        "select: filter",
      ]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:33:11 error: "select" takes a mapping, not the text "filter"
         33 |   select: filter
            |           ~~~~~~"
    `);
  });

  test("a step with nothing in it", () => {
    expect(diagnose(["  before: {", "  empty:\n  before: {"])).toMatchInlineSnapshot(`
      "spec.yaml:39:3 error: "empty" takes a mapping, not nothing
         39 |   empty:
            |   ~~~~~"
    `);
  });

  test("a fraction where a whole number is due", () => {
    expect(diagnose(["concurrency: 4", "concurrency: 1.5"])).toMatchInlineSnapshot(`
      "spec.yaml:32:31 error: "concurrency" takes a whole number, not a fraction
         32 |     execution: { concurrency: 1.5 }
            |                               ~~~"
    `);
  });

  test("a number out of its range", () => {
    expect(diagnose(["max: 0.1", "max: 10"])).toMatchInlineSnapshot(`
      "spec.yaml:53:39 error: "max" must be less than 1, and is 10
         53 |     risk: { of: loss_to_teacher, max: 10 }
            |                                       ~~"
    `);
  });

  test("a share of nothing", () => {
    expect(diagnose(["few: 0.2", "few: 0"])).toMatchInlineSnapshot(`
      "spec.yaml:25:54 error: "few" must be more than 0, and is 0
         25 |   split: { uses: split, rows: labelled, into: { few: 0, validation: 0.3, test: 0.5 } }
            |                                                      ~"
    `);
  });

  test("no version", () => {
    expect(diagnose(["version: 1\n", ""])).toMatchInlineSnapshot(`
      "spec.yaml:1:1 error: the spec has no "version"
          1 | name: desk
            | ~~~~~~~~~~ the version of the spec language is 1"
    `);
  });

  test("no name and no steps", () => {
    expect(diagnose(["name: desk\n", ""], ["steps:\n", "x-steps:\n"])).toMatchInlineSnapshot(`
      "spec.yaml:1:1 error: the spec has no "name"
          1 | version: 1
            | ~~~~~~~~~~

      spec.yaml:1:1 error: the spec has no "steps"
          1 | version: 1
            | ~~~~~~~~~~"
    `);
  });

  test("a missing parameter", () => {
    expect(diagnose(["    rows: capture\n", ""])).toMatchInlineSnapshot(`
      "spec.yaml:33:3 error: "select" has no "rows"
         33 |   select:
            |   ~~~~~~"
    `);
  });

  test("a missing parameter of a provider", () => {
    expect(diagnose(["type: recorded, path: data/teacher.jsonl", "type: recorded"])).toMatchInlineSnapshot(`
      "spec.yaml:15:3 error: "tapes" has no "path"
         15 |   tapes: { type: recorded }
            |   ~~~~~"
    `);
  });

  test("a step without uses", () => {
    expect(diagnose(["    uses: generate\n", ""])).toMatchInlineSnapshot(`
      "spec.yaml:26:3 error: "capture" has no "uses"
         26 |   capture:
            |   ~~~~~~~"
    `);
  });

  test("a message without a role", () => {
    expect(
      diagnose(["{ role: system, content: Route the ticket. }", "{ content: Route the ticket. }"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:11:9 error: a message has role and content, or from alone
         11 |       - { content: Route the ticket. }
            |         ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
    `);
  });

  test("a message with a role that there is not", () => {
    expect(diagnose(["role: system", "role: sistem"])).toMatchInlineSnapshot(`
      "spec.yaml:11:17 error: "role" cannot be "sistem"
         11 |       - { role: sistem, content: Route the ticket. }
            |                 ~~~~~~ did you mean "system"?"
    `);
  });

  test("a message with an unknown key", () => {
    expect(
      diagnose(["role: system, content: Route", "role: system, contents: Route"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:11:25 error: unknown key "contents"
         11 |       - { role: system, contents: Route the ticket. }
            |                         ~~~~~~~~ did you mean "content"?"
    `);
  });
});
