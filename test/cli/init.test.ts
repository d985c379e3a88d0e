import { describe, expect, it } from "vitest";
import { cliRig } from "../support/cli-rig.ts";

describe("distill init", () => {
  it("writes a spec that runs at once, passes its gate and answers", async () => {
    const rig = cliRig();
    const written = await rig.distill(["init", "shop"]);
    expect(written).toMatchObject({ code: 0, stderr: "" });
    expect(written.stdout).toMatchInlineSnapshot(`
      "wrote shop/data/README.md
      wrote shop/data/labelled.jsonl
      wrote shop/data/pool.jsonl
      wrote shop/data/teacher.jsonl
      wrote shop/distill.yaml

      The data are made up: they show how things go together, with no key and no network.
      Next: cd shop && distill run
      "
    `);

    expect(await rig.distill(["validate"], { in: "shop" })).toMatchObject({ code: 0, stderr: "" });
    const run = await rig.distill(["run", "--json"], { in: "shop" });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(run.stdout.trim().split("\n").at(-1)!)).toMatchObject({ verdict: "pass", requests: 0 });
    const asked = await rig.distill(["ask", "student", "Where is my parcel?"], { in: "shop" });
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(asked.stdout.split("\n")[0]!)).toMatchObject({ topic: "delivery" });
    expect(asked.stdout.split("\n")[1]).toMatch(/^student: delivery 0\.\d\d, \w+ 0\.\d\d/);
  });

  it("has alternatives in its comments that are valid once they are uncommented", async () => {
    const rig = cliRig();
    await rig.distill(["init"]);
    const at = rig.read("distill.yaml").indexOf("  # tune:");
    const spec =
      `${rig.read("distill.yaml").slice(0, at)}${rig.read("distill.yaml").slice(at).replaceAll("  # ", "  ")}`
        .replace("few: 0.25,", "few: 0.25, validation: 0.5,")
        .replaceAll(/# ((?:openai|vllm): \{)/g, "$1")
        .replace(/# (request: .*\}) .*/, "$1")
        .replace(
          "    gates:\n",
          "    gates:\n      - { grader: correct, not_worse_than: teacher, margin: 0.03 }\n",
        );
    rig.write("distill.yaml", spec);
    expect(await rig.distill(["validate"])).toEqual({
      code: 0,
      stdout: "distill.yaml is valid: shop-inbox, 9 steps.\n",
      stderr: "",
    });
    expect(spec).toMatch(/^ {2}routed:\n/m);
    expect(spec).toMatch(/^ {2}vllm: /m);
    expect(spec).toMatch(/^ {4}request: /m);
  });

  it("writes into this folder by default", async () => {
    const rig = cliRig();
    expect((await rig.distill(["init"])).stdout).toMatch(
      /^wrote data\/README.md\n[\s\S]*\nNext: distill run\n$/,
    );
    expect(rig.read("distill.yaml")).toContain("name: shop-inbox");
  });

  it("overwrites nothing, and names what is there", async () => {
    const rig = cliRig({ "distill.yaml": "mine", "data/pool.jsonl": "mine too" });
    expect(await rig.distill(["init"])).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "data/pool.jsonl, distill.yaml are there already\nnothing was written; name another folder: distill init FOLDER\n",
    });
    expect(rig.read("distill.yaml")).toBe("mine");
    expect(() => rig.read("data/teacher.jsonl")).toThrow();
  });

  it("says why a folder cannot be written", async () => {
    const rig = cliRig({ file: "" });
    expect(await rig.distill(["init", "file"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("file cannot be written: "),
    });
  });
});
