import { afterAll, afterEach, describe, expect, test } from "vitest";
import { exitOf } from "../../src/cli/exit.ts";
import { openRig, type Rig } from "../support/rig.ts";
import { scriptedProvider } from "../support/scripted-provider.ts";
import { edited, goodSpec, openSpecFolder } from "../support/spec-folder.ts";

const MEBIBYTE = 1024 * 1024;
const timeout = 10_000;

const specs = openSpecFolder();
afterAll(specs.close);

const list = (length: number, item: (index: number) => string) => Array.from({ length }, (_, n) => item(n));
const quoted = (text: string) => JSON.stringify(text);
const withPrompt = (text: string) => edited([['"{{ item.text }}"', quoted(text)]]);
const withRule = (text: string) => edited([[`"sample.finish_reason == 'stop'"`, quoted(text)]]);
const withPattern = (text: string) => edited([['"(?:please|thank)"', quoted(text)]]);
const withPath = (text: string) => edited([["data/pool.jsonl", quoted(text)]]);
const filters = (length: number, rows: (n: number) => string) =>
  list(length, (n) => `  s${n}: { uses: filter, rows: ${rows(n)}, rules: [{ name: a, limit: 3 }] }\n`).join(
    "",
  );

const refused: Readonly<Record<string, readonly [spec: string, message: string]>> = {
  "3,000 blocks in each other": [
    withPrompt(`${"{{#if item.text}}".repeat(3000)}${"{{/if}}".repeat(3000)}`),
    "the template has more than 20000 pieces",
  ],
  "60 blocks in each other": [
    withPrompt(`${"{{#each item}}".repeat(60)}${"{{/each}}".repeat(60)}`),
    "blocks are nested more than 50 deep",
  ],
  "braces that never end": [withPrompt("{{".repeat(50_000)), 'raw blocks ("{{{{") are not supported'],
  "a template of a mebibyte": [withPrompt("a { b } ".repeat(110_000)), "the template has 880000 characters"],
  "50,000 keys": [goodSpec + list(50_000, (n) => `x-${n}: 1\n`).join(""), "the spec is too long"],
  "3,000 levels of brackets": [`${goodSpec}x-a: ${"[".repeat(3000)}`, "nests more than 64"],
  "3,000 levels of lines": [
    `${goodSpec}x-a:\n${list(1400, (n) => `${" ".repeat(n + 1)}k:`).join("\n")}`,
    "nests more than 64",
  ],
  "aliases that explode": [
    `${goodSpec}x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${list(20, (n) => `x-${n + 1}: &a${n + 1} [${list(10, () => `*a${n}`).join(", ")}]\n`).join("")}`,
    "too large once its aliases are expanded",
  ],
  "a ring of a thousand steps": [
    goodSpec + filters(1000, (n) => `s${(n + 1) % 1000}`),
    "steps need each other in a ring",
  ],
  "a thousand references that lead nowhere": [
    goodSpec + filters(1000, (n) => `nowhere${n}`),
    'no step or dataset is called "nowhere0"',
  ],
  "200 macros in each other": [
    withRule(`${"item.l.map(a, ".repeat(200)}1${")".repeat(200)}`),
    "the expression is too long or nested too deeply",
  ],
  "an expression of brackets": [
    withRule("(".repeat(3000)),
    "the expression is too long or nested too deeply",
  ],
  "a pattern that repeats repetitions": [withPattern("((a{1000}){1000}){1000}"), "the pattern is too large"],
  "a pattern of brackets": [withPattern("(".repeat(2000) + ")".repeat(2000)), "expression nests too deeply"],
  "a path of 50,000 folders": [withPath("a/".repeat(50_000)), "this is no path"],
  "a path with a null character": [withPath("a\0b"), "this is no path"],
  "a step called as nothing may be": [
    `${goodSpec}  __proto__: { uses: filter, rows: pool, rules: [{ name: a, limit: 3 }] }\n`,
    '"__proto__" is not a name',
  ],
  "a step type out of the prototype": [
    edited([["uses: filter", "uses: constructor"]]),
    'no step type is called "constructor"',
  ],
  "a reference into the prototype": [
    edited([["rows: capture", "rows: constructor.prototype"]]),
    'no step or dataset is called "constructor"',
  ],
};

describe("a hostile spec is refused in good time, without a stack", () => {
  for (const [title, [spec, message]] of Object.entries(refused))
    test(title, { timeout }, () => {
      const planning = specs.plan(spec);
      expect(planning.ok).toBe(false);
      expect(planning.diagnostics.map((one) => one.message)).toContainEqual(expect.stringContaining(message));
    });
});

const large: Readonly<Record<string, string>> = {
  "of a mebibyte": `${goodSpec}x-a: "${"x".repeat(MEBIBYTE - 8192)}"\n`,
  "with a chain of a thousand steps": goodSpec + filters(1000, (n) => (n === 0 ? "capture" : `s${n - 1}`)),
  "with a pattern that backtracks elsewhere": withPattern("(a+)+$"),
};

describe("a large spec is planned in good time", () => {
  for (const [title, spec] of Object.entries(large))
    test(title, { timeout }, () => {
      expect(specs.diagnose(spec)).toBe("");
    });
});

let rig: Rig | undefined;
afterEach(() => {
  rig?.close();
  rig = undefined;
});

interface Attack {
  readonly prompt?: string;
  readonly where?: string;
  readonly by?: string;
  readonly data: string;
  readonly answer?: string;
}

// capture → select → split, and exam beside them.
async function runWith({
  prompt = "{{ item.text }}",
  where = "true",
  by = "item.text",
  data,
  answer,
}: Attack) {
  const spec = `version: 1
name: hostile
datasets: { pool: { path: pool.jsonl } }
prompts: { say: { messages: [{ role: user, content: ${quoted(prompt)} }] } }
providers: { there: { type: scripted } }
models: { teacher: { provider: there, model: large } }
graders: { odd: { type: regex, input: "{{ item.text }}", pattern: "(a+)+$" } }
steps:
  capture: { uses: generate, rows: pool, prompt: say, model: teacher }
  select: { uses: filter, rows: capture, rules: [{ name: a, where: ${quoted(where)} }, { name: b, dedupe: exact, by: ${quoted(by)} }] }
  split: { uses: split, rows: select, into: { all: 1 }, group_by: ${quoted(by)} }
  exam: { uses: evaluate, rows: pool, prompt: say, models: [teacher], graders: [odd] }
`;
  rig = openRig(
    { "spec.yaml": spec, "pool.jsonl": `${data}\n` },
    answer === undefined ? scriptedProvider() : scriptedProvider({ answer: () => answer }),
  );
  const run = await rig.run();
  return {
    exit: exitOf(run.outcomes, run.result.verdict),
    why: run.outcomes.flatMap(({ id, message, status }) =>
      status === "skipped" ? [] : message === undefined ? [] : [`${id}: ${message}`],
    ),
  };
}

const row = (fields: object) => JSON.stringify({ id: "1", text: "hi", ...fields });
const letters = `${"a".repeat(100_000)}!`;
const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const numbers = (length: number) => Array.from({ length }, (_, n) => n);

describe("hostile rows and answers end a run in good time, and never with a fault of ours", () => {
  const well = { exit: 0, why: [] };
  const tooMuchWork =
    'select: rule "a" could be evaluated on none of 1 rows: row "1" cannot be evaluated: the expression does too much work on this row';

  const attacks: Readonly<
    Record<string, readonly [Attack, { readonly exit: number; readonly why: readonly string[] }]>
  > = {
    "(a+)+$ in a rule and a grader over 100,000 letters": [
      { where: "!item.text.matches('(a+)+$')", data: row({ text: letters }) },
      well,
    ],
    "a pattern out of the row": [
      {
        where: "item.text.matches(item.pattern)",
        data: row({ text: letters, pattern: "(a|b)*a(a|b){300}[cz]$" }),
      },
      { exit: 1, why: [tooMuchWork] },
    ],
    "macros in each other over 10,000 numbers": [
      {
        where: "item.l.all(a, item.l.all(b, item.l.all(c, a + b + c >= 0)))",
        data: row({ l: numbers(10_000) }),
      },
      { exit: 1, why: [tooMuchWork] },
    ],
    "loops in each other over 100,000 numbers": [
      {
        prompt: "{{#each item.l}}{{#each ../item.l}}{{this}}{{/each}}{{/each}}",
        data: row({ l: numbers(100_000) }),
      },
      {
        exit: 1,
        why: ["capture", "exam"].map(
          (step) =>
            `${step}: row "1": prompt "say" cannot be evaluated: the template takes more than 1000000 steps to render`,
        ),
      },
    ],
    "columns called as what every object has": [
      {
        where: "item.text == 'hi'",
        data: '{"id":"__proto__","text":"hi","__proto__":{"polluted":true},"constructor":1,"toString":2,"hasOwnProperty":3}',
      },
      well,
    ],
    "a column of 900 levels that nothing reads": [{ data: `{"id":"1","text":"hi","d":${deep(900)}}` }, well],
    "a column of 900 levels that a prompt shows": [
      { prompt: "{{ item.d }}", data: `{"id":"1","text":"hi","d":${deep(900)}}` },
      {
        exit: 1,
        why: ["capture", "exam"].map(
          (step) =>
            `${step}: row "1": prompt "say" cannot be evaluated: "item.d" cannot be shown: nested more than 200 deep, which is not JSON here`,
        ),
      },
    ],
    "a row of 900 lists in each other": [
      { data: deep(900) },
      {
        exit: 1,
        why: ["capture", "exam"].map(
          (step) => `${step}: pool.jsonl:1: an item is a JSON object, and this is not one`,
        ),
      },
    ],
    "100,000 columns": [{ data: row(Object.fromEntries(numbers(100_000).map((n) => [`k${n}`, n]))) }, well],
    "an answer of 10,000 levels": [{ data: row({}), answer: deep(10_000) }, well],
    "an answer with the keys of every object": [
      { data: row({}), answer: '{"__proto__":{"polluted":true},"constructor":{"prototype":1}}' },
      well,
    ],
  };
  for (const [title, [attack, expected]] of Object.entries(attacks))
    test(title, { timeout }, async () => {
      expect(await runWith(attack)).toEqual(expected);
      expect({}).not.toHaveProperty("polluted");
    });

  // Rows are written as they came, and writing them overflows: reading them has to refuse such a line.
  test("a column of 10,000 levels that nothing reads", { timeout }, async () => {
    const { exit, why } = await runWith({ data: `{"id":"1","text":"hi","d":${deep(10_000)}}` });
    expect(exit).toBe(1);
    expect(why[0]).toContain("pool.jsonl:1: nested more than");
  });
});

test("a dataset without a readable row is told by its line, not by columns that it lacks", async () => {
  expect(await runWith({ data: '{"id":"1","text":' })).toEqual({
    exit: 1,
    why: ["capture", "exam"].map((step) => expect.stringContaining(`${step}: pool.jsonl:1: not valid JSON`)),
  });
});
