import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { type CliRig, cliRig } from "../support/cli-rig.ts";
import type { FakeOpenAI, FakeOpenAIOptions } from "../support/fake-openai/index.ts";
import { startRehearsal, withServer } from "../support/rehearsal.ts";

const examples = join(import.meta.dirname, "../../examples");
const key = "sk-test-4b1f7c2e9a60d358";
const written = ["openai.lock", "openai.evidence.jsonl", "openai.report.md"];

/** The example in a folder of its own, without what a run writes. */
function rehearsal(): CliRig {
  const rig = cliRig({}, examples);
  for (const file of written) rmSync(join(rig.folder, file), { force: true });
  return rig;
}

async function serve(options: FakeOpenAIOptions = {}): Promise<FakeOpenAI> {
  const server = await startRehearsal({ apiKey: key, ...options });
  onTestFinished(() => server.close());
  return server;
}

/** Runs the example against a server. */
function runLive(
  rig: CliRig,
  server: FakeOpenAI,
  {
    spec = readFileSync(join(examples, "openai.yaml"), "utf8"),
    flags = [],
  }: { readonly spec?: string; readonly flags?: readonly string[] } = {},
) {
  rig.write("openai.yaml", withServer(spec, server.url));
  return rig.distill(["run", "openai.yaml", "--yes", "--allow-origin", server.url, ...flags], {
    env: { OPENAI_API_KEY: key },
  });
}

/** What a run wrote for the commit, by file. */
function committed(folder: string): { readonly [path: string]: string } {
  const charts = readdirSync(join(folder, "openai.report")).map((name) => `openai.report/${name}`);
  return Object.fromEntries(
    [...written, ...charts.sort()].map((path) => [path, readFileSync(join(folder, path), "utf8")]),
  );
}

const requestsTo = (server: FakeOpenAI) => server.ledger.filter(({ method }) => method === "POST").length;

/** Makes every connection and every look-up of a name a failure that the process does not survive. */
const offline = `data:text/javascript,${encodeURIComponent(`
  import net from "node:net";
  import dns from "node:dns";
  const refuse = (what) => () => { process.stderr.write(what + " was tried\\n"); process.exit(99); };
  net.Socket.prototype.connect = refuse("a connection");
  dns.lookup = refuse("a look-up");
`)}`;

describe("a recorded run", () => {
  it("gives lock, evidence, report and charts of the same bytes from its recording, with no key and no network", async () => {
    const live = rehearsal();
    const server = await serve();
    const first = await runLive(live, server, { flags: ["--record", "run.jsonl"] });
    expect(first).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Wrote \d+ exchanges to run\.jsonl\.\n$/m),
    });
    const sent = requestsTo(server);
    expect(sent).toBeGreaterThan(60);

    const replayed = rehearsal();
    replayed.write("run.jsonl", live.read("run.jsonl"));
    const again = await replayed.distill(["run", "openai.yaml", "--replay", "run.jsonl"], {
      env: { NODE_OPTIONS: `--import=${offline}` },
    });
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining("nothing was sent") });
    expect(again.stdout).toContain("no key needed");
    expect(committed(replayed.folder)).toEqual(committed(live.folder));
    expect(requestsTo(server)).toBe(sent);
    // The same without the recording dies at its first connection: else nothing was shown.
    rmSync(join(replayed.folder, "openai.lock"));
    const env = { NODE_OPTIONS: `--import=${offline}`, OPENAI_API_KEY: key };
    expect(await replayed.distill(["run", "openai.yaml", "--yes"], { env })).toMatchObject({ code: 99 });
  });

  it("gives them although a third of all requests met a fault, whose waits nobody sits through again", async () => {
    const live = rehearsal();
    const kinds = ["rate_limit", "server_error", "truncated"] as never;
    const server = await serve({ faults: { rate: 0.33, kinds, seed: 7 } });
    expect(await runLive(live, server, { flags: ["--record", "run.jsonl"] })).toMatchObject({ code: 0 });
    const replayed = rehearsal();
    replayed.write("run.jsonl", live.read("run.jsonl"));
    expect(await replayed.distill(["run", "openai.yaml", "--replay", "run.jsonl"])).toMatchObject({
      code: 0,
    });
    expect(committed(replayed.folder)).toEqual(committed(live.folder));
  });

  it("gives them of batches too, without the waiting between", async () => {
    const batched = (spec: string) =>
      spec.replace("    model: teacher\n", "    model: teacher\n    execution: { mode: batch }\n");
    const live = rehearsal();
    const server = await serve();
    const spec = batched(live.read("openai.yaml"));
    expect(await runLive(live, server, { spec, flags: ["--record", "run.jsonl"] })).toMatchObject({
      code: 0,
    });
    const calls = server.ledger.map(({ method, path }) => `${method} ${path}`);
    expect(calls).toContain("POST /v1/batches");
    const replayed = rehearsal();
    replayed.write("openai.yaml", spec);
    replayed.write("run.jsonl", live.read("run.jsonl"));
    expect(await replayed.distill(["run", "openai.yaml", "--replay", "run.jsonl"])).toMatchObject({
      code: 0,
    });
    expect(committed(replayed.folder)).toEqual(committed(live.folder));
  });

  it("is whole when it was killed, and gone on with in the same file", async () => {
    const live = rehearsal();
    const server = await serve({ latencyMs: 60 });
    live.write("openai.yaml", withServer(live.read("openai.yaml"), server.url));
    const child = spawn(
      process.execPath,
      [
        join(import.meta.dirname, "../../bin/distill.js"),
        ...["run", "openai.yaml", "--yes", "--allow-origin", server.url, "--record", "run.jsonl"],
      ],
      {
        cwd: live.folder,
        env: { PATH: process.env.PATH, HOME: live.folder, OPENAI_API_KEY: key },
        stdio: "ignore",
      },
    );
    while (requestsTo(server) < 30 && child.exitCode === null) await sleep(5);
    child.kill("SIGKILL");
    await once(child, "close");

    expect(await runLive(live, server, { flags: ["--record", "run.jsonl"] })).toMatchObject({ code: 0 });
    const replayed = rehearsal();
    replayed.write("run.jsonl", live.read("run.jsonl"));
    expect(await replayed.distill(["run", "openai.yaml", "--replay", "run.jsonl"])).toMatchObject({
      code: 0,
    });
    expect(committed(replayed.folder)).toEqual(committed(live.folder));
  });
});

describe("the rehearsal that is committed", () => {
  it("gives what is committed beside it, which fits", async () => {
    const rig = cliRig({}, examples);
    const run = await rig.distill(["run", "openai.yaml", "--replay", "openai.replay.jsonl"]);
    expect(run.code).toBe(0);
    expect(run.stdout).not.toContain("Wrote");
    expect(committed(rig.folder)).toEqual(committed(examples));
    expect(await rig.distill(["verify", "openai.yaml"])).toMatchObject({ code: 0 });
  });

  it("is labelled as one", () => {
    const [header] = readFileSync(join(examples, "openai.replay.jsonl"), "utf8").split("\n");
    expect(JSON.parse(header!).note).toContain("A rehearsal of the protocol");
    expect(readFileSync(join(examples, "openai.report.md"), "utf8")).toContain("rehearsal");
  });
});

describe("a replay", () => {
  it("leaves nothing that a live run takes for bought", async () => {
    const rig = rehearsal();
    const replay = () => rig.distill(["run", "openai.yaml", "--replay", "openai.replay.jsonl", "--json"]);
    const steps = async () =>
      JSON.parse((await replay()).stdout).steps.map(({ status }: { status: string }) => status);
    expect(await steps()).toEqual(["ran", "ran", "ran"]);
    expect(await steps()).toEqual(["cached", "cached", "cached"]);

    const server = await serve();
    const refused = await runLive(rig, server);
    expect([refused.code, requestsTo(server)]).toEqual([4, 0]);
    rmSync(join(rig.folder, "openai.lock"));
    expect(await runLive(rig, server)).toMatchObject({ code: 0 });
    expect(requestsTo(server)).toBeGreaterThan(60);
  });

  it("says what was not recorded, and leaves the step open", async () => {
    const rig = rehearsal();
    rig.write("openai.yaml", rig.read("openai.yaml").replace("IT support expert", "IT support novice"));
    const { code, stdout, stderr } = await rig.distill([
      ...["run", "openai.yaml", "--replay", "openai.replay.jsonl"],
    ]);
    expect(code).toBe(1);
    expect((stdout + stderr).replace(/\s+/g, " ")).toContain(
      "POST /v1/chat/completions was not recorded: messages.0.content differs from the nearest recorded request at character 32",
    );
    expect(existsSync(join(rig.folder, "openai.lock"))).toBe(false);
  });

  it("of a recording that is cut off in its last line says so, and leaves the exchange out", async () => {
    const rig = rehearsal();
    rig.write("cut.jsonl", rig.read("openai.replay.jsonl").slice(0, -20));
    const { code, stdout, stderr } = await rig.distill(["run", "openai.yaml", "--replay", "cut.jsonl"]);
    expect(code).toBe(1);
    expect(stderr).toContain("cut.jsonl is cut off in its last line: the exchange there is left out\n");
    expect(stdout + stderr).toContain("was not recorded");
  });

  it.each([
    [["--replay", "a.jsonl", "--record", "b.jsonl"], "--replay sends nothing that --record could write down"],
    [["--replay", "a.jsonl", "--frozen"], "--frozen runs nothing, and --replay is about what runs"],
    [["--record", "a.jsonl", "--frozen"], "--frozen runs nothing, and --record is about what runs"],
    [["--replay", "none.jsonl"], "none.jsonl cannot be read"],
    [["--replay", "data/pool.jsonl"], "data/pool.jsonl is no recording of exchanges"],
    [["--record", "data/pool.jsonl"], "data/pool.jsonl is no recording of exchanges"],
    [["--record", "none/a.jsonl"], "none/a.jsonl cannot be written"],
  ])("or a recording that cannot be is refused before anything is opened: %j", async (flags, message) => {
    const rig = cliRig({}, examples);
    const { code, stderr } = await rig.distill(["run", "openai.yaml", ...flags]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(existsSync(join(rig.folder, ".distill"))).toBe(false);
  });
});
