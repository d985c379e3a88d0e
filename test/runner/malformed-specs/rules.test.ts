import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, goodSpec, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);
const steps = goodSpec.slice(goodSpec.indexOf("steps:\n"));

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("what providers, graders and steps ask for beyond the schema is told at its place", () => {
  test("a pattern that is none", () => {
    expect(diagnose(["(?:please|thank)", "(please|thank"])).toMatchInlineSnapshot(`
      "spec.yaml:23:70 error: missing closing ): \`(?i)(please|thank\`
         23 |   polite: { type: regex, input: "{{ sample.output_text }}", pattern: "(please|thank", flags: i }
            |                                                                      ~~~~~~~~~~~~~~~
            |                              RE2 has no lookaround and no backreferences"
    `);
  });

  test("a pattern with a lookahead", () => {
    expect(diagnose(["(?:please|thank)", "(?=please)"])).toMatchInlineSnapshot(`
      "spec.yaml:23:70 error: invalid or unsupported Perl syntax: \`(?=\`
         23 |   polite: { type: regex, input: "{{ sample.output_text }}", pattern: "(?=please)", flags: i }
            |                                                                      ~~~~~~~~~~~~
            |                              RE2 has no lookaround and no backreferences"
    `);
  });

  test("flags that there are not", () => {
    expect(diagnose(["flags: i", "flags: g"])).toMatchInlineSnapshot(`
      "spec.yaml:23:97 error: "flags" cannot be "g"
         23 |   polite: { type: regex, input: "{{ sample.output_text }}", pattern: "(?:please|thank)", flags: g }
            |                                                                                                 ~
            |        i: whatever the case; m: ^ and $ at lines; s: . is any character."
    `);
  });

  test("a base_url that is none", () => {
    expect(diagnose(["http://127.0.0.1:8000/v1", "localhost:8000"])).toMatchInlineSnapshot(`
      "spec.yaml:17:37 error: base_url must begin with https:// or http://
         17 |   server: { type: openai, base_url: "localhost:8000" }
            |                                     ~~~~~~~~~~~~~~~~"
    `);
  });

  test("a base_url in the clear", () => {
    expect(diagnose(["http://127.0.0.1:8000/v1", "http://llm.example.com/v1"])).toMatchInlineSnapshot(`
      "spec.yaml:17:37 error: base_url sends prompts in the clear: http is for this machine alone, and llm.example.com is another
         17 |   server: { type: openai, base_url: "http://llm.example.com/v1" }
            |                                     ~~~~~~~~~~~~~~~~~~~~~~~~~~~"
    `);
  });

  test("a base_url that names the endpoint", () => {
    expect(diagnose(["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/chat/completions"])).toContain(
      "base_url must end before /chat/completions: write http://127.0.0.1:8000/v1\n",
    );
  });

  test("a request parameter that holds a secret is refused and not repeated", () => {
    const told = diagnose([
      "provider: tapes, model: large",
      "provider: server, model: large, request: { user: sk-0123456789abcdef0123 }",
    ]);
    expect(told).toContain('error: "user" looks like a secret');
    expect(told).toContain("api_key_env");
    expect(told).not.toContain("0123456789");
  });

  test("a request parameter that is most likely misspelt is warned of", () => {
    expect(
      diagnose([
        "provider: tapes, model: large",
        "provider: server, model: large, request: { max_completion_token: 5 }",
      ]),
    ).toMatch(
      /warning: the API has no "max_completion_token"[^~]*~+\s+\|\s+did you mean "max_completion_tokens"/,
    );
  });

  test("an api_key_env that is no name", () => {
    expect(diagnose(['base_url: "http://127.0.0.1:8000/v1"', "api_key_env: my-key"])).toMatchInlineSnapshot(`
      "spec.yaml:17:40 error: "api_key_env" cannot be "my-key"
         17 |   server: { type: openai, api_key_env: my-key }
            |                                        ~~~~~~ Name of the environment
            |                                               variable that holds the
            |                                               key; without it, no key is
            |                                               sent."
    `);
  });

  test("version 2", () => {
    expect(diagnose(["version: 1", "version: 2"])).toMatchInlineSnapshot(`
      "spec.yaml:1:10 error: "version" must be 1
          1 | version: 2
            |          ~ the spec language has no other version yet"
    `);
  });

  test("version as a text", () => {
    expect(diagnose(["version: 1", 'version: "1"'])).toMatchInlineSnapshot(`
      "spec.yaml:1:10 error: "version" must be 1
          1 | version: "1"
            |          ~~~ write it without quotes"
    `);
  });

  test("after with a step that there is not", () => {
    expect(
      diagnose(["    uses: generate\n", "    uses: generate\n    after: [splitt]\n"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:28:13 error: no step is called "splitt"
         28 |     after: [splitt]
            |             ~~~~~~ did you mean "split"?"
    `);
  });

  test("requires with a step without a verdict", () => {
    expect(
      diagnose(["    uses: command\n", "    uses: command\n    requires: [exam]\n"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:57:16 error: step "exam" gives no verdict, and "requires" takes steps that do
         57 |     requires: [exam]
            |                ~~~~ verdicts are given by: verdict"
    `);
  });

  test("after with a dataset", () => {
    expect(
      diagnose(["    uses: generate\n", "    uses: generate\n    after: [pool]\n"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:28:13 error: "pool" is a dataset, and "after" takes steps
         28 |     after: [pool]
            |             ~~~~ steps: split, capture, select, before, student, tune,
            |                  routed, exam, export, verdict"
    `);
  });

  test("after with a text", () => {
    expect(
      diagnose(["    uses: generate\n", "    uses: generate\n    after: split\n"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:28:12 error: "after" takes a list, not the text "split"
         28 |     after: split
            |            ~~~~~ put it in brackets: [split]"
    `);
  });

  test("a rule of two kinds", () => {
    expect(
      diagnose(["name: leak, not_in: split.test", "name: leak, dedupe: exact, not_in: split.test"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:38:46 error: rule "leak" has dedupe already
         38 |       - { name: leak, dedupe: exact, not_in: split.test, by: item.text }
            |                                              ~~~~~~~~~~ write one rule for each"
    `);
  });

  test("a rule of no kind", () => {
    expect(diagnose(["name: leak, not_in: split.test, by: item.text", "name: leak"])).toMatchInlineSnapshot(`
      "spec.yaml:38:9 error: rule "leak" does nothing
         38 |       - { name: leak }
            |         ~~~~~~~~~~~~~~ give one of where, dedupe, not_in, limit"
    `);
  });

  test("two rules of one name", () => {
    expect(diagnose(["name: leak", "name: complete"])).toMatchInlineSnapshot(`
      "spec.yaml:38:17 error: another rule is called "complete" already
         38 |       - { name: complete, not_in: split.test, by: item.text }
            |                 ~~~~~~~~"
    `);
  });

  test("a gate that asks for nothing", () => {
    expect(diagnose(["grader: correct, better_than: before", "grader: correct"])).toMatchInlineSnapshot(`
      "spec.yaml:68:9 error: the gate asks for nothing
         68 |       - { grader: correct }
            |         ~~~~~~~~~~~~~~~~~~~ give one of min, better_than,
            |                             not_worse_than, max_cost_usd,
            |                             max_latency_ms, max_truncated"
    `);
  });

  test("no gates", () => {
    expect(
      diagnose(["    gates:\n      - { grader: correct, better_than: before }", "    gates: []"]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:67:12 error: "gates" is empty
         67 |     gates: []
            |            ~~"
    `);
  });

  test("a gate without its margin", () => {
    expect(diagnose(["better_than: before", "not_worse_than: teacher"])).toMatchInlineSnapshot(`
      "spec.yaml:68:9 error: not_worse_than needs a margin
         68 |       - { grader: correct, not_worse_than: teacher }
            |         ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
            |         say how much worse is too much, such as margin: 0.03"
    `);
  });

  test("a cascade whose results lack a model", () => {
    expect(diagnose(["models: [teacher, student]", "models: [teacher, before]"])).toMatchInlineSnapshot(`
      "spec.yaml:51:14 error: "tune" does not evaluate "student"
         51 |     results: tune
            |              ~~~~ it evaluates teacher, before"
    `);
  });

  test("a comparison of a model that was not evaluated", () => {
    expect(diagnose(["candidate: routed", "candidate: student"])).toMatchInlineSnapshot(`
      "spec.yaml:66:16 error: the results do not evaluate "student"
         66 |     candidate: student
            |                ~~~~~~~ they have teacher, before, routed"
    `);
  });

  test("training of what is trained already", () => {
    expect(diagnose(["base: ngram, rows", "base: student, rows"])).toMatchInlineSnapshot(`
      "spec.yaml:39:32 error: "student" is made by a step (train), and training begins with an entry of models
         39 |   before: { uses: train, base: student, rows: split.few, prompt: route, target: "{{ item.team }}" }
            |                                ~~~~~~~"
    `);
  });

  test("training of a model that cannot be trained", () => {
    expect(diagnose(["base: ngram, rows", "base: teacher, rows"])).toMatchInlineSnapshot(`
      "spec.yaml:39:32 error: models of provider type "recorded" have no trainer of their own
         39 |   before: { uses: train, base: teacher, rows: split.few, prompt: route, target: "{{ item.team }}" }
            |                                ~~~~~~~ name one: trainer: classifier"
    `);
  });

  test("a bad name of a step", () => {
    expect(diagnose(["  export:\n", "  2nd export:\n"])).toMatchInlineSnapshot(`
      "spec.yaml:55:3 error: "2nd export" is not a name
         55 |   2nd export:
            |   ~~~~~~~~~~ letters, digits, - and _; a letter first, at most 64"
    `);
  });

  test("a name with a slash", () => {
    expect(diagnose(["  export:\n", "  ex/port:\n"])).toMatchInlineSnapshot(`
      "spec.yaml:55:3 error: "ex/port" is not a name
         55 |   ex/port:
            |   ~~~~~~~ letters, digits, - and _; a letter first, at most 64"
    `);
  });

  test("a bad name of the spec", () => {
    expect(diagnose(["name: desk", "name: help desk"])).toMatchInlineSnapshot(`
      "spec.yaml:2:7 error: "help desk" is not a name
          2 | name: help desk
            |       ~~~~~~~~~ letters, digits, - and _; a letter first, at most 64"
    `);
  });

  test("a request parameter that is the runner's", () => {
    expect(
      diagnose([
        "provider: tapes, model: large }",
        "provider: server, model: large, request: { stream: true } }",
      ]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:19:57 error: a request cannot carry "stream": answers are taken whole
         19 |   teacher: { provider: server, model: large, request: { stream: true } }
            |                                                         ~~~~~~"
    `);
  });

  test("a name that is too long", () => {
    expect(
      diagnose([
        "name: desk",
        "name: dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
      ]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:2:7 error: "name" is longer than 64 characters
          2 | name: dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
            |       ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
    `);
  });

  test("an environment variable with a bad name", () => {
    expect(diagnose(["    argv:", "    env: { MY-VAR: x }\n    argv:"])).toMatchInlineSnapshot(`
      "spec.yaml:57:12 error: "MY-VAR" is not a name
         57 |     env: { MY-VAR: x }
            |            ~~~~~~ letters, digits and _; no digit first"
    `);
  });

  test("an unknown key, a missing file and a misspelt variable at once", () => {
    expect(
      diagnose(
        ["seed: 7", "sead: 7"],
        ["data/pool.jsonl", "data/pol.jsonl"],
        ["sample.finish_reason", "sampel.finish_reason"],
        ['{{ item.team }}", operation', '{{ item.tem }}", operation'],
        ["prompt: route, target", "prompt: rout, target"],
      ),
    ).toMatchInlineSnapshot(`
      "spec.yaml:3:1 error: unknown key "sead"
          3 | sead: 7
            | ~~~~ did you mean "seed"?

      spec.yaml:6:17 error: there is no file data/pol.jsonl
          6 |   pool: { path: data/pol.jsonl }
            |                 ~~~~~~~~~~~~~~ did you mean "data/pool.jsonl"?

      spec.yaml:22:94 error: the rows of "split.validation" have no column "tem"
         22 | …string_check, input: "{{ sample.output_json.team }}", reference: "{{ item.tem }}", operation: eq }
            |                                                                            ~~~
            |                                                     did you mean "team"?

      spec.yaml:37:35 error: a row has no field "sampel"
         37 |       - { name: complete, where: "sampel.finish_reason == 'stop'" }
            |                                   ~~~~~~ did you mean "sample"?

      spec.yaml:39:64 error: no prompt is called "rout"
         39 |   before: { uses: train, base: ngram, rows: split.few, prompt: rout, target: "{{ item.team }}" }
            |                                                                ~~~~ did you mean "route"?"
    `);
  });

  test("no steps at all", () => {
    expect(diagnose([steps, "steps: {}\n"])).toMatchInlineSnapshot(`
      "spec.yaml:24:8 error: "steps" is empty
         24 | steps: {}
            |        ~~"
    `);
  });
});
