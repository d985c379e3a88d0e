import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exitOf } from "../../src/cli/exit.ts";
import { readLock } from "../../src/runner/lock.ts";
import { greetings } from "../support/greetings.ts";
import { openRig, type Rig } from "../support/rig.ts";
import { scriptedProvider } from "../support/scripted-provider.ts";

let rig: Rig;

afterEach(() => rig.close());

describe("the lock", () => {
  beforeEach(async () => {
    rig = openRig(greetings);
    await rig.run();
  });

  it("names what ran by content, one fact a line, sorted, with no time or place", () => {
    const text = rig.read("spec.lock");
    expect(
      text.replaceAll(/[0-9a-f]{64}/g, "<sha256>").replaceAll(/check: [0-9a-f]{16}/g, "check: <check>"),
    ).toMatchInlineSnapshot(`
      "# Written by distill: what ran, by content. Commit it; do not edit it.
      digest: <sha256>
      evidence: <sha256>
      files: {}
      lock: 2
      looks:
        exam:
          rows: <sha256>
          seen:
            - candidate: <sha256>
              evaluation: <sha256>
              results: <sha256>
      name: greetings
      salt: 3463ea6c006e1b1109449409fd58a1bf
      sources:
        exam: <sha256>
        pool: <sha256>
      steps:
        capture:
          check: <check>
          facts:
            finish_reasons:
              stop: 6
            items: 6
            model: <sha256>
            rows: 6
            samples: 1
          key: <sha256>
          outputs:
            rows: <sha256>
          rows:
            rows: 6
          uses: generate
        judged:
          check: <check>
          evidence: <sha256>
          key: <sha256>
          metrics:
            items: 3
            same.student.high: 1
            same.student.invalid: 0
            same.student.low: 0.438503
            same.student.rate: 1
            same.teacher.high: 1
            same.teacher.invalid: 0
            same.teacher.low: 0.438503
            same.teacher.rate: 1
          outputs:
            results: <sha256>
          rows:
            results: 6
          uses: evaluate
        once:
          check: <check>
          evidence: <sha256>
          facts:
            items: 4
            kept: 4
            rows: 4
            rules:
              - dropped: 0
                errors: 0
                name: duplicates
          key: <sha256>
          outputs:
            dropped: <sha256>
            kept: <sha256>
          rows:
            dropped: 0
            kept: 4
          uses: filter
        select:
          check: <check>
          evidence: <sha256>
          facts:
            items: 4
            kept: 4
            rows: 6
            rules:
              - dropped: 2
                errors: 0
                name: short
          key: <sha256>
          outputs:
            dropped: <sha256>
            kept: <sha256>
          rows:
            dropped: 2
            kept: 4
          uses: filter
        verdict:
          check: <check>
          key: <sha256>
          metrics:
            gate.1: pass
            same.student.rate: 1
            same.teacher.rate: 1
            verdict: pass
          outputs:
            verdict: <sha256>
          uses: compare
      verdict: pass
      "
    `);
    expect(text).not.toContain(rig.folder);
  });

  it("fits its own digest, and does not after any edit or an unresolved merge", () => {
    const text = rig.read("spec.lock");
    expect(readLock(text).state).toBe("good");
    expect(readLock(text.replace("pass", "fail")).state).toBe("stale");
    expect(readLock(text.replace("rows:", "<<<<<<< ours\nrows:")).state).toBe("stale");
    expect(readLock("[1, 2").state).toBe("stale");
    expect(readLock(text.replace("lock: 2", "lock: 3"))).toEqual({ state: "newer", version: 3 });
  });

  it("is not written by a run of one step", async () => {
    rig.remove("spec.lock");
    await rig.run({ only: new Set(["capture"]) });
    expect(() => rig.read("spec.lock")).toThrow("ENOENT");
  });

  it("is not written where a step failed", async () => {
    const before = rig.read("spec.lock");
    rig.edit("spec.yaml", "size(item.text) < 8", "size(item.text) < 0");
    expect(await rig.run()).toMatchObject({ failed: ["select"], skipped: ["once"] });
    expect(rig.read("spec.lock")).toBe(before);
  });
});

describe("--frozen", () => {
  beforeEach(async () => {
    rig = openRig(greetings);
    await rig.run();
  });

  it("passes on a filled store and runs nothing", async () => {
    const run = await rig.run({ frozen: true });
    expect(run).toMatchObject({ ran: [], failed: [], sent: 0, lockUnchanged: true });
    expect(exitOf(run.outcomes, run.result.verdict)).toBe(0);
  });

  it("fails on an empty store, runs nothing and sends nothing", async () => {
    rig.remove(".distill");
    const run = await rig.run({ frozen: true });
    expect(run.ran).toEqual([]);
    expect(run.sent).toBe(0);
    expect(exitOf(run.outcomes, run.result.verdict)).toBe(5);
    expect(run.outcomes[0]?.message).toMatchInlineSnapshot(
      `"its output is not in the store, and --frozen runs nothing"`,
    );
  });
});

describe("a committed lock and an empty store", () => {
  it("recomputes what is free to the digests that the lock names", async () => {
    rig = openRig(greetings, scriptedProvider({ free: true }));
    await rig.run();
    const before = rig.read("spec.lock");
    rig.remove(".distill");
    const run = await rig.run();
    expect(run.ran.toSorted()).toEqual(["capture", "judged", "once", "select", "verdict"]);
    expect(rig.read("spec.lock")).toBe(before);
  });

  it("takes another digest for a failure that says which", async () => {
    rig = openRig(greetings, scriptedProvider({ free: true }));
    await rig.run();
    const before = rig.read("spec.lock");
    rig.remove(".distill");
    rig.provider.answer = () => '{"said":"something else"}';
    const run = await rig.run();
    expect(run.failed.toSorted()).toEqual(["capture", "judged"]);
    const capture = run.outcomes.find((one) => one.id === "capture");
    expect(capture?.message?.replaceAll(/[0-9a-f]{12}/g, "<digest>")).toMatchInlineSnapshot(
      `"the lock says rows is <digest>…, and it came out as <digest>…"`,
    );
    expect(capture?.hint).toMatchInlineSnapshot(
      `"the same inputs gave another result here; to accept it: --rebuy capture"`,
    );
    expect(rig.read("spec.lock")).toBe(before);
    const accepted = await rig.run({ rebuy: ["capture", "judged"] });
    expect(accepted.failed).toEqual([]);
    expect(rig.read("spec.lock")).not.toBe(before);
  });

  it("stops before anything is bought again and says what to do; --rebuy goes on", async () => {
    rig = openRig(greetings);
    await rig.run();
    rig.remove(".distill");
    const stopped = await rig.run();
    expect(stopped.sent).toBe(0);
    expect(stopped.failed.toSorted()).toEqual(["capture", "judged"]);
    expect(exitOf(stopped.outcomes, stopped.result.verdict)).toBe(4);
    const capture = stopped.outcomes.find((one) => one.id === "capture");
    expect(capture?.message).toMatchInlineSnapshot(
      `"the lock says its answers were bought before, and they are not in this store: model "teacher" would be paid again"`,
    );
    expect(capture?.hint).toMatchInlineSnapshot(
      `"distill store pull brings them, or pay again: --rebuy capture"`,
    );
    const bought = await rig.run({ rebuy: ["capture", "judged"] });
    expect(bought).toMatchObject({ failed: [], sent: 6 + 2 * 3 });
  });

  it("that is stale, such as a merge that nobody ran, still keeps what it names from being bought again", async () => {
    rig = openRig(greetings);
    await rig.run();
    rig.remove(".distill");
    rig.edit("spec.lock", "name: greetings", "<<<<<<< ours\nname: greetings");
    expect(await rig.run()).toMatchObject({ sent: 0, failed: expect.arrayContaining(["capture", "judged"]) });
  });

  it("completes a step from answers that are kept, and buys nothing", async () => {
    rig = openRig(greetings);
    await rig.run();
    const { openStore } = await import("../../src/runner/store/open-store.ts");
    const store = openStore(rig.folder);
    const capture = readLockSteps(rig).capture;
    store.forget(capture!);
    store.close();
    expect(await rig.run()).toMatchObject({ ran: ["capture"], sent: 0, lockUnchanged: true });
  });

  it("buys freely where the spec says something else than the lock", async () => {
    rig = openRig(greetings);
    await rig.run();
    rig.remove(".distill");
    rig.edit("spec.yaml", 'content: "{{ item.text }}"', 'content: "Say {{ item.text }}"');
    expect(await rig.run()).toMatchObject({ failed: [], sent: 6 + 2 * 3 });
  });
});

function readLockSteps(of: Rig): Record<string, string | undefined> {
  const read = readLock(of.read("spec.lock"));
  if (read.state !== "good") throw new Error("no good lock");
  return Object.fromEntries([...read.lock.steps].map(([id, step]) => [id, step.key]));
}
