import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliResult, cliRig } from "../support/cli-rig.ts";

const prompt = "the canary prompt 5d21";
const keys = { OPENAI_API_KEY: "sk-canary-openai-93ab77", GITHUB_TOKEN: "ghp_canarygithub93ab77" };

/** Everything that arrived where nothing may. */
const caught: string[] = [];
let catchers: readonly Server[];
/** Ports of the catchers on 127.0.0.1 and ::1. */
let port: number;
let port6: number;

beforeAll(async () => {
  catchers = await Promise.all(["127.0.0.1", "::1"].map(listen));
  [port, port6] = catchers.map((server) => (server.address() as AddressInfo).port) as [number, number];
});

afterAll(() => {
  for (const server of catchers) server.close();
});

async function listen(host: string): Promise<Server> {
  const server = createServer((socket) => {
    caught.push("a connection");
    socket.on("data", (data) => caught.push(data.toString("latin1"))).on("error", () => undefined);
    socket.end("HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  });
  server.listen(0, host);
  await once(server, "listening");
  return server;
}

/** Runs a spec that asks a provider with these parameters. */
function ask(provider: object, flags: readonly string[] = []): Promise<CliResult> {
  const rig = cliRig({
    ".git/HEAD": "",
    "pool.jsonl": `${JSON.stringify({ id: "t1", text: prompt })}\n`,
    "distill.yaml": `version: 1
name: origins
datasets: { pool: { path: pool.jsonl } }
prompts: { ask: { messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { server: ${JSON.stringify({ type: "openai", ...provider })} }
models: { large: { provider: server, model: gpt-5.5 } }
steps:
  capture:
    { uses: generate, rows: pool, prompt: ask, model: large, execution: { retries: 0, timeout: 5 } }
`,
  });
  return rig.distill(["run", "--yes", ...flags], { env: keys });
}

/** A base URL with the catchers' ports in place of PORT and PORT6. */
const placed = (url: string) => url.replace("PORT6", String(port6)).replace("PORT", String(port));

/** What was told, as it would be on one endless line. */
const unwrapped = (text: string) => text.replace(/\s+/g, " ");

const inTheClear = /base_url sends prompts in the clear/;
const userInfo = /base_url must hold no user name or password/;
const notAllowed = /would go to .*, which you have not allowed/;
const noUrl = /base_url is not a URL/;

describe("no key and no prompt leaves for an origin that the user has not allowed", () => {
  it.each<[string, string | undefined, RegExp]>([
    // Abroad, and names that look like home.
    ["https://llm.invalid/v1", "OPENAI_API_KEY", notAllowed],
    ["https://llm.invalid/v1", undefined, notAllowed],
    ["https://api.openai.com.llm.invalid/v1", "OPENAI_API_KEY", notAllowed],
    ["https://API.OPENAI.COM.llm.invalid/v1", "OPENAI_API_KEY", notAllowed],
    ["https://api.openai.com:8443/v1", "OPENAI_API_KEY", notAllowed],
    ["https://api.openai.com./v1", "OPENAI_API_KEY", notAllowed],
    ["https://api.openai.com%2ellm.invalid/v1", "OPENAI_API_KEY", notAllowed],
    ["https://xn--pi-7kc.openai.com/v1", "OPENAI_API_KEY", notAllowed],
    ["https://\u0430pi.openai.com/v1", "OPENAI_API_KEY", notAllowed],
    ["http://api.openai.com/v1", "OPENAI_API_KEY", inTheClear],
    // Somebody else's key.
    ["https://api.openai.com/v1", "GITHUB_TOKEN", notAllowed],
    ["http://127.0.0.1:PORT/v1", "GITHUB_TOKEN", notAllowed],
    ["http://[::1]:PORT6/v1", "GITHUB_TOKEN", notAllowed],
    // This machine in every spelling: a key needs permission here too.
    ["http://127.0.0.1:PORT/v1", "OPENAI_API_KEY", notAllowed],
    ["http://localhost:PORT/v1", "OPENAI_API_KEY", notAllowed],
    ["http://LOCALHOST:PORT/v1", "OPENAI_API_KEY", notAllowed],
    ["http://127.1:PORT/v1", "OPENAI_API_KEY", notAllowed],
    ["http://127.0.0.1.:PORT/v1", "OPENAI_API_KEY", notAllowed],
    ["http://2130706433:PORT/v1", "OPENAI_API_KEY", notAllowed],
    ["http://0x7f000001:PORT/v1", "OPENAI_API_KEY", notAllowed],
    ["http://0177.0.0.1:PORT/v1", "OPENAI_API_KEY", notAllowed],
    ["http://\uff11\uff12\uff17.0.0.1:PORT/v1", "OPENAI_API_KEY", notAllowed],
    ["http://[0:0:0:0:0:0:0:1]:PORT6/v1", "OPENAI_API_KEY", notAllowed],
    ["http:\\\\127.0.0.1:PORT\\v1", "OPENAI_API_KEY", notAllowed],
    ["ht\ttp://127.0.0.1:PORT/v1", "OPENAI_API_KEY", notAllowed],
    ["http://127.0.0.1:PORT/v1\n", "OPENAI_API_KEY", notAllowed],
    ["https://127.0.0.1:PORT\\@api.openai.com/v1", "OPENAI_API_KEY", notAllowed],
    // Names that lead to this machine, or may: what a name means is another's decision.
    ["http://localtest.me:PORT/v1", undefined, inTheClear],
    ["http://127.0.0.1.nip.io:PORT/v1", undefined, inTheClear],
    ["http://localhost.llm.invalid:PORT/v1", undefined, inTheClear],
    ["http://localhost.:PORT/v1", undefined, inTheClear],
    ["http://0.0.0.0:PORT/v1", undefined, inTheClear],
    ["http://[::]:PORT6/v1", undefined, inTheClear],
    ["http://[::ffff:127.0.0.1]:PORT/v1", undefined, inTheClear],
    ["http://[::ffff:7f00:1]:PORT/v1", undefined, inTheClear],
    ["https://localtest.me:PORT/v1", undefined, notAllowed],
    // What hides where it goes.
    ["https://api.openai.com@127.0.0.1:PORT/v1", "OPENAI_API_KEY", userInfo],
    ["https://api.openai.com:443@127.0.0.1:PORT/v1", "OPENAI_API_KEY", userInfo],
    ["http://:secret@127.0.0.1:PORT/v1", undefined, userInfo],
    ["https://127.0.0.1:PORT/v1#@api.openai.com", "OPENAI_API_KEY", /no query and no fragment/],
    ["https://127.0.0.1:PORT/v1?to=api.openai.com", "OPENAI_API_KEY", /no query and no fragment/],
    ["//127.0.0.1:PORT/v1", "OPENAI_API_KEY", noUrl],
    ["http://127.0.0.1:PORT:80/v1", "OPENAI_API_KEY", noUrl],
    ["ws://127.0.0.1:PORT/v1", "OPENAI_API_KEY", /must begin with https:\/\/ or http:\/\//],
    ["file:///etc/passwd", "OPENAI_API_KEY", /must begin with https:\/\/ or http:\/\//],
  ])("%j with %s", async (url, api_key_env, message) => {
    const { code, stdout, stderr } = await ask({
      base_url: placed(url),
      ...(api_key_env === undefined ? {} : { api_key_env }),
    });
    expect(unwrapped(stderr + stdout)).toMatch(message);
    expect(code).toBe(message === notAllowed ? 1 : 2);
    expect(caught).toEqual([]);
  });

  it("and a permission is for one origin: not for its other ports, nor for other schemes", async () => {
    const { code, stderr, stdout } = await ask(
      { base_url: placed("http://127.0.0.1:PORT/v1"), api_key_env: "OPENAI_API_KEY" },
      ["--allow-origin", "http://127.0.0.1:1", "--allow-origin", placed("https://127.0.0.1:PORT")],
    );
    expect([code, unwrapped(stderr + stdout)]).toEqual([1, expect.stringMatching(notAllowed)]);
    expect(caught).toEqual([]);
  });
});

describe("no key and no prompt follows a redirect", () => {
  it.each([
    [301, "http://127.0.0.1:PORT/v1/chat/completions"],
    [302, "http://127.0.0.1:PORT/v1/chat/completions"],
    [303, "http://127.0.0.1:PORT/v1/chat/completions"],
    [307, "http://127.0.0.1:PORT/v1/chat/completions"],
    [308, "http://[::1]:PORT6/v1/chat/completions"],
    [307, "//127.0.0.1:PORT/v1/chat/completions"],
  ])("%i to %s", async (status, location) => {
    const arrived: string[] = [];
    const server = createHttpServer((request, response) => {
      arrived.push(String(request.headers.authorization));
      response.writeHead(status, { location: placed(location) }).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const result = await ask({ base_url: `${origin}/v1`, api_key_env: "OPENAI_API_KEY" }, [
        "--allow-origin",
        origin,
      ]);
      expect(unwrapped(result.stderr + result.stdout)).toContain(
        `${origin} answered ${status}, a redirect to `,
      );
      expect(result.code).toBe(1);
      // The server that was allowed did get the key: else nothing was tested.
      expect(arrived).toContain(`Bearer ${keys.OPENAI_API_KEY}`);
      expect(caught).toEqual([]);
    } finally {
      server.close();
    }
  });
});
