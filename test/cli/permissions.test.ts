import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readWorld } from "../../src/cli/permissions.ts";

let root: string;
let home: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "distill-root-"));
  home = mkdtempSync(join(tmpdir(), "distill-home-"));
});

afterEach(() => {
  for (const folder of [root, home]) rmSync(folder, { recursive: true, force: true });
});

function configure(folder: string, text: string): void {
  mkdirSync(join(folder, "distill"), { recursive: true });
  writeFileSync(join(folder, "distill/config.yaml"), text);
}

describe("what the user allows", () => {
  it("is nothing by default", async () => {
    const world = await readWorld(root, {}, { XDG_CONFIG_HOME: home });
    expect(world.allowsExec).toBe(false);
    expect(world.allowsOrigin("https://llm.example")).toBe(false);
    expect(world.allowsOrigin("")).toBe(false);
  });

  it("comes from flags, from DISTILL_ALLOW, and is by origin, whatever the path", async () => {
    const flags = await readWorld(
      root,
      { allowExec: true, allowOrigin: ["https://a.example/v1"] },
      { XDG_CONFIG_HOME: home },
    );
    expect(flags.allowsExec).toBe(true);
    expect(flags.allowsOrigin("https://a.example")).toBe(true);
    expect(flags.allowsOrigin("https://a.example:8443")).toBe(false);
    expect(flags.allowsOrigin("http://a.example")).toBe(false);
    const env = await readWorld(root, {}, { XDG_CONFIG_HOME: home, DISTILL_ALLOW: "exec https://b.example" });
    expect([env.allowsExec, env.allowsOrigin("https://b.example")]).toEqual([true, true]);
  });

  it("comes from the user's configuration, by project", async () => {
    configure(
      home,
      `allow:\n  "*": [https://all.example]\n  ${root}: [exec]\n  ${root}-other: [https://other.example]\n`,
    );
    const world = await readWorld(root, {}, { XDG_CONFIG_HOME: home });
    expect(world.allowsExec).toBe(true);
    expect(world.allowsOrigin("https://all.example")).toBe(true);
    expect(world.allowsOrigin("https://other.example")).toBe(false);
  });

  it("never comes from inside the project", async () => {
    configure(root, `allow:\n  "*": [exec]\n`);
    expect((await readWorld(root, {}, { XDG_CONFIG_HOME: root })).allowsExec).toBe(false);
  });
});
