import { describe, expect, it } from "vitest";
import { paidProject } from "./paid-project.ts";

const model = "price: { input: 2, output: 8 }, request: { max_completion_tokens: 50 }";

describe("distill ask of a model that somebody bills", () => {
  it("asks for leave first, and sends nothing without", async () => {
    const project = await paidProject({ model });
    const refused = await project.distill(["ask", "teacher", "my mail", "--spec", "spec.yaml"]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatchInlineSnapshot(`
      "this would spend money, and nobody is here to be asked. To send: 1 request to teacher with 16 … 25 tokens, 0 … 50 back. To spend: $0.000032 … $0.00045, its end by max_completion_tokens: distill run spec.yaml --sample 20 tells it better.
      --yes lets it, and --max-cost USD bounds it
      "
    `);
    expect(project.arrived()).toBe(0);
  });

  it("asks with --yes, and needs no leave for an answer that is kept", async () => {
    const project = await paidProject({ model });
    expect(
      await project.distill(["ask", "teacher", "my mail", "--spec", "spec.yaml", "--yes"]),
    ).toMatchObject({ code: 0 });
    expect(project.arrived()).toBe(1);
    expect(await project.distill(["ask", "teacher", "my mail", "--spec", "spec.yaml"])).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(project.arrived()).toBe(0);
  });

  it("keeps to --max-cost", async () => {
    const project = await paidProject({ model });
    const args = ["ask", "teacher", "my mail", "--spec", "spec.yaml", "--yes", "--max-cost"];
    const over = await project.distill([...args, "0.0001"]);
    expect(over.code).not.toBe(0);
    expect(over.stderr).toContain("the limit in one run is $0.0001");
    expect(project.arrived()).toBe(0);
    expect(await project.distill([...args, "0.01"])).toMatchObject({ code: 0 });
  });

  it("asks at once where nobody sends a bill", async () => {
    const project = await paidProject({ key: false, model: "request: { max_completion_tokens: 50 }" });
    expect(await project.distill(["ask", "teacher", "my mail", "--spec", "spec.yaml"])).toMatchObject({
      code: 0,
      stderr: "",
    });
  });
});
