import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RemoteCompletion, RemoteCompletions } from "../../src/runner/provider.ts";
import { openRig, type Rig } from "../support/rig.ts";
import { scriptedProvider } from "../support/scripted-provider.ts";

const spec = `
version: 1
name: looker
providers: { hosted: { type: scripted } }
steps:
  found: { uses: stored_completions, from: hosted, metadata: { task: routing } }
  sure:  { uses: filter, rows: found, rules: [{ name: complete, where: "sample.finish_reason == 'stop'" }] }
`;

/** A project beside a provider that keeps completions; a test adds to them and takes them away. */
function open(): { readonly rig: Rig; readonly kept: RemoteCompletion[]; readonly asked: unknown[] } {
  const kept = [completion(1), completion(2)];
  const asked: unknown[] = [];
  const provider = scriptedProvider();
  const { definition } = provider;
  const completions: RemoteCompletions = {
    async *list(filter) {
      asked.push(filter);
      const { from = 0, to = Number.POSITIVE_INFINITY } = filter.created ?? {};
      yield* kept.filter(({ created }) => created >= from && created <= to);
    },
    read: async (id) => kept.find((one) => one.id === id),
    tag: async () => {},
    delete: async () => {},
  };
  const rig = openRig(
    { "spec.yaml": spec },
    {
      ...provider,
      definition: {
        ...definition,
        completions: true,
        open: async (context) => ({ ...(await definition.open(context)), completions }),
      },
    },
  );
  onTestFinished(rig.close);
  return { rig, kept, asked };
}

function completion(n: number): RemoteCompletion {
  return {
    id: `chatcmpl-${n}`,
    model: "large-2026-01-01",
    created: 1000 + n,
    metadata: { task: "routing" },
    messages: [{ role: "user", content: `ticket ${n}` }],
    parameters: {},
    answer: {
      output_text: `answer ${n}`,
      tool_calls: [],
      finish_reason: "stop",
      logprobs: null,
      resolved_model: "large-2026-01-01",
      usage: null,
      latency_ms: null,
      provider_id: `chatcmpl-${n}`,
    },
  };
}

const rowsOf = ({ result }: { result: { steps: readonly { id: string; rows: number | null }[] } }) =>
  result.steps.find(({ id }) => id === "found")?.rows;

describe("what a step found in the world", () => {
  test("stands for every later run, whatever comes and goes", async () => {
    const { rig, kept, asked } = open();
    expect((await rig.run()).ran).toEqual(["found", "sure"]);
    const lock = rig.read("spec.lock");
    kept.push(completion(3));
    kept.shift();
    expect((await rig.run()).cached).toEqual(["found", "sure"]);
    expect(rig.read("spec.lock")).toBe(lock);
    expect(asked).toHaveLength(1);
  });

  test("stands in the lock's sources, by the step's name", async () => {
    const { rig } = open();
    const { contents } = await rig.run();
    const digest = contents.output("found", "rows");
    expect(rig.read("spec.lock")).toContain(`sources:\n  found: ${digest}\n`);
  });

  test("is looked up again where the lock is all there is, up to the newest that was found", async () => {
    const { rig, kept, asked } = open();
    await rig.run();
    const lock = rig.read("spec.lock");
    rig.remove(".distill");
    kept.push(completion(3));
    expect((await rig.run()).ran).toEqual(["found", "sure"]);
    expect(asked.at(-1)).toMatchObject({ created: { to: 1002 } });
    expect(rig.read("spec.lock")).toBe(lock);
  });

  test("stops where it cannot be found again, and says what to do", async () => {
    const { rig, kept } = open();
    await rig.run();
    const lock = rig.read("spec.lock");
    rig.remove(".distill");
    kept.shift();
    const { failed, skipped, outcomes } = await rig.run();
    expect({ failed, skipped }).toEqual({ failed: ["found"], skipped: ["sure"] });
    expect(outcomes[0]).toMatchObject({
      message: expect.stringMatching(/^the lock says rows is \w{12}…, and it came out as \w{12}…$/),
      hint: "distill store pull brings what was found then; to take what is found now: --refresh found",
    });
    expect(rig.read("spec.lock")).toBe(lock);
    // Neither --force nor --rebuy takes something else for it.
    expect((await rig.run({ force: ["found"], rebuy: ["found"] })).failed).toEqual(["found"]);
  });

  test("is renewed by --refresh alone, and then stands again", async () => {
    const { rig, kept } = open();
    await rig.run();
    kept.push(completion(3));
    expect(rowsOf(await rig.run({ force: ["found"] }))).toBe(2);
    expect(rowsOf(await rig.run({ refresh: ["found"] }))).toBe(3);
    const lock = rig.read("spec.lock");
    kept.push(completion(4));
    expect(rowsOf(await rig.run())).toBe(3);
    expect(rig.read("spec.lock")).toBe(lock);
  });

  test("gives way to what somebody else committed", async () => {
    const { rig, kept } = open();
    await rig.run();
    const theirs = rig.read("spec.lock");
    kept.push(completion(3));
    await rig.run({ refresh: ["found"] });
    rig.write("spec.lock", theirs);
    const run = await rig.run();
    expect(rowsOf(run)).toBe(2);
    expect(run.ran).toEqual(["found"]);
    expect(rig.read("spec.lock")).toBe(theirs);
  });

  test("is copied into the store, so that what a provider forgets is found by the next question all the same", async () => {
    const { rig, kept } = open();
    await rig.run();
    kept.length = 0;
    rig.edit("spec.yaml", "metadata: { task: routing }", "metadata: { task: routing }, limit: 5");
    expect(rowsOf(await rig.run())).toBe(2);
    rig.edit("spec.yaml", "from: hosted", "from: local");
    expect(rowsOf(await rig.run())).toBe(2);
  });

  test("comes out the same in a clone that stores the same on another day, and in another order", async () => {
    const { rig } = open();
    rig.write("pool.jsonl", ["a", "b", "c"].map((id) => `{"id":"${id}"}\n`).join(""));
    rig.write(
      "spec.yaml",
      `
version: 1
name: looker
datasets: { pool: { path: pool.jsonl } }
prompts: { ask: { messages: [{ role: user, content: "{{ item.id }}" }] } }
providers: { hosted: { type: scripted } }
models: { large: { provider: hosted, model: large-1 } }
steps:
  capture: { uses: generate, rows: pool, prompt: ask, model: large }
  found: { uses: stored_completions, from: local, step: capture, after: [capture] }
`,
    );
    let day = 0;
    await rig.run({ world: { now: () => (day += 86_400_000) } });
    const lock = rig.read("spec.lock");
    rig.remove(".distill");
    const run = await rig.run({ rebuy: ["capture"], world: { now: () => (day -= 86_400_000) } });
    expect(run.ran).toEqual(["capture", "found"]);
    expect(rig.read("spec.lock")).toBe(lock);
  });

  test("is not looked for by a plan, and a frozen run opens nothing", async () => {
    const { rig, asked } = open();
    rig.plan();
    expect((await rig.run({ frozen: true })).failed).toEqual(["found"]);
    expect(asked).toEqual([]);
    expect(readdirSync(rig.folder)).not.toContain(join("spec.lock"));
  });
});
