import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CliRig, cliRig } from "../support/cli-rig.ts";

const spec = `version: 1
name: tool
datasets: { pool: { path: pool.jsonl } }
steps:
  made:
    uses: command
    argv: [node, tool.js]
    files: [tool.js]
    outputs: { table: { kind: file, path: table.csv } }
`;

const project = (): CliRig =>
  cliRig({
    "home/.keep": "",
    "project/.git/HEAD": "",
    "project/distill.yaml": spec,
    "project/pool.jsonl": '{"id":"a"}\n',
    "project/tool.js": 'require("node:fs").writeFileSync("table.csv", "a,b");',
  });

describe("a project of a stranger", () => {
  it("runs programs where the user's own configuration allows it, and not otherwise", async () => {
    const rig = project();
    const run = (env = {}) => rig.distill(["run"], { in: "project", env });
    const refused = await run();
    expect([refused.code, refused.stderr + refused.stdout]).toEqual([
      1,
      expect.stringContaining("--allow-exec"),
    ]);
    rig.write("home/distill/config.yaml", `allow: { "*": [exec] }`);
    expect(await run({ XDG_CONFIG_HOME: join(rig.folder, "home") })).toMatchObject({ code: 0 });
  });

  it("is told of a configuration that cannot be read, with its path", async () => {
    const rig = project();
    const home = join(rig.folder, "home");
    rig.write("home/distill/config.yaml", "allow: [");
    const { code, stderr } = await rig.distill(["run"], { in: "project", env: { XDG_CONFIG_HOME: home } });
    expect(code).toBe(2);
    expect(stderr).toContain(`${home}/distill/config.yaml: not valid YAML: `);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("grants itself nothing through a word for an origin", async () => {
    const rig = project();
    const { code, stderr } = await rig.distill(["run", "--allow-origin", "exec"], { in: "project" });
    expect([code, stderr]).toEqual([2, expect.stringContaining("programs are allowed by --allow-exec")]);
  });

  it("has nothing removed where a link in its store leads", async () => {
    const rig = project();
    rig.write("victim/photos/one.jpg", "one");
    mkdirSync(join(rig.folder, "project/.distill"));
    symlinkSync("../../victim", join(rig.folder, "project/.distill/staging"));
    for (const command of ["run", "status"]) {
      const { code, stderr } = await rig.distill([command], { in: "project" });
      expect([code, stderr]).toEqual([1, expect.stringMatching(/staging is a link.*\nremove the link/)]);
    }
    expect(existsSync(join(rig.folder, "victim/photos/one.jpg"))).toBe(true);
  });

  it("sends the terminal nothing that it would obey", async () => {
    const rig = project();
    rig.write("project/pool.jsonl", '\u001b]0;owned\u0007{"id":"a"}\n');
    const { code, stderr } = await rig.distill(["rows", "pool"], { in: "project" });
    expect(code).not.toBe(0);
    expect(stderr).toContain("\\x1b");
    expect(stderr).not.toContain("\u001b");
  });

  it("is refused where two specs would write the same lock", async () => {
    const rig = project();
    rig.write("project/distill.yml", spec);
    for (const args of [["run"], ["validate", "--json", "distill.yml"]]) {
      const { code, stdout, stderr } = await rig.distill(args, { in: "project" });
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^distill\.ya?ml and distill\.ya?ml would write the same lock and report\n/);
    }
  });
});
