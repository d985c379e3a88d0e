import { describe, expect, onTestFinished, test } from "vitest";
import { openRig, type Rig } from "../support/rig.ts";

const spec = (steps: string, more = "") => `
version: 1
name: again
datasets: { pool: { path: pool.jsonl, id: id } }
prompts:
  route:
    request: { response_format: { type: json_object } }
    messages: [{ role: user, content: "{{ item.text }}" }]
providers: { hosted: { type: scripted } }
models:
  large: { provider: hosted, model: large-1 }
  small: { provider: hosted, model: small-1, request: { temperature: 0.5 } }
graders:
  same: { type: string_check, input: "{{ sample.output_text }}", reference: "{{ reference.output_text }}", operation: eq }
steps:
  capture: { uses: generate, rows: pool, prompt: route, model: large, request: { tools: [{ type: function }] } }
${steps}${more}
`;

function open(steps: string, more = ""): Rig {
  const rig = openRig({
    "spec.yaml": spec(steps, more),
    "pool.jsonl": '{"id":"a","text":"no ink"}\n{"id":"b","text":"no net"}\n',
  });
  onTestFinished(rig.close);
  return rig;
}

/** The faults of a spec, one a line. */
function faultsOf(steps: string, more = ""): string {
  const rig = open(steps, more);
  try {
    rig.plan();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("prompt: as_stored", () => {
  test("asks what was asked before, with its tools and format, and the model's own way of sampling", async () => {
    const rig = open("  again: { uses: generate, rows: capture, prompt: as_stored, model: small }");
    await rig.run();
    const again = rig.provider.sent.filter(({ model }) => model === "small-1");
    const parameters = {
      temperature: 0.5,
      tools: [{ type: "function" }],
      response_format: { type: "json_object" },
    };
    expect(again.map(({ messages, parameters }) => ({ messages, parameters }))).toEqual([
      { messages: [{ role: "user", content: "no ink" }], parameters },
      { messages: [{ role: "user", content: "no net" }], parameters },
    ]);
  });

  test("takes tools and format of a stored completion, and the step's own request wins", async () => {
    const rig = open(
      `  stored: { uses: stored_completions, from: local, step: capture, after: [capture] }
  again:  { uses: generate, rows: stored, prompt: as_stored, model: small, request: { response_format: { type: text } } }`,
    );
    await rig.run();
    const again = rig.provider.sent.filter(({ model }) => model === "small-1");
    expect(again.map(({ parameters }) => parameters)).toEqual([
      { temperature: 0.5, tools: [{ type: "function" }], response_format: { type: "text" } },
      { temperature: 0.5, tools: [{ type: "function" }], response_format: { type: "text" } },
    ]);
  });

  test("runs anew where the step that asked had other tools or another format", async () => {
    const rig = open("  again: { uses: generate, rows: capture, prompt: as_stored, model: small }");
    await rig.run();
    rig.edit("spec.yaml", "type: json_object", "type: text");
    // Its rows are the same: only what the format was has changed.
    rig.provider.answer = (_, n) => String(n);
    expect((await rig.run()).ran).toEqual(["capture", "again"]);
    expect(rig.provider.sent.at(-1)?.parameters).toMatchObject({ response_format: { type: "text" } });
  });

  test("needs rows that were asked before", () => {
    expect(faultsOf("  again: { uses: generate, rows: pool, prompt: as_stored, model: small }")).toBe(
      '17: the rows of "pool" have no messages of their own',
    );
  });

  test("is not the name of a prompt, where that would be read two ways", () => {
    const own = "\nx-own: 1";
    const steps = "  again: { uses: generate, rows: capture, prompt: as_stored, model: small }";
    const rig = open(steps, own);
    rig.edit(
      "spec.yaml",
      "prompts:\n",
      "prompts:\n  as_stored: { messages: [{ role: user, content: hello }] }\n",
    );
    expect(() => rig.plan()).toThrow(`"as_stored" is a stored completion's own messages`);
  });
});

describe("step", () => {
  const again = "\n  again: { uses: generate, rows: stored, prompt: as_stored, model: small }";
  const stored = (step: string) =>
    `  stored: { uses: stored_completions, from: local, step: ${step} }${again}`;

  test("orders after a step of this spec, so that one which stores what is looked for is a ring", () => {
    expect(faultsOf(stored("again"))).toContain("steps need each other in a ring");
    expect(faultsOf(stored("stored"))).toContain('step "stored" needs itself');
    open(stored("elsewhere")).plan();
  });
});

describe("from", () => {
  test("is local or a provider that keeps completions", () => {
    expect(faultsOf("  stored: { uses: stored_completions, from: hosted }")).toBe(
      "17: providers of type scripted keep no completions",
    );
    expect(faultsOf("  stored: { uses: stored_completions, from: hostd }")).toContain(
      'no provider is called "hostd"',
    );
    const rig = open("  stored: { uses: stored_completions, from: local }");
    rig.plan();
    rig.edit("spec.yaml", "hosted: { type", "local: { type: classifier }, hosted: { type");
    expect(() => rig.plan()).toThrow(
      `"local" is the project's own store, and providers has one of that name too`,
    );
  });
});

describe("reference", () => {
  test("is the answer that a row brings along, beside the fresh one", async () => {
    const rig = open(
      "  exam: { uses: evaluate, rows: capture, prompt: as_stored, models: [large, small], graders: [same] }",
    );
    rig.provider.answer = ({ model }) => `said by ${model}`;
    const { result } = await rig.run();
    expect(result.steps.find(({ id }) => id === "exam")?.metrics).toMatchObject({
      "same.large.rate": 1,
      "same.small.rate": 0,
    });
  });

  test("is not there where rows have no answers, nor outside of graders", () => {
    expect(
      faultsOf("  exam: { uses: evaluate, rows: pool, prompt: route, models: [small], graders: [same] }"),
    ).toBe('14: the rows of "pool" have no answers of their own');
    const prompt = open("  again: { uses: generate, rows: capture, prompt: route, model: small }");
    prompt.edit("spec.yaml", "{{ item.text }}", "{{ item.text }} {{ reference.output_text }}");
    expect(() => prompt.plan()).toThrow("there is no reference here");
    const field = open(
      "  exam: { uses: evaluate, rows: capture, prompt: route, models: [small], graders: [same] }",
    );
    field.edit("spec.yaml", "reference.output_text", "reference.text");
    expect(() => field.plan()).toThrow('a sample has no field "text"');
  });
});

describe("gates where answers of a model are taken for right", () => {
  const exam =
    "  exam: { uses: evaluate, rows: ROWS, prompt: as_stored, models: [large, small], graders: [same] }\n";
  const gate = (rows: string) =>
    `${exam.replace("ROWS", rows)}  verdict: { uses: compare, results: [exam], teacher: large, candidate: small, gates: [{ grader: same, not_worse_than: large, margin: 0.1 }] }`;
  const filter = '  sure: { uses: filter, rows: capture, rules: [{ name: x, where: "true" }] }\n';
  const stored = (model: string) => `  stored: { uses: stored_completions, from: local${model} }\n`;
  const refused =
    'grader "same" takes the answers of "large" for right: against itself nothing could be better';

  test.each([
    ["rows of generate", gate("capture")],
    ["rows that were filtered since", filter + gate("sure")],
    ["stored completions of that model", stored(", model: large-1") + gate("stored")],
    ["stored completions of a version of it", stored(", model: large-1-2026-01-31") + gate("stored")],
    ["stored completions of any model, which are taken for the teacher's", stored("") + gate("stored")],
  ])("are refused against that model: %s", (_, steps) => {
    expect(faultsOf(steps)).toContain(refused);
  });

  test.each([
    ["another model's completions", stored(", model: other") + gate("stored")],
    [
      "a gate against another model",
      gate("capture")
        .replace("not_worse_than: large", "not_worse_than: small")
        .replace("candidate: small", "candidate: large"),
    ],
  ])("are let be: %s", (_, steps) => {
    expect(faultsOf(steps)).not.toContain("takes the answers");
  });
});
