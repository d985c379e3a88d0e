import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type CliRig, cliRig } from "../support/cli-rig.ts";
import { type FakeOpenAI, type FakeOpenAIOptions, startFakeOpenAI } from "../support/fake-openai/index.ts";

const october = Date.parse("2026-10-10T12:00:00Z") / 1000;
const tools = [
  { type: "function", function: { name: "route", parameters: { type: "object", properties: {} } } },
];
const response_format = { type: "json_object" };
const photo = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" } };

/** A ticket that the teacher was asked about, as the provider keeps it. */
function ticket(n: number, rest: { readonly created?: number; readonly task?: string } = {}) {
  const content = [{ type: "text", text: `Ticket ${n}, as json` }, ...(n % 2 === 0 ? [photo] : [])];
  return {
    id: `chatcmpl-${n}`,
    created: rest.created ?? october + n,
    request: {
      model: "gpt-4.1",
      messages: [
        { role: "system", content: "Route the ticket." },
        { role: "user", content },
      ],
      temperature: 0,
      tools,
      response_format,
      store: true,
      metadata: { task: rest.task ?? "routing" },
    },
    answer: { content: JSON.stringify({ team: n % 3 === 0 ? "network" : "printing" }) },
  };
}

const stored = [
  ticket(0, { created: Date.parse("2026-09-30T23:59:59Z") / 1000 }),
  ...Array.from({ length: 130 }, (_, n) => ticket(n + 1)),
  ticket(200, { task: "billing" }),
  ticket(201, { created: Date.parse("2026-11-01T00:00:00Z") / 1000 }),
] as unknown as NonNullable<FakeOpenAIOptions["stored"]>;

const specOf = (url: string) => `
version: 1
name: again
providers: { openai: { type: openai, base_url: ${url} } }
models:
  teacher: { provider: openai, model: gpt-4.1 }
  student: { provider: openai, model: gpt-4.1-mini, request: { temperature: 0.5 } }
graders:
  same:
    type: string_check
    input: "{{ sample.output_json.team }}"
    reference: "{{ reference.output_json.team }}"
    operation: eq
steps:
  kept:
    uses: stored_completions
    from: openai
    model: gpt-4.1
    metadata: { task: routing }
    created: { from: 2026-10-01, to: 2026-10-31 }
  exam: { uses: evaluate, rows: kept, prompt: as_stored, models: [student], graders: [same], limit: 6 }
  verdict: { uses: compare, results: [exam], candidate: student, gates: [{ grader: same, min: 0.1 }] }
`;

async function open(): Promise<{ readonly server: FakeOpenAI; readonly rig: CliRig }> {
  const server = await startFakeOpenAI({
    stored,
    answer: () => ({ content: JSON.stringify({ team: "printing" }) }),
  });
  onTestFinished(() => server.close());
  return { server, rig: cliRig({ "distill.yaml": specOf(server.url), ".git/HEAD": "" }) };
}

const callsOf = ({ ledger }: FakeOpenAI, method: string) => ledger.filter((call) => call.method === method);

describe("stored completions of a provider", () => {
  it("are found by model, metadata and days, and asked again as they were: messages, tools and format", async () => {
    const { server, rig } = await open();
    const run = await rig.distill(["run", "--json"]);
    expect(run.stderr).toBe("");
    const { steps } = JSON.parse(run.stdout.trim().split("\n").at(-1)!);
    expect(steps).toMatchObject([{ id: "kept", rows: 130 }, { id: "exam" }, { id: "verdict" }]);

    const asked = callsOf(server, "POST").map(({ body }) => body as Record<string, unknown>);
    expect(asked.map(({ messages }) => messages)).toEqual(
      expect.arrayContaining([1, 2, 3, 4, 5, 6].map((n) => ticket(n).request.messages)),
    );
    for (const body of asked)
      expect(body).toMatchObject({ model: "gpt-4.1-mini", tools, response_format, temperature: 0.5 });
  });

  it("are judged by the stored answer, which the report calls agreement", async () => {
    const { rig } = await open();
    expect((await rig.distill(["run"])).stdout).toMatch(/student\s+66\.7 %/);
    const report = rig.read("distill.report.md");
    expect(report).toContain("| agreement |");
    expect(report).toContain("same measures agreement with stored completions of gpt-4.1");
    expect((await rig.distill(["verify"])).code).toBe(0);
  });

  it("stay as they were found when the provider has forgotten them", async () => {
    const { server, rig } = await open();
    expect((await rig.distill(["run"])).code).toBe(0);
    const lock = rig.read("distill.lock");
    for (const { id } of stored) await fetch(`${server.url}/chat/completions/${id}`, { method: "DELETE" });
    const before = server.ledger.length;
    expect((await rig.distill(["run"])).stdout).toContain("all cached");
    expect(server.ledger.length).toBe(before);
    expect(rig.read("distill.lock")).toBe(lock);
    const listed = await rig.distill(["completions", "list", "--metadata", "task=routing", "--json"]);
    expect(listed.stdout.trim().split("\n")).toHaveLength(130);
    const refreshed = await rig.distill(["run", "--refresh", "kept"]);
    // The copies are found by the same question.
    expect(refreshed.code).toBe(0);
    expect(rig.read("distill.lock")).toBe(lock);
  });

  it("are recorded and replayed as answers are, with no server", async () => {
    const { server, rig } = await open();
    expect((await rig.distill(["run", "--record", "exchanges.jsonl"])).code).toBe(0);
    const lock = rig.read("distill.lock");
    await server.close();
    const clone = cliRig({
      "distill.yaml": rig.read("distill.yaml"),
      "exchanges.jsonl": rig.read("exchanges.jsonl"),
      ".git/HEAD": "",
    });
    expect((await clone.distill(["run", "--replay", "exchanges.jsonl"])).code).toBe(0);
    expect(clone.read("distill.lock")).toBe(lock);
  });

  it("can be no gate against the model whose answers they are", async () => {
    const { rig } = await open();
    rig.write(
      "distill.yaml",
      rig
        .read("distill.yaml")
        .replace("models: [student]", "models: [student, teacher]")
        .replace("min: 0.1", "not_worse_than: teacher, margin: 0.05"),
    );
    const { code, stderr } = await rig.distill(["validate"]);
    expect(stderr).toMatchInlineSnapshot(`
      "distill.yaml:22:106 error: grader "same" takes the answers of "teacher" for right: against itself nothing could be better
         22 | …ts: [exam], candidate: student, gates: [{ grader: same, not_worse_than: teacher, margin: 0.05 }] }
            |                                                                          ~~~~~~~
            |   that is agreement: say how much of it there must be, such as min: 0.9,
            |   or grade by labels

      1 error. Nothing was run.
      "
    `);
    expect(code).toBe(2);
  });

  it("are refreshed only where something is looked for", async () => {
    const { rig } = await open();
    expect(await rig.distill(["run", "--refresh", "exam"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("exam looks for nothing that could have changed"),
    });
  });
});

const sentence = (n: number) => `the unique secret sentence number ${n}`;

/** A project that buys three answers, and a provider that keeps them too. */
async function bought(steps: string) {
  const server = await startFakeOpenAI();
  onTestFinished(() => server.close());
  const rig = cliRig({
    ".git/HEAD": "",
    "pool.jsonl": [0, 1, 2].map((n) => `${JSON.stringify({ id: `t${n}`, text: sentence(n) })}\n`).join(""),
    "distill.yaml": `version: 1
name: both
datasets: { pool: { path: pool.jsonl } }
prompts: { ask: { request: { store: true }, messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { server: { type: openai, base_url: "${server.url}" } }
models: { large: { provider: server, model: gpt-4o } }
steps:
  capture: { uses: generate, rows: pool, prompt: ask, model: large, metadata: { task: x } }
${steps}`,
  });
  return { server, rig };
}

async function rowsOf({ distill }: CliRig, step: string) {
  const { stdout } = await distill(["rows", step, "--json"]);
  return stdout.split("\n").filter((line) => line !== "");
}

/** Files of the store that hold a text. */
function filesWith(rig: CliRig, text: string): readonly string[] {
  const folder = join(rig.folder, ".distill");
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(text);
  });
}

describe("stored completions of a provider beside the answers that were bought here", () => {
  const steps = `  back: { uses: stored_completions, from: server, after: [capture] }
  local: { uses: stored_completions, from: local, after: [back] }
`;

  it("are each there once, and still the rows of the step that took them", async () => {
    const { rig } = await bought(steps);
    expect(await rig.distill(["run", "--yes"])).toMatchObject({ code: 0 });
    expect(await rowsOf(rig, "back")).toHaveLength(3);
    expect(await rowsOf(rig, "local")).toHaveLength(3);
    const listed = await rig.distill(["completions", "list", "--json"]);
    expect(listed.stdout.trim().split("\n")).toHaveLength(3);
    expect((await rig.distill(["completions", "list", "--step", "back"])).stdout.split("\n")).toHaveLength(4);
    expect((await rig.distill(["completions", "export"])).stderr).toBe("3 completions\n");
    expect((await rig.distill(["completions", "delete", "--step", "capture", "--yes"])).stdout).toContain(
      "deleted 3 completions\n",
    );
    expect((await rig.distill(["completions", "list", "--step", "back"])).stdout).toBe("");
  });

  it("are erased with them, and the provider's do not come back unasked", async () => {
    const { rig } = await bought(steps);
    expect(await rig.distill(["run", "--yes"])).toMatchObject({ code: 0 });
    const exported = await rig.distill(["completions", "export", "--format", "openai"]);
    expect(filesWith(rig, sentence(1)).length).toBeGreaterThan(0);
    const erased = await rig.distill(["store", "erase", "--item", "t1", "--yes"]);
    expect(erased).toMatchObject({ code: 0 });
    expect(erased.stdout).toContain(
      "gone: capture of distill.yaml, back of distill.yaml, local of distill.yaml\n",
    );
    expect(filesWith(rig, sentence(1))).toEqual([]);

    rig.write("again.jsonl", exported.stdout);
    expect((await rig.distill(["completions", "import", "again.jsonl"])).stdout).toContain(
      "imported: 2 completions; 1 erased here before, which stay out\n",
    );
    expect(filesWith(rig, sentence(1))).toEqual([]);

    rig.write(
      "pool.jsonl",
      rig
        .read("pool.jsonl")
        .split("\n")
        .filter((line) => !line.includes("t1"))
        .join("\n"),
    );
    const refresh = ["--refresh", "back", "--refresh", "local"];
    const again = await rig.distill(["run", "--yes", ...refresh]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout.replaceAll(/\s+/g, " ")).toContain(
      "1 completion that was erased here is still kept by server, and is left out",
    );
    expect(await rowsOf(rig, "back")).toHaveLength(2);
    expect(filesWith(rig, sentence(1))).toEqual([]);
  });

  it("are erased by the id that their rows have, with the item that they are of", async () => {
    const { rig } = await bought(steps);
    expect(await rig.distill(["run", "--yes"])).toMatchObject({ code: 0 });
    const row = (await rowsOf(rig, "back")).find((line) => line.includes(sentence(1)))!;
    const erased = await rig.distill(["store", "erase", "--item", JSON.parse(row).id, "--yes"]);
    expect(erased).toMatchObject({ code: 0 });
    expect(filesWith(rig, sentence(1))).toEqual([]);
    expect(filesWith(rig, sentence(2)).length).toBeGreaterThan(0);
  });

  it("are taken after the step of this spec that stores them", async () => {
    const { rig } = await bought("  found: { uses: stored_completions, from: local, step: capture }\n");
    expect(await rig.distill(["run", "--yes"])).toMatchObject({ code: 0 });
    expect(await rowsOf(rig, "found")).toHaveLength(3);
  });
});
