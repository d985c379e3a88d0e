import { describe, expect, it } from "vitest";
import { paidProject } from "../cli/paid-project.ts";

const exam = (usage: boolean) =>
  `  exam: { uses: evaluate, rows: items, prompt: route, models: [teacher, other], graders: [some], usage: ${usage} }\n`;

describe("the report of an evaluation that was paid", () => {
  it("says that the evidence keeps no cost and how to keep it, and verify draws the same", async () => {
    const project = await paidProject({ steps: exam(false) });
    expect((await project.distill(["run", "spec.yaml", "--yes"])).code).toBe(0);
    const report = project.read("spec.report.md");
    expect(report).toMatch(/\| teacher \| 100\.0 % \| [^|]+ \| not in the evidence \|/);
    expect(report).toContain(
      "- how what was first paid for exam divides among teacher, other: usage: true in exam keeps it with the evidence",
    );
    expect(report).not.toContain("not recorded");
    expect(await project.distill(["verify", "spec.yaml"])).toMatchObject({ code: 0 });
  });

  it("tells the cost of each model where usage is kept, and leaves nothing unknown", async () => {
    const project = await paidProject({ steps: exam(true) });
    expect((await project.distill(["run", "spec.yaml", "--yes"])).code).toBe(0);
    const report = project.read("spec.report.md");
    expect(report).toMatch(/\| teacher \| 100\.0 % \| [^|]+ \| \\\$0\.\d+ \|/);
    expect(report).not.toContain("## Not known");
    expect(await project.distill(["verify", "spec.yaml"])).toMatchObject({ code: 0 });
  });
});
