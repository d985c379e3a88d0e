import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CliRig } from "../support/cli-rig.ts";
import { cascadeProject } from "./cascade-project.ts";

/** The project with an exam and gates of which the second cannot pass. */
function judgedProject(): CliRig {
  const project = cascadeProject();
  project.write(
    "distill.yaml",
    `${project.read("distill.yaml")}
  exam: { uses: evaluate, rows: labelled, prompt: sort, models: [teacher, small, routed], graders: [correct] }
  verdict:
    uses: compare
    results: [exam]
    teacher: teacher
    base: small
    candidate: routed
    gates:
      - { grader: correct, better_than: small }
      - { grader: correct, model: small, min: 0.95 }
`,
  );
  return project;
}

test("a run tells the table, the gates and what the cascade is worth, and writes the report", async () => {
  const project = judgedProject();
  const { code, stdout, stderr } = await project.distill(["run"]);
  expect(stderr).toBe("");
  expect(code).toBe(3);
  expect(stdout.replace(/ +\d+\.\d s$/gm, "").replace(/\d+\.\d s/, "N s")).toMatchInlineSnapshot(`
    "inbox · 4 steps · all to run · no key needed

      ✓ tune     120 answers of 2 models to 60 items
                   correct  teacher  100.0 %  (94.0 … 100.0)
                   correct  small    66.7 %  (54.1 … 77.3)
      ✓ routed   small answers from 0.405 up: 67 % of 60 items
                   0 lost, at most 3.8 % with 90 % confidence; promised 10.0 %
      ✓ exam     180 answers of 3 models to 60 items
      ✓ verdict  fail

    correct, 60 labelled items   95 % interval   cost / 1,000   p50
      teacher   100.0 %          94.0 … 100.0    not recorded   not recorded
      small     66.7 %           54.1 … 77.3     not recorded   not recorded
      routed    100.0 %          94.0 … 100.0    not recorded   not recorded

    PASS  routed is better than small (+33.3, p < 0.001)
    FAIL  small passes less than 95.0 % of correct (66.7 %, 54.1 … 77.3)
    routed answers 67 % of the traffic itself; small alone would lose 33.3 points.

    Wrote distill.lock, distill.evidence.jsonl, distill.report.md   N s, nothing spent
    Next: read distill.report.md
    "
  `);
  expect(stdout).not.toMatch(/[\u001b\r]/);
  expect(project.read("distill.report.md")).toMatch(
    /^# distill: inbox ❌ FAIL\n\n- \*\*PASS\*\* routed is better than small/,
  );
});

test("a second run leaves the report alone, and the report can be drawn again without running", async () => {
  const project = judgedProject();
  await project.distill(["run"]);
  const before = project.read("distill.report.md");
  const again = await project.distill(["run"]);
  expect(again.stdout).toContain("Lock and report say the same already");
  const drawn = await project.distill(["report"]);
  expect(drawn).toMatchObject({ code: 0, stdout: before, stderr: "" });
});

test("of a spec whose steps are not kept no report is written, and it says which are missing", async () => {
  const project = judgedProject();
  const { code, stderr } = await project.distill(["report", "--write"]);
  expect(code).toBe(1);
  expect(stderr).toMatchInlineSnapshot(`
    "not in the store, as the spec stands: tune, routed, exam, verdict
    distill run distill.yaml brings them; no report is written without them
    "
  `);
  expect(existsSync(join(project.folder, "distill.report.md"))).toBe(false);
});

test("run --json prints one line, the result, and nothing else", async () => {
  const { stdout, stderr } = await judgedProject().distill(["run", "--json"]);
  expect(stdout.split("\n")).toHaveLength(2);
  expect(JSON.parse(stdout)).toMatchObject({ verdict: "fail", requests: 0, steps: { length: 4 } });
  expect(stderr).toBe("");
});

test("a run that was asked for one step writes no report", async () => {
  const project = judgedProject();
  const { code, stdout } = await project.distill(["run", "--only", "tune"]);
  expect(code).toBe(0);
  expect(stdout).toContain("Done; lock and report are left as they are");
  expect(() => readFileSync(join(project.folder, "distill.report.md"))).toThrow("ENOENT");
});
