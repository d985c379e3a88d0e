import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openStore } from "../../src/runner/store/open-store.ts";
import { makeAnswer } from "../runner/store/answer.ts";
import { type CliRig, cliRig } from "../support/cli-rig.ts";
import { startFakeOpenAI } from "../support/fake-openai/index.ts";

const secret = "the flat in Marchmont Street with the blue door";
const today = new Date().toISOString().slice(0, 10);
/** A run may first have to be let in. */
const minute = 60_000;

describe("distill store erase", () => {
  it("goes through completions, rows and results, and tells what of yours still holds it", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    expect(filesWith(rig, secret).length).toBeGreaterThan(0);
    const dry = await rig.distill(["store", "erase", "--item", "i7", "--dry-run"]);
    expect(dry.stdout).toMatchInlineSnapshot(`
      "would be erased: 1 completion, 1 file, 2 steps with 1 row of it
      to go: capture of distill.yaml, select of distill.yaml
      data/pool.jsonl:8 still holds it
      data/answers.jsonl:8 still holds it
      git keeps what these files were: its history is yours to rewrite
      what was pushed to a shared directory is erased there with --remote DIRECTORY
      "
    `);
    expect(filesWith(rig, secret).length).toBeGreaterThan(0);
    const { code, stdout } = await erase(rig, "--item", "i7");
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(1)).toEqual(dry.stdout.replace("to go:", "gone:").split("\n").slice(1));
    expect(filesWith(rig, secret)).toEqual([]);
    expect(filesWith(rig, "Marchmont")).toEqual([]);
    expect(await rig.distill(["store", "verify"])).toMatchObject({ code: 0 });
    expect((await erase(rig, "--item", "i7")).stdout).toContain("nothing is stored of it\n");
  });

  it("leaves a tombstone that --frozen and a plain run name, and runs without the row once it is gone", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    await erase(rig, "--item", "i7", "--reason", "by letter");
    const frozen = await rig.distill(["run", "--frozen"]);
    expect(frozen.code).toBe(5);
    expect(frozen.stdout + frozen.stderr).toContain(`erased on ${today}: by letter`);
    const plain = await rig.distill(["run"]);
    expect(plain.code).toBe(1);
    expect(plain.stdout + plain.stderr).toContain(`erased on ${today}: by letter`);
    expect(plain.stdout + plain.stderr).toContain("--force capture");
    expect(filesWith(rig, secret)).toEqual([]);
    for (const file of ["data/pool.jsonl", "data/answers.jsonl"]) withoutSecret(rig, file);
    expect(await rig.distill(["run"])).toMatchObject({ code: 0 });
    expect(filesWith(rig, secret)).toEqual([]);
    expect(await rig.distill(["run", "--frozen"])).toMatchObject({ code: 0 });
  });

  it("finds by expression and by metadata, and says when an expression fits nothing", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    const find = async (...args: readonly string[]) =>
      JSON.parse((await rig.distill(["store", "erase", "--dry-run", "--json", ...args])).stdout).answers
        .length;
    expect(await find("--where", `item.text.contains("Marchmont")`)).toBe(1);
    expect(await find("--where", `sample.output_text.startsWith("answer to")`, "--item", "i7")).toBe(1);
    expect(await find("--metadata", "room=attic")).toBe(5);
    expect(await find("--where", "item.text == 'nowhere'")).toBe(0);
    expect(await rig.distill(["store", "erase", "--dry-run", "--where", "item.nme == 'x'"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--where could be evaluated on nothing that is stored: "),
    });
    expect(await rig.distill(["store", "erase", "--where", "item.text =="])).toMatchObject({ code: 2 });
    expect(await rig.distill(["store", "erase", "--where", "1.0 + 1.0"])).toMatchObject({
      code: 2,
      stderr: "--where gives a number, and yes or no is needed\n",
    });
  });

  it("judges completions by the items of their spec's dataset once the rows of a step are gone", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    await erase(rig, "--where", "item.id == 'i7'");
    const again = await erase(rig, "--where", "item.id == 'i7'");
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing is stored of it\n") });
    const cellar = await erase(rig, "--where", "item.room == 'cellar'");
    expect(cellar).toMatchObject({ code: 0, stdout: expect.stringContaining("erased: 4 completions") });
    expect(await erase(rig, "--where", "item.rom == 'attic'")).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "--where could be evaluated on nothing that is stored: item.rom is missing\ndid you mean item.room?\n",
    });
  });

  it("says how many completions it cannot judge where nothing has their items, and what to say instead", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    await erase(rig, "--item", "i7");
    rig.write("data/pool.jsonl", lines([{ id: "i0", text: "text 0", room: "attic" }]));
    const cellar = await erase(rig, "--where", "item.room == 'cellar'");
    expect(cellar.code).toBe(1);
    expect(cellar.stdout).toBe("nothing is stored of it\n");
    expect(cellar.stderr).toMatchInlineSnapshot(`
      "8 completions could not be judged by --where: no dataset of its spec, and no stored row, has the item
      name what is meant of these with --item ID or --metadata KEY=VALUE
      "
    `);
    const attic = await erase(rig, "--where", "item.room == 'attic'");
    expect(attic).toMatchObject({ code: 0, stdout: expect.stringContaining("erased: 1 completion\n") });
    expect(attic.stderr).toContain("8 completions could not be judged by --where: ");
    expect((await erase(rig, "--metadata", "room=attic")).stdout).toContain("erased: 4 completions\n");
  });

  it("goes through the stores of replays too, also where there is no other", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    await replayed(rig);
    mkdirSync(join(rig.folder, ".distill/replays/0123456789abcdef.removed"));
    rig.write(".distill/replays/0123456789abcdef.removed/left", secret);
    expect((await erase(rig, "--item", "i7")).stdout).toContain("erased: 2 completions, ");
    expect(filesWith(rig, secret)).toEqual([]);

    const alone = cliRig();
    await replayed(alone);
    expect((await erase(alone, "--item", "i7")).stdout).toContain("erased: 1 completion\n");
    expect(filesWith(alone, secret)).toEqual([]);
  });

  it("follows an item that only a replay knows into the project's own store", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    await replayed(rig, { customer: "c17" });
    const { stdout } = await erase(rig, "--metadata", "customer=c17");
    expect(stdout).toContain("erased: 2 completions, 1 file, 2 steps");
    expect(filesWith(rig, secret)).toEqual([]);
  });

  it("removes nothing of a replay that is at work", { timeout: minute }, async () => {
    const rig = await ranProject();
    const replay = openStore(rig.folder, { replay: "a".repeat(64) });
    const run = replay.startRun("distill.yaml");
    expect(await erase(rig, "--item", "i7")).toMatchObject({ code: 75 });
    expect(filesWith(rig, secret).length).toBeGreaterThan(0);
    replay.finishRun(run, []);
    replay.close();
    expect(await erase(rig, "--item", "i7")).toMatchObject({ code: 0 });
  });

  it("finishes an erasure that was ended half-way, although nothing is found any more", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    const { files } = JSON.parse((await erase(rig, "--item", "i7", "--json")).stdout);
    const { digest } = files[0];
    rig.write(`.distill/objects/${digest.slice(0, 2)}/${digest.slice(2)}`, secret);
    const store = openStore(rig.folder);
    store.remember("erase", "uncleared", true);
    store.close();
    const again = await erase(rig, "--item", "i7");
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing is stored of it\n") });
    expect(filesWith(rig, secret)).toEqual([]);
  });

  it("names recordings that hold it, and changes nothing in them", { timeout: minute }, async () => {
    const rig = await ranProject();
    const header = JSON.stringify({ distill: "exchanges", version: 1, note: "" });
    const asked = (content: string) =>
      JSON.stringify({ request: { body: { messages: [{ role: "user", content }] } }, response: {} });
    const inBatch = JSON.stringify({ request: { form: [{ name: "file", content: asked(secret) }] } });
    const recording = `${[header, asked("text 1"), asked(secret), inBatch].join("\n")}\n`;
    rig.write("exchanges.jsonl", recording);
    rig.write("others.jsonl", `${[header, asked("text 1")].join("\n")}\n`);
    rig.write("notes.jsonl", `${asked(secret)}\n`);
    const { stdout } = await erase(rig, "--item", "i7");
    expect(stdout).toContain(
      "exchanges.jsonl, a recording, still holds it in 2 lines: take them out, or record it again\n",
    );
    expect(stdout).not.toMatch(/others|notes/);
    expect(rig.read("exchanges.jsonl")).toBe(recording);
  });

  it("is told by plan and status, with what makes the step again", { timeout: minute }, async () => {
    const rig = await ranProject();
    await erase(rig, "--item", "i7", "--reason", "by letter");
    const told = `erased on ${today}: by letter; --force capture makes it again`;
    const plan = await rig.distill(["plan"]);
    expect(plan.stdout.replaceAll(/\s+/g, " ")).toContain(`capture stop ${told}`);
    const { steps, send } = JSON.parse((await rig.distill(["plan", "--json"])).stdout);
    expect(steps[0]).toMatchObject({ id: "capture", erased: true, reason: told, asks: [] });
    expect(send.requests).toEqual({ low: 0, high: 0 });
    expect((await rig.distill(["status"])).stdout).toContain(`· capture  ${told}\n`);
    expect((await rig.distill(["plan", "--force", "capture"])).stdout).toMatch(/capture +run +forced/);
  });

  it("lets a step that is made again ask for erased answers, and says so", { timeout: minute }, async () => {
    const rig = await ranProject();
    await erase(rig, "--item", "i7");
    const forced = await rig.distill(["run", "--force", "capture", "--force", "select"]);
    expect(forced.stdout + forced.stderr).toContain("1 answer that was erased is asked for again");
    const again = await rig.distill(["run", "--force", "capture"]);
    expect(again.stdout + again.stderr).not.toContain("erased");
  });

  it("lets another step ask for what was erased, live or in a batch, and says how many that were", {
    timeout: minute,
  }, async () => {
    const server = await startFakeOpenAI({ batch: { pollsUntilDone: 1 } });
    onTestFinished(() => server.close());
    for (const mode of ["live", "batch"]) {
      const rig = cliRig({
        "items.jsonl": lines([1, 2, 3].map((id) => ({ id, text: `${mode} ${id}` }))),
        "distill.yaml": `version: 1
name: again
datasets: { items: { path: items.jsonl } }
prompts: { plain: { messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { server: { type: openai, base_url: "${server.url}" } }
models: { m: { provider: server, model: gpt-4o } }
steps:
  capture: { uses: generate, rows: items, prompt: plain, model: m, execution: { mode: ${mode} } }
`,
      });
      expect(await rig.distill(["run"])).toMatchObject({ code: 0 });
      await erase(rig, "--item", "1", "--item", "2");
      rig.write("distill.yaml", rig.read("distill.yaml").replace("model: m,", "model: m, limit: 2,"));
      const again = await rig.distill(["run"]);
      expect(again.code).toBe(0);
      expect(again.stdout + again.stderr).toContain("2 answers that were erased are asked for again");
    }
  });

  it("fails, and calls nothing erased, where a file of the store still holds it", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    rig.write(".distill/notes.txt", `copied by hand: ${secret}`);
    const { code, stdout, stderr } = await erase(rig, "--item", "i7");
    expect(code).toBe(1);
    expect(stdout).toContain("removed: 1 completion, 1 file, 2 steps");
    expect(stdout).not.toMatch(/^erased/m);
    expect(stderr).toContain("It is not erased: the store still holds texts of it in\n  notes.txt\n");
  });

  it("removes nothing where nobody can be asked, and where nothing is said", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    expect(await rig.distill(["store", "erase", "--item", "i7"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        "nothing was removed: nobody is here to be asked\nsay --yes, or --dry-run\n",
      ),
    });
    expect(filesWith(rig, secret).length).toBeGreaterThan(0);
    expect(await rig.distill(["store", "erase", "--yes"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "say what is to be erased\nwith --item, --metadata or --where\n",
    });
    expect(await cliRig().distill(["store", "erase", "--item", "i7"])).toMatchObject({
      code: 1,
      stderr: "nothing is stored in this project yet\n",
    });
  });

  it("erases in a shared directory too, and does not pull it back from one that still has it", {
    timeout: minute,
  }, async () => {
    const rig = await ranProject();
    const lock = rig.read("distill.lock");
    mkdirSync(join(rig.folder, "share"));
    expect(await rig.distill(["store", "push", "share"])).toMatchObject({ code: 0 });
    mkdirSync(join(rig.folder, "old"));
    expect(await rig.distill(["store", "push", "old"])).toMatchObject({ code: 0 });
    expect(textsIn(join(rig.folder, "share"), secret).length).toBeGreaterThan(0);
    const { stdout } = await erase(rig, "--item", "i7", "--remote", "share");
    expect(stdout).toContain("in the shared directory erased: 1 completion, ");
    expect(textsIn(join(rig.folder, "share"), secret)).toEqual([]);

    // What is left of the items goes there again, and comes to others.
    for (const file of ["data/pool.jsonl", "data/answers.jsonl"]) withoutSecret(rig, file);
    expect(await rig.distill(["run"])).toMatchObject({ code: 0 });
    expect(await rig.distill(["store", "push", "share"])).toMatchObject({ code: 0 });
    expect(textsIn(join(rig.folder, "share"), "answer to text 3").length).toBeGreaterThan(0);
    expect(textsIn(join(rig.folder, "share"), secret)).toEqual([]);

    rig.write("distill.lock", lock);
    const pulled = await rig.distill(["store", "pull", "old"]);
    expect(pulled.stdout).toContain("left out, for something of it was erased here: capture, select\n");
    expect(filesWith(rig, secret)).toEqual([]);
  });
});

/** A completion about the item that a replay keeps. */
async function replayed(rig: CliRig, metadata: { readonly [key: string]: string } = {}): Promise<void> {
  const replay = openStore(rig.folder, { replay: "a".repeat(64) });
  const tags = { spec: "distill.yaml", step: "capture", item: "i7", metadata };
  await replay.keepAnswer(makeAnswer("x", secret), tags);
  replay.close();
}

function erase(rig: CliRig, ...args: readonly string[]) {
  return rig.distill(["store", "erase", "--yes", ...args]);
}

/** Takes the lines that hold it out of a file of the project. */
function withoutSecret(rig: CliRig, file: string): void {
  const kept = rig
    .read(file)
    .split("\n")
    .filter((line) => !line.includes(secret));
  rig.write(file, kept.join("\n"));
}

/** Files of the store that hold a text. */
function filesWith(rig: CliRig, text: string): readonly string[] {
  return textsIn(join(rig.folder, ".distill"), text);
}

function textsIn(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(text);
  });
}

/** A project with ten items, of which one is about somebody. */
async function ranProject(): Promise<CliRig> {
  const items = Array.from({ length: 10 }, (_, i) => ({
    id: `i${i}`,
    text: i === 7 ? secret : `text ${i}`,
    room: i % 2 === 0 ? "attic" : "cellar",
  }));
  const rig = cliRig({
    "data/pool.jsonl": lines(items),
    "data/answers.jsonl": lines(
      items.map(({ text }) => ({
        model: "m",
        messages: [{ role: "user", content: text }],
        answers: [{ output_text: `answer to ${text}` }],
      })),
    ),
    "distill.yaml": `version: 1
name: echo
datasets: { pool: { path: data/pool.jsonl, id: id } }
prompts: { plain: { messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { recordings: { type: recorded, path: data/answers.jsonl } }
models: { m: { provider: recordings, model: m } }
steps:
  capture: { uses: generate, rows: pool, prompt: plain, model: m, metadata: { room: "{{ item.room }}" } }
  select: { uses: filter, rows: capture, rules: [{ name: done, where: "sample.finish_reason == 'stop'" }] }
`,
  });
  expect(await rig.distill(["run"])).toMatchObject({ code: 0 });
  return rig;
}

function lines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
