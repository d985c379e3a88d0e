import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("a name that leads nowhere, or to the wrong thing, is told with what there is", () => {
  test("an unknown step", () => {
    expect(diagnose(["rows: capture", "rows: captur"])).toMatchInlineSnapshot(`
      "spec.yaml:35:11 error: no step or dataset is called "captur"
         35 |     rows: captur
            |           ~~~~~~ did you mean "capture"?"
    `);
  });

  test("an unknown dataset", () => {
    expect(diagnose(["rows: pool", "rows: pol"])).toMatchInlineSnapshot(`
      "spec.yaml:28:11 error: no step or dataset is called "pol"
         28 |     rows: pol
            |           ~~~ did you mean "pool"?"
    `);
  });

  test("a name like nothing there is", () => {
    expect(diagnose(["rows: pool", "rows: zebra"])).toMatchInlineSnapshot(`
      "spec.yaml:28:11 error: no step or dataset is called "zebra"
         28 |     rows: zebra
            |           ~~~~~ rows: pool, labelled, split.few, split.validation,
            |                 split.test, capture, select, select.dropped"
    `);
  });

  test("an unknown prompt", () => {
    expect(diagnose(["prompt: route, target", "prompt: rout, target"])).toMatchInlineSnapshot(`
      "spec.yaml:39:64 error: no prompt is called "rout"
         39 |   before: { uses: train, base: ngram, rows: split.few, prompt: rout, target: "{{ item.team }}" }
            |                                                                ~~~~ did you mean "route"?"
    `);
  });

  test("an unknown model", () => {
    expect(diagnose(["model: teacher", "model: techer"])).toMatchInlineSnapshot(`
      "spec.yaml:30:12 error: no model is called "techer"
         30 |     model: techer
            |            ~~~~~~ did you mean "teacher"?"
    `);
  });

  test("an unknown grader", () => {
    expect(diagnose(["graders: [correct]", "graders: [corect]"])).toMatchInlineSnapshot(`
      "spec.yaml:46:104 error: no grader is called "corect"
         46 | …: evaluate, rows: split.validation, prompt: route, models: [teacher, student], graders: [corect] }
            |                                                                                           ~~~~~~
            |                                                  did you mean "correct"?"
    `);
  });

  test("an unknown grader where there are none like it", () => {
    expect(diagnose(["    grader: correct\n", "    grader: zebra\n"])).toMatchInlineSnapshot(`
      "spec.yaml:52:13 error: no grader is called "zebra"
         52 |     grader: zebra
            |             ~~~~~ graders: correct, polite"
    `);
  });

  test("an unknown provider", () => {
    expect(diagnose(["provider: tapes", "provider: tape"])).toMatchInlineSnapshot(`
      "spec.yaml:19:24 error: no provider is called "tape"
         19 |   teacher: { provider: tape, model: large }
            |                        ~~~~ did you mean "tapes"?"
    `);
  });

  test("an unknown trainer", () => {
    expect(
      diagnose(["    target: sample", "    trainer: clasifier\n    target: sample"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:44:14 error: no trainer is called "clasifier"
         44 |     trainer: clasifier
            |              ~~~~~~~~~ did you mean "classifier"?"
    `);
  });

  test("an unknown step type", () => {
    expect(diagnose(["uses: filter", "uses: filtr"])).toMatchInlineSnapshot(`
      "spec.yaml:34:11 error: no step type is called "filtr"
         34 |     uses: filtr
            |           ~~~~~ did you mean "filter"?"
    `);
  });

  test("an unknown grader type", () => {
    expect(diagnose(["type: regex", "type: regexp"])).toMatchInlineSnapshot(`
      "spec.yaml:23:19 error: no grader type is called "regexp"
         23 |   polite: { type: regexp, input: "{{ sample.output_text }}", pattern: "(?:please|thank)", flags: i }
            |                   ~~~~~~ did you mean "regex"?"
    `);
  });

  test("an unknown provider type", () => {
    expect(diagnose(["type: recorded", "type: recording"])).toMatchInlineSnapshot(`
      "spec.yaml:15:18 error: no provider type is called "recording"
         15 |   tapes: { type: recording, path: data/teacher.jsonl }
            |                  ~~~~~~~~~ did you mean "recorded"?"
    `);
  });

  test("a name that two sections have", () => {
    expect(
      diagnose(["  select:\n", "  teacher:\n"], ["rows: select", "rows: teacher"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:33:3 error: models and steps both have "teacher"
         33 |   teacher:
            |   ~~~~~~~ datasets, models and steps share one namespace: rename one"
    `);
  });

  test("results where rows are due", () => {
    expect(diagnose(["rows: split.test", "rows: tune"])).toMatchInlineSnapshot(`
      "spec.yaml:54:33 error: step "tune" gives results, and "rows" takes rows
         54 |   exam: { uses: evaluate, rows: tune, prompt: route, models: [teacher, before, routed], graders: […
            |                                 ~~~~ rows are given by: pool, labelled,
            |                                      split.few, split.validation,
            |                                      split.test, capture, select,
            |                                      select.dropped"
    `);
  });

  test("a dataset where a model is due", () => {
    expect(diagnose(["model: teacher", "model: pool"])).toMatchInlineSnapshot(`
      "spec.yaml:30:12 error: dataset "pool" gives rows, and "model" takes models
         30 |     model: pool
            |            ~~~~ models are given by: teacher, ngram, before, student,
            |                 routed"
    `);
  });

  test("rows where results are due", () => {
    expect(diagnose(["results: [exam]", "results: [capture]"])).toMatchInlineSnapshot(`
      "spec.yaml:63:15 error: step "capture" gives rows, and "results" takes results
         63 |     results: [capture]
            |               ~~~~~~~ results are given by: tune, exam"
    `);
  });

  test("a model where rows are due", () => {
    expect(diagnose(["rows: pool", "rows: teacher"])).toMatchInlineSnapshot(`
      "spec.yaml:28:11 error: "teacher" is a model, and "rows" takes rows
         28 |     rows: teacher
            |           ~~~~~~~ rows are given by: pool, labelled, split.few,
            |                   split.validation, split.test, capture, select,
            |                   select.dropped"
    `);
  });

  test("an entry of models where content is due", () => {
    expect(diagnose(["inputs: { exam: exam }", "inputs: { exam: teacher }"])).toMatchInlineSnapshot(`
      "spec.yaml:59:21 error: "teacher" is an entry of models and has no content, and "exam" takes content
         59 |     inputs: { exam: teacher }
            |                     ~~~~~~~ content is given by: pool, labelled,
            |                             split.few, split.validation, split.test,
            |                             capture, select, select.dropped, before,
            |                             student, tune, routed, exam, export, verdict"
    `);
  });

  test("an output that there is not", () => {
    expect(diagnose(["rows: split.test", "rows: split.tset"])).toMatchInlineSnapshot(`
      "spec.yaml:54:33 error: step "split" has no output "tset"
         54 |   exam: { uses: evaluate, rows: split.tset, prompt: route, models: [teacher, before, routed], grad…
            |                                 ~~~~~~~~~~ did you mean "split.test"?"
    `);
  });

  test("an output of a step that has one", () => {
    expect(diagnose(["rows: capture", "rows: capture.answers"])).toMatchInlineSnapshot(`
      "spec.yaml:35:11 error: step "capture" has no output "answers"
         35 |     rows: capture.answers
            |           ~~~~~~~~~~~~~~~ it has: rows"
    `);
  });

  test("an output of a dataset", () => {
    expect(diagnose(["rows: pool", "rows: pool.all"])).toMatchInlineSnapshot(`
      "spec.yaml:28:11 error: dataset "pool" has no outputs
         28 |     rows: pool.all
            |           ~~~~~~~~ name it alone: pool"
    `);
  });

  test("a step with several outputs", () => {
    expect(diagnose(["rows: split.test", "rows: split"])).toMatchInlineSnapshot(`
      "spec.yaml:54:33 error: step "split" has several outputs
         54 |   exam: { uses: evaluate, rows: split, prompt: route, models: [teacher, before, routed], graders: …
            |                                 ~~~~~ name one of them: split.few,
            |                                       split.validation, split.test"
    `);
  });

  test("a cycle", () => {
    expect(diagnose(["rows: pool", "rows: select"])).toMatchInlineSnapshot(`
      "spec.yaml:26:3 error: steps need each other in a ring
         26 |   capture:
            |   ~~~~~~~ capture → select → capture"
    `);
  });

  test("a step that needs itself", () => {
    expect(diagnose(["rows: capture", "rows: select"])).toMatchInlineSnapshot(`
      "spec.yaml:33:3 error: step "select" needs itself
         33 |   select:
            |   ~~~~~~ select → select"
    `);
  });

  test("a cycle by after", () => {
    expect(
      diagnose(["    uses: generate\n", "    uses: generate\n    after: [verdict]\n"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:26:3 error: steps need each other in a ring
         26 |   capture:
            |   ~~~~~~~ capture → verdict → exam → routed → student → select → capture"
    `);
  });
});
