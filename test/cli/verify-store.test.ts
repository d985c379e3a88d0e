import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openStore } from "../../src/runner/store/open-store.ts";
import { makeAnswer } from "../runner/store/answer.ts";
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

  it("checks what replays keep too, and says in which one something is damaged", async () => {
    const rig = cliRig();
    const replay = openStore(rig.folder, { replay: "a".repeat(64) });
    await replay.keepAnswer(makeAnswer("x"));
    replay.close();
    const database = new DatabaseSync(join(rig.folder, `.distill/replays/${"a".repeat(16)}/store.sqlite`));
    database.exec("UPDATE answers SET value = replace(value, 'model', 'nodel')");
    database.close();
    const found = await rig.distill(["store", "verify"]);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/ {2}answer {2}[0-9a-f]{16} {2}does not fit its sha256, in replay a{16}\n$/);
  });

  it("says that nothing is stored where nothing was run", async () => {
    expect(await cliRig().distill(["store", "verify"])).toEqual({
      code: 0,
      stdout: "nothing is stored in this project yet\n",
      stderr: "",
    });
  });
});
