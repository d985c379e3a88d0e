import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asksForModified, selectSteps } from "../../src/cli/select.ts";
import type { Plan } from "../../src/runner/plan.ts";
import { goodSpec, openSpecFolder, type SpecFolder } from "../support/spec-folder.ts";
import { ranProject } from "./against-project.ts";

describe("selectSteps", () => {
  let folder: SpecFolder;
  let plan: Plan;
  beforeAll(() => {
    folder = openSpecFolder();
    const planning = folder.plan(goodSpec);
    if (!planning.ok) throw new Error("the good spec is not");
    plan = planning.plan;
  });
  afterAll(() => folder.close());

  const select = (expression: string, modified: readonly string[] = []) =>
    [...selectSteps(plan, expression, new Set(modified))].sort();

  it("takes steps, what they need, and what follows from them", () => {
    expect(select("select")).toEqual(["select"]);
    expect(select("+select")).toEqual(["capture", "select", "split"]);
    expect(select("student+")).toEqual(["exam", "export", "routed", "student", "tune", "verdict"]);
    expect(select("+tune+")).toEqual(
      ["capture", "exam", "export", "routed", "select", "split", "student", "tune", "verdict"].sort(),
    );
    expect(select("before, export")).toEqual(["before", "export"]);
  });

  it("takes what is modified, with what follows", () => {
    expect(select("state:modified", ["tune"])).toEqual(["tune"]);
    expect(select("state:modified+,before", ["routed"])).toEqual([
      "before",
      "exam",
      "export",
      "routed",
      "verdict",
    ]);
    expect(select("state:modified+")).toEqual([]);
    expect(asksForModified("before,+state:modified")).toBe(true);
    expect(asksForModified("before")).toBe(false);
  });

  it.each([
    ["studnt", '--select names no step: "studnt"', 'did you mean "student"?'],
    ["state:modifed+", '--select names no step: "state:modifed"', 'did you mean "state:modified"?'],
    ["", '--select takes steps joined by commas, not ""', expect.stringContaining("such as")],
    ["a,,b", '--select takes steps joined by commas, not "a,,b"', expect.stringContaining("such as")],
    ["++select", '--select takes steps joined by commas, not "++select"', expect.stringContaining("such as")],
    ["pool", '--select names no step: "pool"', expect.stringContaining("there are: ")],
  ])("refuses %j with what is right", (expression, message, hint) => {
    expect(() => select(expression)).toThrow(expect.objectContaining({ code: 2, message, hint }));
  });
});

describe("plan --select", () => {
  it("compares with the commit at which the branch began", async () => {
    const project = await ranProject();
    project.branch("rule");
    project.edit("distill.yaml", "<= 30", "<= 24");
    project.commit("rule");
    project.git("checkout", "--quiet", "main");
    project.edit("distill.yaml", "operation: eq", "operation: ilike");
    project.commit("main goes on");
    project.git("checkout", "--quiet", "rule");
    const told = async (...args: readonly string[]) => (await project.distill(["plan", ...args])).stdout;
    expect(`\n${await told("--select", "state:modified")}`).toMatchInlineSnapshot(`
      "
        select  run     rule short: size(item.text) <= 30 → size(item.text) <= 24
        To send: 0 requests. To spend: nothing.
      "
    `);
    expect(`\n${await told("--select", "state:modified+,capture")}`).toMatchInlineSnapshot(`
      "
        select   run     rule short: size(item.text) <= 30 → size(item.text) <= 24
        student  maybe   its rows may change
        exam     maybe   student may change   up to 29 answers of student
        verdict  maybe   exam, student may change
        1 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
    expect(`\n${await told("--select", "state:modified", "--against", "main")}`).toMatchInlineSnapshot(`
      "
        select   run     rule short: size(item.text) <= 30 → size(item.text) <= 24
        exam     run     grader correct.operation: ilike → eq; student may change
                         up to 29 answers of student
        verdict  run     grader correct.operation: ilike → eq; exam, student may
                         change
        To send: 0 requests. To spend: nothing.
      "
    `);
    expect(`\n${await told("--select", "+select")}`).toMatchInlineSnapshot(`
      "
        capture  run     in the lock, not in this store   40 answers of teacher
        select   maybe   capture may change
        To send: 0 requests. To spend: nothing.
      "
    `);
    expect(await told("--select", "state:modified", "--against", "rule")).toBe("  no step is selected\n");
    project.git("checkout", "--quiet", "--detach");
    project.git("branch", "--quiet", "--delete", "--force", "main");
    expect(await project.distill(["plan", "--select", "state:modified"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("name one: --against REV"),
    });
  });
});
