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
  it("is nothing by default", () => {
    const world = readWorld(root, {}, { XDG_CONFIG_HOME: home });
    expect(world.allowsExec).toBe(false);
    expect(world.allowsOrigin("https://llm.example")).toBe(false);
    expect(world.allowsOrigin("")).toBe(false);
  });

  it("comes from flags, from DISTILL_ALLOW, and is by origin, whatever the path", () => {
    const flags = readWorld(
      root,
      { allowExec: true, allowOrigin: ["https://a.example/v1"] },
      { XDG_CONFIG_HOME: home },
    );
    expect(flags.allowsExec).toBe(true);
    expect(flags.allowsOrigin("https://a.example")).toBe(true);
    expect(flags.allowsOrigin("https://a.example:8443")).toBe(false);
    expect(flags.allowsOrigin("http://a.example")).toBe(false);
    const env = readWorld(root, {}, { XDG_CONFIG_HOME: home, DISTILL_ALLOW: "exec https://b.example" });
    expect([env.allowsExec, env.allowsOrigin("https://b.example")]).toEqual([true, true]);
  });

  it("comes from the user's configuration, by project", () => {
    configure(
      home,
      `allow:\n  "*": [https://all.example]\n  ${root}: [exec]\n  ${root}-other: [https://other.example]\n`,
    );
    const world = readWorld(root, {}, { XDG_CONFIG_HOME: home });
    expect(world.allowsExec).toBe(true);
    expect(world.allowsOrigin("https://all.example")).toBe(true);
    expect(world.allowsOrigin("https://other.example")).toBe(false);
  });

  it.each([
    ["allow: [exec]", "allow: must say for which projects"],
    ["- exec", "must be a mapping with allow:"],
    ["alow: {}", 'nothing is called "alow" here, only allow'],
    ['allow: { "*": exec }', 'allow: "*" must have a list'],
    ["allow: { work/project: [exec] }", 'allow: "work/project" is no project'],
    ['allow: { "*": [execute] }', 'allow: "*": "execute" cannot be allowed'],
    ["allow: { ~/other: [ftp://files.example] }", '"ftp://files.example" cannot be allowed'],
    ["allow: [", "not valid YAML: "],
  ])("is never guessed from a configuration such as %s", (text, message) => {
    configure(home, text);
    const read = () => readWorld(root, {}, { XDG_CONFIG_HOME: home });
    expect(read).toThrow(expect.objectContaining({ code: 2, message: expect.stringContaining(message) }));
    expect(read).toThrow(join(home, "distill/config.yaml"));
  });

  it("is nothing where the configuration is empty", () => {
    for (const text of ["", "# nothing yet\n", "allow:\n", "{}"]) {
      configure(home, text);
      expect(readWorld(root, {}, { XDG_CONFIG_HOME: home }).allowsExec).toBe(false);
    }
  });

  it.each(["", "."])("never comes from the folder of the call, with %o for XDG_CONFIG_HOME", (folder) => {
    const cwd = process.cwd();
    configure(home, `allow:\n  "*": [exec]\n`);
    process.chdir(home);
    try {
      expect(readWorld(root, {}, { XDG_CONFIG_HOME: folder }).allowsExec).toBe(false);
    } finally {
      process.chdir(cwd);
    }
  });

  it("is by kind: an origin is no program, and neither is a word that means nothing", () => {
    const read = (allowOrigin: string, DISTILL_ALLOW = "") =>
      readWorld(root, { allowOrigin: [allowOrigin] }, { XDG_CONFIG_HOME: home, DISTILL_ALLOW });
    for (const text of ["exec", "llm.example", "localhost:8000", "file:///etc", ""])
      expect(() => read(text)).toThrow(
        `--allow-origin takes an origin such as https://llm.example, not "${text}"`,
      );
    expect(() => read("http://a.example", "exec,http://b.example")).toThrow(
      'DISTILL_ALLOW: "exec,http://b.example" cannot be allowed',
    );
  });

  it("never comes from inside the project", () => {
    configure(root, `allow:\n  "*": [exec]\n`);
    expect(readWorld(root, {}, { XDG_CONFIG_HOME: root }).allowsExec).toBe(false);
  });
});
