import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliRig } from "../support/cli-rig.ts";
import { cascadeProject } from "./cascade-project.ts";

describe("distill store verify", () => {
  it("says that everything fits where nothing is damaged", async () => {
    const rig = cascadeProject();
    await rig.distill(["run"]);
    const { code, stdout, stderr } = await rig.distill(["store", "verify"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^\d+ values checked: all fit their sha256\n$/);
    expect(JSON.parse((await rig.distill(["store", "verify", "--json"])).stdout)).toEqual({
      checked: expect.any(Number),
      damage: [],
    });
  });

  it("lists what is damaged and exits with 1; a run mends it", async () => {
    const rig = cascadeProject();
    await rig.distill(["run"]);
    const objects = join(rig.folder, ".distill/objects");
    const file = readdirSync(objects, { recursive: true, withFileTypes: true }).find((entry) =>
      entry.isFile(),
    )!;
    writeFileSync(join(file.parentPath, file.name), "something else");

    const found = await rig.distill(["store", "verify"]);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/values checked, \d damaged\n {2}object {2}[0-9a-f]{16} {2}/);
    expect(found.stderr).toBe(
      "What is damaged was set aside.\ndistill run makes it again, or asks for it again\n",
    );

    expect(await rig.distill(["run"])).toMatchObject({ code: 0 });
    expect(await rig.distill(["store", "verify"])).toMatchObject({ code: 0 });
  });

  it("says that nothing is stored where nothing was run", async () => {
    expect(await cliRig().distill(["store", "verify"])).toEqual({
      code: 0,
      stdout: "nothing is stored in this project yet\n",
      stderr: "",
    });
  });
});
