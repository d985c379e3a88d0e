import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type CliResult, type CliRig, cliRig } from "../support/cli-rig.ts";
import { type FakeOpenAIOptions, startFakeOpenAI } from "../support/fake-openai/index.ts";

const key = "sk-canary-0123456789abcdef";

describe("distill doctor without a spec", () => {
  it("tells of the machine and the project, a fact a line", async () => {
    const rig = cliRig();
    const { code, stdout, stderr } = await rig.distill(["doctor"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(settle(stdout, rig)).toMatchInlineSnapshot(`
      "this machine and project
        ✓ node     NODE
        ✓ sqlite   SQLITE
        ! git      GIT; this folder is in no repository
                   git init makes it one; until then there is no revision to compare
                   with
        ✓ project  FOLDER
        ✓ store    none yet: the first run makes it
        ✓ disk     SPACE GB free
        ✓ allowed  nothing beyond the usual

      Nothing is wrong; mind what is marked with !
      "
    `);
  });

  it("tells what the user allows, by whatever means", async () => {
    const { stdout } = await cliRig().distill(["doctor", "--allow-origin", "https://a.example/v1"], {
      env: { DISTILL_ALLOW: "exec https://b.example" },
    });
    expect(stdout).toContain("✓ allowed  https://a.example, programs of the spec, https://b.example\n");
  });

  it("tells of a fault in the user's configuration, and of all the rest", async () => {
    const home = mkdtempSync(join(tmpdir(), "distill-home-"));
    mkdirSync(join(home, "distill"));
    writeFileSync(join(home, "distill/config.yaml"), "alow: {}\n");
    const { code, stdout } = await cliRig().distill(["doctor"], { env: { XDG_CONFIG_HOME: home } });
    expect(code).toBe(1);
    expect(unwrap(stdout)).toContain('nothing is called "alow" here, only allow');
    expect(stdout).toContain("✓ store");
    expect(stdout).toMatch(/\nOne thing is wrong\.\n$/);
  });

  it("tells of a store that cannot be opened, and what to do", async () => {
    const rig = cliRig({ ".distill/store.sqlite": "this is no database, and longer than its header is" });
    const { code, stdout } = await rig.distill(["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ store");
    expect(unwrap(stdout)).toContain("run `distill store verify`");
  });
});

describe("distill doctor of a spec", () => {
  it("asks the server of every model that a run would ask, and sends no prompt", async () => {
    const { rig, server } = await open({ apiKey: key, shutdownDates: { "gpt-4o-mini": inDays(51) } });
    const found = await rig.distill(["doctor", "spec.yaml", ...allow(server.url)], { env: { KEY: key } });
    expect(found).toMatchObject({ code: 0, stderr: "" });
    expect(providers(found, server.url)).toMatchInlineSnapshot(`
      "providers of spec.yaml
        ✓ live     KEY is set
        ✓ live     http://127.0.0.1:40000 answers
        ✓ teacher  gpt-4o is there
        ! student  gpt-4o-mini is shut down on IN-51-DAYS, in 51 days
                   ask it before then, or give models.student another model

      Nothing is wrong; mind what is marked with !
      "
    `);
    expect(server.ledger.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      "GET /v1/models/gpt-4o",
      "GET /v1/models/gpt-4o-mini",
    ]);
  });

  it("fails where a model is not there, or is there no more", async () => {
    const { rig, server } = await open({ apiKey: key, shutdownDates: { "gpt-4o": "2026-01-31" } });
    rig.write("spec.yaml", rig.read("spec.yaml").replace("gpt-4o-mini", "gpt-4o-minni"));
    const found = await rig.distill(["doctor", "spec.yaml", ...allow(server.url)], { env: { KEY: key } });
    expect(found).toMatchObject({ code: 1, stderr: "" });
    expect(providers(found, server.url)).toMatchInlineSnapshot(`
      "providers of spec.yaml
        ✓ live     KEY is set
        ✓ live     http://127.0.0.1:40000 answers
        ✗ teacher  gpt-4o was shut down on 2026-01-31
                   give models.teacher another model; what is kept of this one stays
        ✗ student  there is no model "gpt-4o-minni", or not for this key
                   check models.student.model

      2 things are wrong.
      "
    `);
  });

  it("tells of a wrong key once, and does not repeat it", async () => {
    const { rig, server } = await open({ apiKey: "sk-another-0123456789abcdef" });
    const found = await rig.distill(["doctor", "spec.yaml", ...allow(server.url)], { env: { KEY: key } });
    expect(found.code).toBe(1);
    expect(found.stdout + found.stderr).not.toContain(key);
    expect(providers(found, server.url)).toMatchInlineSnapshot(`
      "providers of spec.yaml
        ✓ live  KEY is set
        ✗ live  http://127.0.0.1:40000 refuses the key
                check that KEY holds a valid key for http://127.0.0.1:40000

      One thing is wrong.
      "
    `);
  });

  it.each([
    ["is not set", undefined],
    ["is empty", ""],
    ["holds nothing but space", "   "],
    ["begins or ends with space or a line break", `${key}\n`],
    ["has quotes around it", `"${key}"`],
    ["holds a character that no key has", `sk-${"…".repeat(20)}`],
  ])("tells that the key %s, and sends nothing", async (fault, value) => {
    const { rig, server } = await open({ apiKey: key });
    const found = await rig.distill(["doctor", "spec.yaml", ...allow(server.url)], {
      env: value === undefined ? {} : { KEY: value },
    });
    expect(found.code).toBe(1);
    expect(found.stdout).toContain(`✗ live  KEY ${fault}\n`);
    expect(found.stdout + found.stderr).not.toContain(key);
    expect(server.ledger).toEqual([]);
  });

  it("mentions a key that is too short to be one, and tries it", async () => {
    const { rig, server } = await open({ apiKey: "sk-short" });
    const found = await rig.distill(["doctor", "spec.yaml", ...allow(server.url)], {
      env: { KEY: "sk-short" },
    });
    expect(found.code).toBe(0);
    expect(found.stdout).toContain("KEY is set, and only 8 characters long\n");
  });

  it("sends nothing to an origin that is not allowed, and says so beside the missing key", async () => {
    const { rig, server } = await open({ apiKey: key });
    const withKey = await rig.distill(["doctor", "spec.yaml"], { env: { KEY: key } });
    expect(withKey.code).toBe(1);
    expect(providers(withKey, server.url)).toMatchInlineSnapshot(`
      "providers of spec.yaml
        ✓ live  KEY is set
        ✗ live  prompts and the key KEY would go to http://127.0.0.1:40000, which you
                have not allowed
                if that is meant, run with --allow-origin http://127.0.0.1:40000

      One thing is wrong.
      "
    `);
    const without = await rig.distill(["doctor", "spec.yaml"]);
    expect(without.stdout).toContain("✗ live  KEY is not set\n");
    expect(unwrap(without.stdout)).toContain("which you have not allowed");
    expect(server.ledger).toEqual([]);
  });

  it("tells of a server that is not there, and what to do", async () => {
    const { rig, server } = await open({});
    await server.close();
    const found = await rig.distill(["doctor", "spec.yaml", ...allow(server.url)], { env: { KEY: key } });
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/✗ live {2}no answer from http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    expect(unwrap(found.stdout)).toContain("nothing answers there: start the server, or check base_url");
  });

  it("opens no connection with --offline", async () => {
    const { rig, server } = await open({ apiKey: key });
    const found = await rig.distill(["doctor", "spec.yaml", "--offline", ...allow(server.url)], {
      env: { KEY: key },
    });
    expect(found).toMatchObject({ code: 0, stderr: "" });
    expect(providers(found, server.url)).toMatchInlineSnapshot(`
      "providers of spec.yaml
        ✓ live  KEY is set
        ✓ live  http://127.0.0.1:40000 may be asked, and was not

      Nothing is wrong; mind what is marked with !
      "
    `);
    expect(server.ledger).toEqual([]);
  });

  it("asks nothing, and wants no key, where everything is kept", async () => {
    const { rig, server } = await open({ apiKey: key });
    const run = await rig.distill(["run", "spec.yaml", "--yes", ...allow(server.url)], { env: { KEY: key } });
    expect(run).toMatchObject({ code: 0 });
    const before = server.ledger.length;
    const found = await rig.distill(["doctor", "spec.yaml"]);
    expect(found).toMatchObject({ code: 0, stderr: "" });
    expect(providers(found, server.url)).toMatchInlineSnapshot(`
      "providers of spec.yaml
        ✓ live  not needed: no step would ask it

      Nothing is wrong; mind what is marked with !
      "
    `);
    expect(server.ledger).toHaveLength(before);
  });

  it("looks at a provider that only a step reads from, and whether its completions can be read", async () => {
    const { rig, server } = await open({ apiKey: key });
    const steps = rig.read("spec.yaml").split("steps:")[0]!.replaceAll("provider: live", "provider: kept");
    const providers_ = `live: { type: openai, base_url: "${server.url}", api_key_env: KEY }, kept: { type: recorded, path: none.jsonl }`;
    rig.write("none.jsonl", "");
    rig.write(
      "spec.yaml",
      `${steps.replace(/providers: .*/, `providers: { ${providers_} }`)}steps:\n  back: { uses: stored_completions, from: live }\n`,
    );
    const found = await rig.distill(["doctor", "spec.yaml", ...allow(server.url)], { env: { KEY: key } });
    expect(found).toMatchObject({ code: 0, stderr: "" });
    expect(providers(found, server.url)).toMatchInlineSnapshot(`
      "providers of spec.yaml
        ✓ kept  answers on this machine, and needs no key
        ✓ live  KEY is set
        ✓ live  http://127.0.0.1:40000 answers
        ✓ live  its stored completions can be read

      Nothing is wrong; mind what is marked with !
      "
    `);
    expect(server.ledger.map(({ method, path }) => `${method} ${path.split("?")[0]}`)).toEqual([
      "GET /v1/chat/completions",
    ]);
    const without = await rig.distill(["doctor", "spec.yaml", ...allow(server.url)]);
    expect(without.code).toBe(1);
    expect(without.stdout).toContain("✗ live  KEY is not set\n");
  });

  it("exits with 2 and the place where the spec has a fault", async () => {
    const { rig } = await open({});
    rig.write("spec.yaml", rig.read("spec.yaml").replace("rows: pool", "rows: pol"));
    const found = await rig.distill(["doctor", "spec.yaml"]);
    expect(found).toMatchObject({ code: 2, stdout: "" });
    expect(found.stderr).toContain('did you mean "pool"?');
  });

  it("exits with 2 where there is no such spec", async () => {
    expect(await cliRig().distill(["doctor", "no/such.yaml"])).toMatchObject({ code: 2, stdout: "" });
  });

  it("prints the same as one JSON object", async () => {
    const { rig, server } = await open({ apiKey: key });
    const found = await rig.distill(["doctor", "spec.yaml", "--json", ...allow(server.url)]);
    expect(found).toMatchObject({ code: 1, stderr: "" });
    const { good, findings } = JSON.parse(found.stdout);
    expect(good).toBe(false);
    expect(findings).toContainEqual({
      about: "live",
      state: "bad",
      text: "KEY is not set",
      hint: "set KEY to the key, or take api_key_env out where the server needs none",
    });
  });
});

/** A project with two models of a live server, both asked; and the server. */
async function open(options: FakeOpenAIOptions) {
  const server = await startFakeOpenAI(options);
  onTestFinished(() => server.close());
  const rig = cliRig({
    "pool.jsonl": '{"id":"1","text":"a"}\n',
    "spec.yaml": [
      "version: 1",
      "name: doctored",
      "datasets: { pool: { path: pool.jsonl, id: id } }",
      'prompts: { p: { messages: [{ role: user, content: "{{ item.text }}" }] } }',
      `providers: { live: { type: openai, base_url: "${server.url}", api_key_env: KEY } }`,
      "models:",
      "  teacher: { provider: live, model: gpt-4o }",
      "  student: { provider: live, model: gpt-4o-mini }",
      "  unused: { provider: live, model: gpt-9 }",
      "steps:",
      "  capture: { uses: generate, rows: pool, prompt: p, model: teacher }",
      "  again: { uses: generate, rows: pool, prompt: p, model: student }",
      "",
    ].join("\n"),
  });
  return { rig, server };
}

function allow(url: string): readonly string[] {
  return ["--allow-origin", new URL(url).origin];
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** What it says of providers, without what differs from run to run. */
function providers({ stdout }: CliResult, url: string): string {
  return stdout
    .slice(stdout.indexOf("providers of"))
    .replaceAll(new URL(url).origin, "http://127.0.0.1:40000")
    .replaceAll(inDays(51), "IN-51-DAYS");
}

/** Texts as they were before they were laid out. */
function unwrap(stdout: string): string {
  return stdout.replaceAll(/\n\s+/g, " ");
}

/** A whole output without what differs from machine to machine. */
function settle(stdout: string, { folder }: CliRig): string {
  return stdout
    .replaceAll(folder, "FOLDER")
    .replace(/(node +)[\d.]+/, "$1NODE")
    .replace(/(sqlite +)[\d.]+/, "$1SQLITE")
    .replace(/(git +)[\d.]+/, "$1GIT")
    .replace(/(disk +)[\d.]+/, "$1SPACE");
}
