import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exitOf } from "../../src/cli/exit.ts";
import { greetings } from "../support/greetings.ts";
import { openRig, type Rig } from "../support/rig.ts";
import { lastText, outage } from "../support/scripted-provider.ts";

let rig: Rig;

beforeEach(() => {
  rig = openRig(greetings);
});

afterEach(() => rig.close());

describe("a failure", () => {
  it("leaves the step incomplete, its dependents skipped and the others done; the next run asks for the missing alone", async () => {
    const well = rig.provider.answer;
    rig.provider.answer = (request, n) => {
      if (lastText(request) === "hey") throw outage();
      return well(request, n);
    };
    const first = await rig.run();
    expect(first).toMatchObject({ incomplete: ["capture"], skipped: ["select", "once"], sent: 6 + 2 * 3 });
    expect(first.ran.toSorted()).toEqual(["judged", "verdict"]);
    expect(exitOf(first.outcomes, first.result.verdict)).toBe(1);
    expect(first.outcomes.find((one) => one.id === "capture")?.message).toMatchInlineSnapshot(
      `"1 of 6 answers are missing: teacher on item "p3": timed out"`,
    );
    rig.provider.answer = well;
    const second = await rig.run();
    expect(second).toMatchObject({ ran: ["capture", "select", "once"], sent: 1 });
  });

  it("of ours is told with its stack and exit 70, and nothing half done is kept", async () => {
    rig.provider.answer = () => {
      throw new TypeError("a fault of ours");
    };
    const run = await rig.run();
    expect(exitOf(run.outcomes, run.result.verdict)).toBe(70);
    expect(run.outcomes.find((one) => one.id === "capture")).toMatchObject({ cause: "fault" });
    expect(readdirSync(join(rig.folder, ".distill", "staging"))).toEqual([]);
  });
});

describe("damage", () => {
  it("of an output that is needed is noticed, set aside, and the step that made it runs again", async () => {
    await rig.run();
    const objects = join(rig.folder, ".distill", "objects");
    // The rows of capture: the largest content.
    const files = readdirSync(objects, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path, text: readFileSync(path, "utf8") }));
    const capture = files.find(
      (file) =>
        file.text.includes("hi there, friend") &&
        file.text.includes('"sample"') &&
        !file.text.includes("dropped"),
    );
    const { chmodSync } = await import("node:fs");
    chmodSync(capture!.path, 0o644);
    writeFileSync(capture!.path, capture!.text.replace("friend", "fiends"));
    rig.edit("spec.yaml", "size(item.text) < 8", "size(item.text) < 9");
    const again = await rig.run();
    expect(again.failed).toEqual([]);
    expect(again.ran).toContain("select");
    expect(again.sent).toBe(0);
    expect(readdirSync(join(rig.folder, ".distill", "damaged")).length).toBeGreaterThan(0);
  });
});

describe("order", () => {
  it("does not matter where the graph leaves it open", async () => {
    const first = await rig.run();
    rig.remove(".distill");
    rig.remove("spec.lock");
    const steps = rig
      .read("spec.yaml")
      .split("steps:\n")[1]!
      .split(/(?=^ {2}\w)/m);
    rig.write(
      "spec.yaml",
      `${rig.read("spec.yaml").split("steps:\n")[0]}steps:\n${steps.toReversed().join("")}`,
    );
    const second = await rig.run();
    expect(second.lockText).toBe(first.lockText);
  });
});

describe("requires", () => {
  it("holds a step back whose gate did not pass, and the lock is written all the same", async () => {
    rig.edit(
      "spec.yaml",
      "candidate: student\n    gates:\n      - { grader: same, min: 0.4 }\n",
      "candidate: student\n    gates:\n      - { grader: same, min: 0.999 }\n  after:\n    uses: filter\n    rows: once\n    requires: [verdict]\n    rules: [{ name: all, limit: 10 }]\n",
    );
    const run = await rig.run();
    expect(run.skipped).toEqual(["after"]);
    expect(run.lockText).toContain("verdict: undecided");
    expect(exitOf(run.outcomes, run.result.verdict)).toBe(3);
  });
});

describe("two steps with the same key", () => {
  it("are one piece of work", async () => {
    rig.edit(
      "spec.yaml",
      "  select:\n",
      "  twin: { uses: generate, rows: pool, prompt: say, model: teacher }\n  select:\n",
    );
    const run = await rig.run();
    expect(run.sent).toBe(6 + 2 * 3);
    expect([...run.ran, ...run.cached].toSorted()).toEqual([
      "capture",
      "judged",
      "once",
      "select",
      "twin",
      "verdict",
    ]);
    expect(run.cached).toHaveLength(1);
  });
});

describe("a file that changes while the run goes on", () => {
  it("fails the step that read it, and nothing of it is kept", async () => {
    const well = rig.provider.answer;
    let answered = 0;
    rig.provider.answer = (request, n) => {
      if (++answered === 1) rig.edit("pool.jsonl", "welcome", "farewell");
      return well(request, n);
    };
    const first = await rig.run();
    expect(first.failed).toContain("capture");
    expect(first.outcomes.find((one) => one.id === "capture")?.message).toBe(
      "pool.jsonl changed while the run went on",
    );
    rig.provider.answer = well;
    const asked = rig.provider.sent.length;
    expect((await rig.run()).failed).toEqual([]);
    expect(rig.provider.sent.slice(asked).map(lastText)).toEqual(["farewell"]);
  });
});

describe("a tag that cannot be given", () => {
  it("fails its own step and leaves the others be", async () => {
    await rig.run();
    rig.edit("spec.yaml", "task: greeting", `task: ${"x".repeat(600)}`);
    const run = await rig.run();
    expect(run.failed).toEqual(["capture"]);
    expect(run.cached.toSorted()).toEqual(["judged", "verdict"]);
  });
});

describe("request parameters that only account for a request", () => {
  it("run nothing and buy nothing when they change", async () => {
    await rig.run();
    rig.edit(
      "spec.yaml",
      "model: large }",
      'model: large, request: { store: true, user: me, metadata: { x: "1" } } }',
    );
    expect(await rig.run()).toMatchObject({ ran: [], sent: 0 });
  });
});
