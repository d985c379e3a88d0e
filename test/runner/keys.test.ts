import { readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { greetings } from "../support/greetings.ts";
import { openRig, type Rig } from "../support/rig.ts";

const all = ["capture", "select", "once", "judged", "verdict"];
let rig: Rig;

beforeEach(async () => {
  rig = openRig(greetings);
  expect((await rig.run()).ran.toSorted()).toEqual(all.toSorted());
});

afterEach(() => rig.close());

/** The same project again: every step kept and no request sent. */
async function expectNothingRuns(names: readonly string[] = all): Promise<void> {
  const { ran, cached, sent } = await rig.run();
  expect({ ran, cached: cached.toSorted(), sent }).toEqual({
    ran: [],
    cached: [...names].toSorted(),
    sent: 0,
  });
}

describe("nothing runs", () => {
  it("when nothing changed, and the lock keeps its bytes", async () => {
    const before = rig.read("spec.lock");
    await expectNothingRuns();
    expect(rig.read("spec.lock")).toBe(before);
  });

  it("when keys change their order and comments come and go", async () => {
    rig.edit(
      "spec.yaml",
      "{ uses: generate, rows: pool, prompt: say,",
      "{ prompt: say, rows: pool, uses: generate,",
    );
    rig.edit("spec.yaml", "seed: 1\n", "# the seed\nseed: 1 # of everything\n");
    await expectNothingRuns();
  });

  it("when a default is written out", async () => {
    rig.edit("spec.yaml", "model: teacher, metadata", "model: teacher, samples: 1, metadata");
    rig.edit("spec.yaml", "candidate: student", "candidate: student\n    confidence: 0.95");
    rig.edit("spec.yaml", "pool: { path: pool.jsonl }", "pool: { path: pool.jsonl, id: id }");
    await expectNothingRuns();
  });

  it("when steps, models and graders are renamed", async () => {
    rig.write(
      "spec.yaml",
      rig
        .read("spec.yaml")
        .replaceAll("capture", "taken")
        .replaceAll("teacher", "master")
        .replaceAll("same", "equal")
        .replaceAll("judged", "examined"),
    );
    await expectNothingRuns(["taken", "select", "once", "examined", "verdict"]);
  });

  it("when a dataset is touched", async () => {
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(rig.folder, "pool.jsonl"), later, later);
    await expectNothingRuns();
  });

  it("when a tag changes that nothing reads, and the completions get the new one", async () => {
    rig.edit("spec.yaml", "task: greeting", "task: salutation");
    await expectNothingRuns();
    const { openStore } = await import("../../src/runner/store/open-store.ts");
    const store = openStore(rig.folder);
    const tags = [...store.completions({ step: "capture" })].map((one) =>
      one.tags.map((tag) => tag.metadata.task),
    );
    store.close();
    expect(tags).toEqual(Array(6).fill(["salutation"]));
  });

  it("when a tag changes and only a sample is asked: all completions that are kept get the new one", async () => {
    rig.edit("spec.yaml", "task: greeting", "task: salutation");
    const { events, sent } = await rig.run({ sample: 1 });
    expect(sent).toBe(0);
    expect(events.filter(({ type }) => type === "step-warning")).toEqual([]);
    const { openStore } = await import("../../src/runner/store/open-store.ts");
    const store = openStore(rig.folder);
    const tasks = [...store.completions({ step: "capture" })].flatMap(({ tags }) =>
      tags.map(({ metadata }) => metadata.task),
    );
    store.close();
    expect(tasks).toEqual(Array(6).fill("salutation"));
  });

  it("when a server moves that has an identity", async () => {
    rig.edit("spec.yaml", "address: here", "address: elsewhere");
    await expectNothingRuns();
  });

  it("when only execution changes", async () => {
    rig.edit(
      "spec.yaml",
      "model: teacher, metadata",
      "model: teacher, execution: { concurrency: 1, retries: 0 }, metadata",
    );
    await expectNothingRuns();
  });
});

describe("only what changed runs", () => {
  it("a rule that now drops other rows: the filter and what follows, and nobody is asked", async () => {
    rig.edit("spec.yaml", "size(item.text) < 8", "size(item.text) < 4");
    expect(await rig.run()).toMatchObject({
      ran: ["select", "once"],
      cached: ["capture", "judged", "verdict"],
      sent: 0,
    });
    const explanation = await rig.explain("once");
    expect(explanation.state).toBe("ran");
    expect(explanation.causes.map((cause) => cause.text)).toEqual(["its rows change"]);
    expect(explanation.causes[0]?.because.map((cause) => cause.text)).toEqual([
      "rule short: size(item.text) < 8 → size(item.text) < 4",
    ]);
  });

  it("explains a long text by what changed in it", async () => {
    const long =
      "size(item.text) < 8 && item.text != 'something that is long enough to be cut' && item.text != 'x'";
    rig.edit("spec.yaml", "size(item.text) < 8", long);
    await rig.run();
    rig.edit("spec.yaml", "!= 'x'", "!= 'y'");
    expect((await rig.explain("select")).causes.map((cause) => cause.text)).toEqual([
      "rule short: …item.text != 'x' → …item.text != 'y'",
    ]);
  });

  it("a rule that drops the same rows: the filter alone", async () => {
    rig.edit("spec.yaml", "size(item.text) < 8", "size(item.text) < 9");
    expect(await rig.run()).toMatchObject({ ran: ["select"], sent: 0 });
  });

  it("a tag that a rule reads: the rows carry it, and the answers are not asked for again", async () => {
    rig.edit("spec.yaml", "size(item.text) < 8", "metadata.task == 'greeting'");
    const first = await rig.run();
    expect(first.ran.toSorted()).toEqual(["capture", "once", "select"]);
    expect(first.sent).toBe(0);
    rig.edit("spec.yaml", "task: greeting", "task: other");
    const second = await rig.run();
    expect(second).toMatchObject({ ran: ["capture"], failed: ["select"], sent: 0 });
  });

  it("one sample to three: two more answers an item are asked for", async () => {
    rig.edit("spec.yaml", "model: teacher, metadata", "model: teacher, samples: 3, metadata");
    const run = await rig.run();
    expect(run.sent).toBe(2 * 6);
    expect(run.ran).toContain("capture");
    expect((await rig.explain("capture")).causes.map((cause) => cause.text)).toEqual(["samples: 1 → 3"]);
  });

  it("a new row: its answer alone is asked for", async () => {
    rig.write(
      "pool.jsonl",
      `${rig.read("pool.jsonl")}${JSON.stringify({ id: "new", text: "hola", tone: "warm" })}\n`,
    );
    const run = await rig.run();
    expect(run.sent).toBe(1);
    expect(run.ran).toEqual(["capture", "select", "once"]);
  });

  it("another prompt: everything that renders it", async () => {
    rig.edit("spec.yaml", 'content: "{{ item.text }}"', 'content: "Say: {{ item.text }}"');
    const run = await rig.run();
    expect(run.ran).toEqual(expect.arrayContaining(["capture", "judged"]));
    expect(run.sent).toBe(6 + 2 * 3);
    expect((await rig.explain("capture")).causes.map((cause) => cause.text)).toEqual([
      "prompt say.messages.0.content: {{ item.text }} → Say: {{ item.text }}",
    ]);
  });

  it("another grader: the exam is judged again and no model is asked", async () => {
    rig.edit("spec.yaml", "operation: eq", "operation: ilike");
    expect(await rig.run()).toMatchObject({ ran: ["judged", "verdict"], sent: 0 });
  });
});

describe("a spec with the same content in other places", () => {
  it("shares answers with another spec of the project", async () => {
    rig.write("other.yaml", rig.read("spec.yaml").replace("name: greetings", "name: other"));
    const text = readFileSync(join(rig.folder, "other.yaml"), "utf8");
    rig.write("spec.yaml", text);
    await expectNothingRuns();
  });

  it("identical items take successive draws", async () => {
    rig.write(
      "pool.jsonl",
      ["a", "b"].map((id) => `${JSON.stringify({ id, text: "hi", tone: "warm" })}\n`).join(""),
    );
    const run = await rig.run();
    // The first draw of "hi" was kept already.
    expect(run.sent).toBe(1);
    expect(rig.provider.sent.at(-1)?.draw).toEqual({ occurrence: 1, sample: 0 });
  });
});
