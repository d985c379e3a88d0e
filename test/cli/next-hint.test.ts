import { expect, it } from "vitest";
import { paidProject } from "./paid-project.ts";

it("names the recording where a replay did not come to its end, so that going on sends nothing", async () => {
  const project = await paidProject();
  await project.distill(["run", "spec.yaml", "--yes", "--sample", "2", "--record", "few.jsonl"]);
  project.arrived();
  const { code, stdout } = await project.distill(["run", "spec.yaml", "--replay", "few.jsonl"]);
  expect(code).toBe(1);
  expect(stdout).toContain("1 of 1 step not done, nothing written");
  expect(stdout).toMatch(/^Next: .*distill run spec\.yaml --replay few\.jsonl/m);
  expect(project.arrived()).toBe(0);
});
