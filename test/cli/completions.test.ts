import { describe, expect, it } from "vitest";
import { type CliRig, cliRig } from "../support/cli-rig.ts";

describe("distill completions list", () => {
  it("prints one line a completion, the newest last, with model, step, item, metadata and answer", async () => {
    const rig = await capturedProject();
    const { code, stdout } = await rig.distill(["completions", "list"]);
    expect(code).toBe(0);
    expect(stdout.replace(/^[0-9a-f]{12}/gm, "ID")).toMatchInlineSnapshot(`
      "ID  m  capture/1  room=attic task=echo  answer 1\\n\\x1b[31mred
      ID  m  capture/2  room="the cellar" task=echo  answer 2\\n\\x1b[31mred
      ID  m  capture/3  room=attic task=echo  answer 3\\n\\x1b[31mred
      "
    `);
  });

  it("narrows by model, step and metadata, and to the newest so many", async () => {
    const rig = await capturedProject();
    const list = async (...args: readonly string[]) =>
      (await rig.distill(["completions", "list", "--json", ...args])).stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line).tags[0].item);
    expect(await list("--metadata", "room=attic")).toEqual(["1", "3"]);
    expect(await list("--metadata", "room=attic", "--metadata", "task=echo", "--limit", "1")).toEqual(["3"]);
    expect(await list("--step", "capture", "--limit", "2")).toEqual(["2", "3"]);
    expect(await list("--step", "other")).toEqual([]);
    expect(await list("--model", "m")).toHaveLength(3);
    expect(await list("--model", "n")).toEqual([]);
  });

  it("finds the store from a folder below the project", async () => {
    const rig = await capturedProject();
    rig.write(".git/HEAD", "ref: refs/heads/main\n");
    const { stdout } = await rig.distill(["completions", "list"], { in: "data" });
    expect(stdout.split("\n")).toHaveLength(4);
  });

  it("says that there is nothing, and what is wrong with a flag", async () => {
    const rig = cliRig();
    expect(await rig.distill(["completions", "list"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "nothing is stored in this project yet\n",
    });
    expect(await rig.distill(["completions", "list", "--metadata", "room"])).toMatchObject({
      code: 2,
      stderr: '--metadata takes key=value, not "room"\n',
    });
    expect(await rig.distill(["completions", "list", "--limit", "few"])).toMatchObject({
      code: 2,
      stderr: '--limit takes a number, not "few"\n',
    });
  });
});

describe("distill completions show", () => {
  it("shows request, answer, metadata and usage by the beginning of an id", async () => {
    const rig = await capturedProject();
    const id = (await rig.distill(["completions", "list", "--limit", "1"])).stdout.slice(0, 12);
    const { code, stdout } = await rig.distill(["completions", "show", id]);
    expect(code).toBe(0);
    expect(
      stdout.replace(/[0-9a-f]{12,}/g, "HEX").replace(/created .*/, "created   DATE"),
    ).toMatchInlineSnapshot(`
      "id        HEX
      model     m, answered by m-2026
      provider  recorded, HEX
      created   DATE
      usage     3 tokens in, 2 out
      latency   not recorded
      sample    0
      stored by distill.yaml, capture/3  room=attic task=echo

      [user]
      text 3

      [answer, stop]
      answer 3
      \\x1b[31mred
      "
    `);
    const json = JSON.parse((await rig.distill(["completions", "show", id, "--json"])).stdout);
    expect(json).toMatchObject({
      id: expect.stringMatching(new RegExp(`^${id}`)),
      answer: { usage: { input_tokens: 3 } },
    });
  });

  it("refuses a beginning that several ids or none have", async () => {
    const rig = await capturedProject(40);
    const ids = (await rig.distill(["completions", "list"])).stdout
      .split("\n")
      .map((line) => line.slice(0, 12));
    const first = ids
      .map((id) => id[0]!)
      .find((letter) => ids.filter((id) => id.startsWith(letter)).length > 1)!;
    expect(await rig.distill(["completions", "show", first])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`several ids begin with "${first}"\nsuch as `),
    });
    expect(await rig.distill(["completions", "show", "nothex"])).toMatchObject({
      code: 1,
      stderr: 'no stored completion has an id that begins with "nothex"\n',
    });
  });
});

/** A project whose recorded answers were captured. */
async function capturedProject(count = 3): Promise<CliRig> {
  const items = Array.from({ length: count }, (_, i) => ({
    id: `${i + 1}`,
    text: `text ${i + 1}`,
    room: i % 2 === 0 ? "attic" : "the cellar",
  }));
  const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const rig = cliRig({
    "data/pool.jsonl": lines(items),
    "data/answers.jsonl": lines(
      items.map(({ id, text }) => ({
        model: "m",
        messages: [{ role: "user", content: text }],
        answers: [
          {
            output_text: `answer ${id}\n\u001b[31mred`,
            usage: { input_tokens: 3, output_tokens: 2 },
            model: "m-2026",
          },
        ],
      })),
    ),
    "distill.yaml": `version: 1
name: echo
datasets: { pool: { path: data/pool.jsonl, id: id } }
prompts: { plain: { messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { recordings: { type: recorded, path: data/answers.jsonl } }
models: { m: { provider: recordings, model: m } }
steps:
  capture: { uses: generate, rows: pool, prompt: plain, model: m, metadata: { task: echo, room: "{{ item.room }}" }, execution: { concurrency: 1 } }
`,
  });
  expect(await rig.distill(["run"])).toMatchObject({ code: 0 });
  return rig;
}
