import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Lock, readLock } from "../../src/runner/lock.ts";
import { looksInText } from "../../src/runner/looks.ts";
import { openStore } from "../../src/runner/store/open-store.ts";
import { greetings } from "../support/greetings.ts";
import { openRig, type Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = openRig(greetings);
  await rig.run();
});

afterEach(() => rig.close());

function lock(): Lock {
  const read = readLock(rig.read("spec.lock"));
  if (read.state !== "good") throw new Error(read.state);
  return read.lock;
}

const seen = () => lock().looks.get("exam")?.seen.length;

/** The number of the look that the verdict was given at. */
function look(): unknown {
  const store = openStore(rig.folder);
  const manifest = store.lookup(lock().steps.get("verdict")!.key);
  store.close();
  return manifest?.ingredients.look;
}

describe("looks at test rows", () => {
  it("are counted by what was seen: other results are another look, and the same again are none", async () => {
    expect(seen()).toBe(1);
    rig.edit("spec.yaml", 'content: "{{ item.text }}"', 'content: "say {{ item.text }}"');
    await rig.run();
    expect([seen(), look()]).toEqual([2, 2]);
    await rig.run();
    expect([seen(), look()]).toEqual([2, 2]);
    rig.edit("spec.yaml", "min: 0.4", "min: 0.3");
    await rig.run();
    expect(seen()).toBe(2);
  });

  it("keep their number when earlier results come back, and forget none", async () => {
    rig.edit("spec.yaml", 'content: "{{ item.text }}"', 'content: "say {{ item.text }}"');
    await rig.run();
    rig.edit("spec.yaml", "say {{ item.text }}", "{{ item.text }}");
    const { ran } = await rig.run();
    expect(ran).toEqual([]);
    expect(seen()).toBe(2);
  });

  it("are remembered by the store where the lock was thrown away", async () => {
    rig.remove("spec.lock");
    rig.edit("spec.yaml", 'content: "{{ item.text }}"', 'content: "say {{ item.text }}"');
    await rig.run();
    expect(seen()).toBe(2);
  });

  it("go on where a few rows are added under the same name, and where the rows are renamed", async () => {
    rig.write("exam.jsonl", `${rig.read("exam.jsonl")}${JSON.stringify({ id: "e3", text: "never" })}\n`);
    await rig.run();
    expect(seen()).toBe(2);
    rig.write(
      "spec.yaml",
      rig.read("spec.yaml").replace("  exam: {", "  finals: {").replace("rows: exam", "rows: finals"),
    );
    await rig.run();
    expect(lock().looks.get("finals")?.seen).toHaveLength(2);
  });

  it("are part of the key of the step that decides by them", async () => {
    const first = lock().steps.get("verdict")?.key;
    rig.remove("spec.lock");
    expect((await rig.run()).ran).toEqual([]);
    expect(lock().steps.get("verdict")?.key).toBe(first);
    expect(look()).toBe(1);
  });

  it("survive a merge that nobody resolved, from both sides", () => {
    const text = rig.read("spec.lock");
    const other = "f".repeat(64);
    const conflicted = text.replace(
      /^( +results: )([0-9a-f]{64})$/m,
      (line) => `<<<<<<< ours\n${line}\n=======\n      results: ${other}\n>>>>>>> theirs`,
    );
    const read = readLock(conflicted);
    expect(read.state).toBe("stale");
    expect(
      looksInText(conflicted)
        .get("exam")
        ?.seen.map(({ results }) => results),
    ).toEqual([lock().looks.get("exam")!.seen[0]!.results, other]);
  });
});

describe("a final split", () => {
  it("is opened once: another evaluation on it is refused, the same one is not", async () => {
    rig.write(
      "spec.yaml",
      rig
        .read("spec.yaml")
        .replace(
          "steps:\n",
          "steps:\n  halves: { uses: split, rows: exam, into: { last: 1 }, final: [last] }\n",
        )
        .replace("rows: exam, prompt", "rows: halves.last, prompt"),
    );
    expect((await rig.run()).failed).toEqual([]);
    expect((await rig.run()).failed).toEqual([]);
    expect(rig.read("spec.lock")).toContain("gate.1: pass");
    expect(lock().looks.get("halves.last")?.seen).toHaveLength(2);
    expect(look()).toBe(1);
    rig.edit("spec.yaml", 'content: "{{ item.text }}"', 'content: "say {{ item.text }}"');
    const again = await rig.run();
    expect(again.failed).toEqual(["judged"]);
    expect(again.outcomes.find(({ id }) => id === "judged")?.message).toBe(
      "halves.last is a final split, and another evaluation has opened it already",
    );
    rig.edit("spec.yaml", "say {{ item.text }}", "{{ item.text }}");
    expect((await rig.run()).failed).toEqual([]);
  });
});
