import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkCommitted } from "../../src/cli/check-committed.ts";
import { registry } from "../../src/cli/registry.ts";
import { openValidators } from "../../src/runner/compile-schema.ts";
import { loadPlan } from "../../src/runner/load.ts";
import type { Plan } from "../../src/runner/plan.ts";
import { createRandom } from "../../src/stats/random.ts";
import { cliRig } from "../support/cli-rig.ts";

const examples = join(import.meta.dirname, "../../examples");
const binary = join(import.meta.dirname, "../../bin/distill.js");
const committed = ["distill.lock", "distill.evidence.jsonl"] as const;

/** Whether this machine lets a test run without a network. */
const canUnshare = spawnSync("unshare", ["-rn", "true"]).status === 0;

describe("verify", () => {
  it("recomputes everything in a clone that holds nothing but what is committed", async () => {
    const rig = cliRig({}, examples);
    const { code, stdout, stderr } = await rig.distill(["verify", "distill.yaml"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatchSnapshot();
  });

  it.runIf(canUnshare)("needs no network", () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "distill-verify-")));
    try {
      cpSync(examples, folder, { recursive: true });
      rmSync(join(folder, ".distill"), { recursive: true, force: true });
      const told = execFileSync(
        "unshare",
        ["-rn", process.execPath, binary, "verify", "distill.yaml", "--json"],
        { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH, HOME: folder } },
      );
      expect(JSON.parse(told)).toMatchObject({ ok: true, verdict: "pass", faults: [] });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("tells where there is no lock, and refuses a newer one", async () => {
    const rig = cliRig({}, examples);
    rig.write("distill.lock", rig.read("distill.lock").replace("lock: 2", "lock: 3"));
    const newer = await rig.distill(["verify", "distill.yaml"]);
    expect(newer.code).toBe(2);
    expect(newer.stderr).toBe(
      "distill.lock was written by a newer distill (version 3)\nupgrade distill, then verify again\n",
    );
    rmSync(join(rig.folder, "distill.lock"));
    const none = await rig.distill(["verify", "distill.yaml"]);
    expect(none.code).toBe(1);
    expect(none.stderr).toBe("there is no distill.lock\ndistill run distill.yaml writes it\n");
  });

  it("tells that a spec is not the one that ran", async () => {
    const rig = cliRig({}, examples);
    rig.write("distill.yaml", rig.read("distill.yaml").replace(">= 0.6", ">= 0.7"));
    const { code, stdout } = await rig.distill(["lock", "--check", "distill.yaml"]);
    expect(code).toBe(1);
    expect(stdout).toContain("step select is not the one that ran");
  });
});

describe("after a single edit, verify fails and names the place", () => {
  let folder: string;
  let plan: Plan;

  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "distill-edits-")));
    cpSync(examples, folder, { recursive: true });
    rmSync(join(folder, ".distill"), { recursive: true, force: true });
    const planning = loadPlan({
      file: join(folder, "distill.yaml"),
      registry,
      validators: openValidators(registry),
      cwd: folder,
    });
    if (!planning.ok) throw new Error("the example does not validate");
    plan = planning.plan;
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("200 times, in lock and evidence", { timeout: 240_000 }, async () => {
    expect((await checkCommitted(plan, false)).faults).toEqual([]);
    const random = createRandom("edits");
    const unfound: string[] = [];
    for (let round = 0; round < 200; round++) {
      const file = committed[round % committed.length]!;
      const path = join(folder, file);
      const whole = readFileSync(path, "utf8");
      const { text, what } = edit(whole, random);
      writeFileSync(path, text);
      const { faults } = await checkCommitted(plan, false).catch((error: Error) => ({
        faults: [{ file, line: 1, message: error.message }],
      }));
      writeFileSync(path, whole);
      const placed = faults.some((fault) => fault.line !== undefined || fault.message.includes("step "));
      if (!placed) unfound.push(`${round} ${file}: ${what}`);
    }
    expect(unfound).toEqual([]);
  });
});

/** A character changed, a line taken out, doubled, or two swapped. */
function edit(whole: string, random: () => number): { readonly text: string; readonly what: string } {
  const lines = whole.split("\n").slice(0, -1);
  const at = Math.floor(random() * lines.length);
  const line = lines[at]!;
  switch (Math.floor(random() * 5)) {
    case 0:
      lines.splice(at, 1);
      return { text: `${lines.join("\n")}\n`, what: `without line ${at + 1}` };
    case 1:
      lines.splice(at, 0, line);
      return { text: `${lines.join("\n")}\n`, what: `line ${at + 1} twice` };
    case 2: {
      const other = (at + 1 + Math.floor(random() * (lines.length - 1))) % lines.length;
      if (lines[other] === line) break;
      lines[at] = lines[other]!;
      lines[other] = line;
      return { text: `${lines.join("\n")}\n`, what: `lines ${at + 1} and ${other + 1} swapped` };
    }
  }
  const place = Math.floor(random() * line.length);
  const old = line[place] ?? "";
  const put = /\d/.test(old) ? String((Number(old) + 1) % 10) : old === "x" ? "y" : "x";
  lines[at] = `${line.slice(0, place)}${put}${line.slice(place + 1)}`;
  return { text: `${lines.join("\n")}\n`, what: `line ${at + 1}, ${JSON.stringify(old)} → ${put}` };
}
