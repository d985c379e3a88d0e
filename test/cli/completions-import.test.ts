import { describe, expect, it } from "vitest";
import { type CliRig, cliRig } from "../support/cli-rig.ts";

const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const chat = (text: string, answer: string, more: object = {}) => ({
  messages: [
    { role: "user", content: text },
    { role: "assistant", content: answer },
  ],
  ...more,
});

describe("distill completions import", () => {
  it("takes in chats, counts what is there already, and tells what has no place", async () => {
    const rig = cliRig({
      "chats.jsonl": lines([
        chat("one", "1", { model: "gpt-4o", metadata: { task: "count" }, note: "x" }),
        chat("two", "2", { model: "gpt-4o", note: "y", score: 1 }),
      ]),
    });
    const first = await rig.distill(["completions", "import", "chats.jsonl", "--metadata", "source=desk"]);
    expect(first).toEqual({
      code: 0,
      stdout: "imported: 2 completions\nunmapped: note (2), score (1)\n",
      stderr: "",
    });
    expect((await rig.distill(["completions", "import", "chats.jsonl"])).stdout).toBe(
      "imported: 0 completions; 2 there already\nunmapped: note (2), score (1)\n",
    );
    const [one] = await list(rig, "--metadata", "task=count", "--metadata", "source=desk");
    expect(one).toMatchObject({
      model: "gpt-4o",
      provider: { type: "imported", from: "chat" },
      request: { messages: [{ role: "user", content: "one" }] },
      answer: { output_text: "1" },
    });
  });

  it("takes all or none where some are bad, unless these are to be left out", async () => {
    const rig = cliRig({
      "chats.jsonl": `${JSON.stringify(chat("one", "1"))}\n{"broken\n\n[]\n${JSON.stringify({ messages: [] })}\n"x"\n`,
    });
    const args = ["completions", "import", "chats.jsonl", "--model", "m"];
    expect(await rig.distill(args)).toEqual({
      code: 1,
      stdout: [
        "chats.jsonl:2: it is no JSON",
        "chats.jsonl:5: its last message is not the assistant's",
        "chats.jsonl:6: it is no JSON object",
        "to import: 1 completion; 3 bad",
        "",
      ].join("\n"),
      stderr: "Nothing was imported.\nmend these, or leave them out with --skip-bad\n",
    });
    expect(await list(rig)).toEqual([]);
    expect(await rig.distill([...args, "--skip-bad"])).toMatchObject({ code: 0 });
    expect(await list(rig)).toHaveLength(1);
  });

  it.each([
    ["a directory", "chats", "chats is a directory\nname a file with completions\n"],
    ["an empty file", "empty.jsonl", "empty.jsonl holds no completions\n"],
    ["an empty list", "list.json", "list.json holds no completions\n"],
  ])("refuses %s", async (_, file, stderr) => {
    const rig = cliRig({
      "chats/one.jsonl": lines([chat("one", "1")]),
      "empty.jsonl": "",
      "list.json": "[]\n",
    });
    expect(await rig.distill(["completions", "import", file])).toEqual({ code: 2, stdout: "", stderr });
  });

  it("takes several answers to one request as samples of it, also from several files", async () => {
    const rig = cliRig({
      "a.jsonl": lines([chat("toss", "head"), chat("toss", "tail"), chat("toss", "head")]),
      "b.jsonl": lines([chat("toss", "edge")]),
    });
    const told: string[] = [];
    for (const file of ["a.jsonl", "b.jsonl", "a.jsonl", "b.jsonl"])
      told.push((await rig.distill(["completions", "import", file, "--model", "m"])).stdout);
    expect(told).toEqual([
      "imported: 3 completions\n2 identical requests taken as further samples of one item: runs do not find them for other items\n",
      "imported: 1 completion\n1 identical request taken as a further sample of one item: runs do not find it for other items\n",
      "imported: 0 completions; 3 there already\n",
      "imported: 0 completions; 1 there already\n",
    ]);
    expect((await list(rig)).map(({ sample, answer }) => [sample, answer.output_text])).toEqual([
      [0, "head"],
      [1, "tail"],
      [2, "head"],
      [3, "edge"],
    ]);
  });

  it("reads lists of OpenAI's API and outputs of promptfoo, on one line or several", async () => {
    const answered = {
      id: "chatcmpl-1",
      object: "chat.completion",
      model: "gpt-4o",
      created: 1738960610,
      choices: [
        { index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop", logprobs: null },
      ],
      messages: [{ role: "user", content: "hello" }],
    };
    const evaluated = {
      version: 3,
      results: {
        version: 3,
        results: [
          {
            prompt: { raw: "hello" },
            provider: "openai:gpt-4o",
            response: { output: "hi" },
            vars: { a: "b" },
          },
          { prompt: { raw: "bye" }, provider: "openai:gpt-4o", error: "timed out" },
        ],
      },
    };
    const rig = cliRig({
      "list.json": JSON.stringify({ object: "list", data: [answered] }, null, 2),
      "pages.jsonl": lines([{ object: "list", data: [answered] }]),
      "output.json": JSON.stringify(evaluated, null, 2),
      "line.json": JSON.stringify(evaluated),
    });
    const imported = async (file: string) => (await rig.distill(["completions", "import", file])).stdout;
    expect(await imported("list.json")).toBe("imported: 1 completion\n");
    expect(await imported("pages.jsonl")).toBe("imported: 0 completions; 1 there already\n");
    expect(await imported("output.json")).toBe("imported: 1 completion; 1 without an answer\n");
    expect(await imported("line.json")).toBe(
      "imported: 0 completions; 1 there already; 1 without an answer\n",
    );
  });

  it("keeps them where runs of a spec find them: nothing is asked for again", async () => {
    const rig = liveProject();
    rig.write(
      "old.jsonl",
      lines([
        chat("text 1", "answer 1", { model: "gpt-4o-2024-08-06", temperature: 0, seed: 7 }),
        chat("text 2", "answer 2", { model: "gpt-4o", temperature: 0 }),
      ]),
    );
    const args = ["completions", "import", "old.jsonl", "--spec", "distill.yaml", "--assume-request"];
    expect(await rig.distill([...args, "--model", "m", "--prompt", "plain"])).toMatchObject({
      code: 0,
      stdout: "imported: 2 completions\n",
    });
    // There is no key and no network: every answer must be there.
    expect(await rig.distill(["run"])).toMatchObject({ code: 0 });
    const [first] = await list(rig);
    expect(first.tags.map(({ step }: { step: string }) => step)).toEqual(["capture"]);
  });

  it("refuses those that were asked for otherwise than the spec asks, and names that it does not have", async () => {
    const rig = liveProject();
    rig.write(
      "old.jsonl",
      lines([
        chat("text 1", "answer 1", { model: "gpt-5", temperature: 0 }),
        chat("text 1", "answer 1", { model: "gpt-4o", temperature: 0.7 }),
      ]),
    );
    const args = ["completions", "import", "old.jsonl", "--spec", "distill.yaml"];
    expect(await rig.distill([...args, "--model", "m", "--prompt", "plain"])).toMatchObject({
      code: 1,
      stdout:
        "old.jsonl:1: it is of gpt-5, and the spec's model is gpt-4o\nold.jsonl:2: its temperature is 0.7, and the spec says 0\nto import: 0 completions; 2 bad\n",
    });
    expect(await rig.distill([...args, "--model", "n"])).toMatchObject({
      code: 2,
      stderr: 'the spec has no model "n"\n--model takes one of m\n',
    });
    expect(await rig.distill([...args, "--model", "m", "--prompt", "x"])).toMatchObject({ code: 2 });
    expect(await rig.distill(args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--spec needs a model"),
    });
  });

  it("takes nothing for the answer to the spec's request that does not tell how it was asked for", async () => {
    const rig = liveProject();
    rig.write(
      "distill.yaml",
      rig.read("distill.yaml").replace("temperature: 0", "response_format: { type: json_object }"),
    );
    const answered = {
      id: "chatcmpl-1",
      model: "gpt-4o",
      response_format: null,
      choices: [{ index: 0, message: { role: "assistant", content: "{}" }, finish_reason: "stop" }],
      messages: [{ role: "user", content: "text 1" }],
    };
    rig.write("openai.jsonl", lines([answered]));
    rig.write("chats.jsonl", lines([chat("text 1", "{}", { model: "gpt-4o" })]));
    const flags = ["--spec", "distill.yaml", "--model", "m", "--prompt", "plain"];
    const told = async (file: string, ...more: readonly string[]) => {
      const { code, stdout } = await rig.distill(["completions", "import", file, ...flags, ...more]);
      return [code, stdout.split("\n")[0]];
    };
    expect(await told("openai.jsonl")).toEqual([
      1,
      'openai.jsonl:1: it tells no response_format, and the spec says {"type":"json_object"}',
    ]);
    expect(await told("chats.jsonl")).toEqual([
      1,
      "chats.jsonl:1: chat files do not tell how it was asked for",
    ]);
    expect(await rig.distill(["completions", "import", "chats.jsonl", ...flags])).toMatchObject({
      stderr: expect.stringContaining("say --assume-request"),
    });
    expect(await list(rig)).toEqual([]);
    expect(await told("chats.jsonl", "--assume-request")).toEqual([0, "imported: 1 completion"]);
    expect(await told("openai.jsonl", "--assume-request")).toEqual([
      0,
      "imported: 0 completions; 1 there already",
    ]);
    expect(await rig.distill(["completions", "import", "chats.jsonl", "--assume-request"])).toMatchObject({
      code: 2,
      stderr: "--assume-request takes a spec's request for theirs\nadd --spec FILE\n",
    });
  });

  it("tells a dry run's counts and keeps nothing, and refuses flags that say nothing", async () => {
    const rig = cliRig({ "chats.jsonl": lines([chat("one", "1")]) });
    const args = ["completions", "import", "chats.jsonl", "--model", "m"];
    expect((await rig.distill([...args, "--dry-run"])).stdout).toBe("to import: 1 completion\n");
    expect(await list(rig)).toEqual([]);
    expect(await rig.distill([...args, "--format", "chatt"])).toMatchObject({
      code: 2,
      stderr: 'there is no format "chatt"\ndid you mean "chat"?\n',
    });
    expect(await rig.distill(["completions", "import", "none.jsonl"])).toMatchObject({ code: 2 });
    expect(JSON.parse((await rig.distill([...args, "--json"])).stdout)).toEqual({
      completions: 1,
      there: 0,
      erased: 0,
      without_answer: 0,
      further_samples: 0,
      faults: [],
      unmapped: {},
      imported: true,
    });
  });

  it("leaves out what was erased here", async () => {
    const rig = cliRig({ "chats.jsonl": lines([chat("one", "1"), chat("two", "2")]) });
    const args = ["completions", "import", "chats.jsonl", "--model", "m"];
    await rig.distill(args);
    const [first] = await list(rig);
    await rig.distill(["completions", "delete", first.id, "--yes"]);
    expect((await rig.distill(args)).stdout).toBe(
      "imported: 0 completions; 1 there already; 1 erased here before, which stay out\n",
    );
    expect(await list(rig)).toHaveLength(1);
    // Under another provider it has another key.
    expect((await rig.distill([...args, "--provider", "type=mine"])).stdout).toBe(
      "imported: 1 completion; 1 erased here before, which stay out\n",
    );
  });
});

describe("distill completions export", () => {
  it("gives what another project imports with every word, key and tag the same", async () => {
    const rig = liveProject();
    rig.write("old.jsonl", lines([chat("text 1", "answer 1"), chat("text 2", "answer 2")]));
    await rig.distill([
      "completions",
      "import",
      "old.jsonl",
      "--spec",
      "distill.yaml",
      "--model",
      "m",
      "--prompt",
      "plain",
      "--assume-request",
    ]);
    await rig.distill(["run"]);
    const exported = await rig.distill(["completions", "export"]);
    expect(exported).toMatchObject({ code: 0, stderr: "2 completions\n" });
    const other = cliRig({ "all.jsonl": exported.stdout });
    expect((await other.distill(["completions", "import", "all.jsonl"])).stdout).toBe(
      "imported: 2 completions\n",
    );
    expect((await other.distill(["completions", "export"])).stdout).toBe(exported.stdout);
  });

  it("narrows like list, writes a file, and leaves out what nobody should learn", async () => {
    const rig = cliRig({
      "chats.jsonl": lines([
        chat("one", "1", { metadata: { keep: "yes" } }),
        chat("two", "2"),
        chat("three", "3", { metadata: { keep: "yes" }, finish_reason: "length" }),
      ]),
    });
    await rig.distill(["completions", "import", "chats.jsonl", "--model", "m"]);
    const args = [
      "completions",
      "export",
      "--metadata",
      "keep=yes",
      "--format",
      "fine-tuning",
      "--out",
      "learn.jsonl",
    ];
    expect(await rig.distill(args)).toEqual({
      code: 0,
      stdout: "",
      stderr:
        "1 completion written to learn.jsonl\n1 completion left out: a model should not learn an answer that was cut off, filtered or refused\n",
    });
    expect(rig.read("learn.jsonl")).toBe(`${JSON.stringify(chat("one", "1"))}\n`);
    expect((await rig.distill(["completions", "export", "--created-before", "2001-01-01"])).stdout).toBe("");
    expect(await rig.distill(["completions", "export", "--created-after", "soon"])).toMatchObject({
      code: 2,
    });
    expect(await rig.distill(["completions", "export", "--format", "csv"])).toMatchObject({
      code: 2,
      stderr: 'there is no format "csv"\nformats: jsonl, openai, fine-tuning\n',
    });
  });
});

describe("distill completions tag", () => {
  it("sets metadata that a step's rerun does not take away, and list finds them with the step's own", async () => {
    const rig = liveProject();
    rig.write("old.jsonl", lines([chat("text 1", "answer 1"), chat("text 2", "answer 2")]));
    await rig.distill([
      "completions",
      "import",
      "old.jsonl",
      "--spec",
      "distill.yaml",
      "--model",
      "m",
      "--prompt",
      "plain",
      "--assume-request",
    ]);
    await rig.distill(["run"]);
    const [first] = await list(rig);
    const id = first.id.slice(0, 12);
    expect(
      (await rig.distill(["completions", "tag", id, "--set", "good=yes", "--set", "by=me"])).stdout,
    ).toBe("tagged 1 completion\n");
    await rig.distill(["run", "--force", "capture"]);
    expect(await list(rig, "--metadata", "good=yes", "--metadata", "task=echo")).toHaveLength(1);
    expect((await rig.distill(["completions", "list", "--metadata", "good=yes"])).stdout).toContain(
      "capture/1  task=echo by=me good=yes  answer 1",
    );
    await rig.distill(["completions", "tag", id, "--unset", "good"]);
    expect(await list(rig, "--metadata", "good=yes")).toEqual([]);
    expect(await list(rig, "--metadata", "by=me")).toHaveLength(1);
    expect(await rig.distill(["completions", "tag", id, "--unset", "task"])).toMatchObject({
      code: 2,
      stderr: `task of ${id} was set by capture of distill.yaml\nchange its metadata in the spec\n`,
    });
    expect(await rig.distill(["completions", "tag", id, "--set", `x=${"y".repeat(513)}`])).toMatchObject({
      code: 2,
      stderr: `${id}: metadata "x" has 513 characters, and at most 512 are stored\n`,
    });
    const many = Array.from({ length: 15 }, (_, i) => ["--set", `k${i}=v`]).flat();
    expect(await rig.distill(["completions", "tag", id, ...many])).toMatchObject({
      code: 2,
      stderr: `${id}: metadata has 17 entries, and at most 16 are stored\n`,
    });
  });
});

describe("distill completions delete", () => {
  it("deletes by flags or ids after a yes, and says what stays", async () => {
    const rig = cliRig({
      "chats.jsonl": lines([
        chat("one", "1", { metadata: { draft: "yes" } }),
        chat("two", "2"),
        chat("three", "3"),
      ]),
    });
    await rig.distill(["completions", "import", "chats.jsonl", "--model", "m"]);
    const draft = ["completions", "delete", "--metadata", "draft=yes"];
    expect((await rig.distill([...draft, "--dry-run"])).stdout).toBe("would delete 1 completion\n");
    expect(await rig.distill(draft)).toMatchObject({ code: 2 });
    expect(await list(rig)).toHaveLength(3);
    expect((await rig.distill([...draft, "--yes"])).stdout).toBe(
      "deleted 1 completion\nrows, results and models that were made from it stay: distill store erase goes through these too\n",
    );
    const [two] = await list(rig);
    expect(await rig.distill(["completions", "delete", two.id.slice(0, 12), "--yes"])).toMatchObject({
      code: 0,
    });
    expect((await list(rig)).map(({ answer }) => answer.output_text)).toEqual(["3"]);
    expect(await rig.distill(["completions", "delete", "--yes"])).toMatchObject({ code: 2 });
    expect(await rig.distill(["completions", "delete", two.id, "--yes"])).toMatchObject({ code: 1 });
  });
});

// biome-ignore lint/suspicious/noExplicitAny: what the command printed
async function list(rig: CliRig, ...args: readonly string[]): Promise<readonly any[]> {
  const { stdout } = await rig.distill(["completions", "list", "--json", ...args]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** A project that asks a live model, for which there is no key. */
function liveProject(): CliRig {
  return cliRig({
    "data/pool.jsonl": lines([1, 2].map((i) => ({ id: `${i}`, text: `text ${i}` }))),
    "distill.yaml": `version: 1
name: echo
datasets: { pool: { path: data/pool.jsonl, id: id } }
prompts: { plain: { request: { temperature: 0 }, messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { openai: { type: openai, api_key_env: OPENAI_API_KEY } }
models: { m: { provider: openai, model: gpt-4o } }
steps:
  capture: { uses: generate, rows: pool, prompt: plain, model: m, metadata: { task: echo } }
`,
  });
}
