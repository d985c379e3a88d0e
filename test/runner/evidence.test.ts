import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEvidence } from "../../src/runner/evidence.ts";
import { readLock } from "../../src/runner/lock.ts";
import { greetings } from "../support/greetings.ts";
import { openRig, type Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = openRig(greetings);
  await rig.run();
});

afterEach(() => rig.close());

function goodLock() {
  const read = readLock(rig.read("spec.lock"));
  if (read.state !== "good") throw new Error(read.state);
  return read.lock;
}

describe("evidence", () => {
  it("is named by the lock, whole and step by step", () => {
    const evidence = readEvidence(rig.read("spec.evidence.jsonl"));
    const lock = goodLock();
    expect(evidence.faults).toEqual([]);
    expect(evidence.digest).toBe(lock.evidence);
    expect(evidence.digests).toEqual(
      Object.fromEntries(
        [...lock.steps].flatMap(([id, step]) => (step.evidence === undefined ? [] : [[id, step.evidence]])),
      ),
    );
    expect(Object.keys(evidence.digests).sort()).toEqual(["judged", "once", "select"]);
  });

  it("holds no text, id or answer", () => {
    const text = rig.read("spec.evidence.jsonl");
    for (const secret of ["good morning", "welcome", '"e0"', '"p1"', "maybe", "warm"])
      expect(text).not.toContain(secret);
  });

  it("keeps its bytes in a second run, in another folder, and when it is written anew", async () => {
    const before = rig.read("spec.evidence.jsonl");
    await rig.run();
    expect(rig.read("spec.evidence.jsonl")).toBe(before);
    rig.remove("spec.evidence.jsonl");
    await rig.run();
    expect(rig.read("spec.evidence.jsonl")).toBe(before);
    const other = openRig(greetings);
    await other.run();
    expect(other.read("spec.evidence.jsonl")).toBe(before);
    expect(other.read("spec.lock")).toBe(rig.read("spec.lock"));
    other.close();
  });

  it("is renewed where somebody edited it, and told apart by --frozen", async () => {
    const before = rig.read("spec.evidence.jsonl");
    rig.write("spec.evidence.jsonl", before.replace('"pass":[1]', '"pass":[0]'));
    expect((await rig.run({ frozen: true })).evidenceUnchanged).toBe(false);
    await rig.run();
    expect(rig.read("spec.evidence.jsonl")).toBe(before);
  });

  it("keeps its salt when the rows change, so that items are known again", async () => {
    const { salt } = goodLock();
    rig.write("exam.jsonl", `${rig.read("exam.jsonl")}${JSON.stringify({ id: "e3", text: "never" })}\n`);
    await rig.run();
    expect(goodLock().salt).toBe(salt);
  });

  it("names the line of an edit, a cut and a line that is none", () => {
    const text = rig.read("spec.evidence.jsonl");
    const edited = text.replace('"pass":[1]', '"pass":[0]');
    expect(readEvidence(edited).faults).toHaveLength(1);
    expect(readEvidence(edited).faults[0]?.message).toBe("this line of step judged does not fit its sum");
    expect(readEvidence(text.slice(0, -3)).faults.map(({ message }) => message)).toContain(
      "the last line is cut off",
    );
    expect(readEvidence(`${text}nothing\n`).faults.at(-1)?.message).toBe("this is no line of evidence");
    expect(readEvidence("").faults.length).toBeGreaterThan(0);
  });
});
