import { describe, expect, it } from "vitest";
import { cliRig } from "../support/cli-rig.ts";
import { cascadeProject } from "./cascade-project.ts";

describe("commands that look and change nothing", () => {
  it("status tells what is kept, before and after a run", async () => {
    const rig = cascadeProject();
    expect((await rig.distill(["status"])).stdout).toMatchInlineSnapshot(`
      "inbox · 0 of 2 steps kept

        · tune    not run before
        · routed  tune may change

      verdict   none yet
      lock      none yet: distill run writes it
      last run  none
      "
    `);
    await rig.distill(["run"]);
    const { code, stdout } = await rig.distill(["status"]);
    expect(code).toBe(0);
    expect(stdout.replace(/last run .*/, "last run  ID")).toMatchInlineSnapshot(`
      "inbox · 2 of 2 steps kept

        ✓ tune    120 answers of 2 models to 60 items
        ✓ routed  small answers from 0.405 up: 67 % of 60 items

      verdict   none yet
      lock      says what is kept
      last run  ID
      "
    `);
    expect(JSON.parse((await rig.distill(["status", "--json"])).stdout)).toMatchObject({
      name: "inbox",
      steps: [
        { id: "tune", kept: true },
        { id: "routed", kept: true },
      ],
    });
  });

  it("explain tells the parameter that changed", async () => {
    const rig = cascadeProject();
    await rig.distill(["run"]);
    rig.write("distill.yaml", rig.read("distill.yaml").replace("max: 0.1", "max: 0.2"));
    expect((await rig.distill(["explain", "routed"])).stdout).toMatchInlineSnapshot(`
      "routed would run because one thing changed.

        risk.max   0.1 → 0.2   distill.yaml:28
        first, fallback, results, grader: unchanged
      "
    `);
    expect(await rig.distill(["explain", "rooted"])).toMatchObject({
      code: 2,
      stderr: 'no step is called "rooted"\ndid you mean "routed"?\n',
    });
  });

  it("rows prints a dataset, and a step's output by item", async () => {
    const rig = cascadeProject();
    expect((await rig.distill(["rows", "labelled", "--limit", "1"])).stdout).toBe(
      "i0\n  id: i0\n  text: message 0\n  topic: delivery\n",
    );
    expect(await rig.distill(["rows", "tune"])).toMatchObject({
      code: 1,
      stderr: "tune is not in the store\ndistill run --only tune makes it\n",
    });
    await rig.distill(["run"]);
    const { stdout } = await rig.distill(["rows", "tune", "--id", "i3", "--json"]);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).sample.output_text),
    ).toEqual(["payment", "returns"]);
  });

  it("rows names the line of a dataset that is no JSON, without a stack", async () => {
    const rig = cascadeProject();
    rig.write("data/labelled.jsonl", '{"id":"1","text":"x","topic":"y"}\n{"id":\n');
    expect(await rig.distill(["rows", "labelled"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^data\/labelled\.jsonl:2: not valid JSON: .*\n$/),
    });
  });

  it("steps tells the parameters of one type", async () => {
    const rig = cliRig();
    expect((await rig.distill(["steps", "split"])).stdout).toContain("step split: ");
    const { stdout } = await rig.distill(["steps", "generate"]);
    expect(stdout).toMatch(
      /\n {2}execution\n(?:.*\n)*? {6}timeout \(default 600\)\n +Seconds one attempt may take\./,
    );
    expect(await rig.distill(["steps", "splt"])).toMatchObject({
      code: 2,
      stderr: 'nothing is called "splt"\ndid you mean "split"?\n',
    });
  });
});
