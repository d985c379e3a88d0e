import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import type {
  AttemptEnd,
  ModelRequest,
  ProviderContext,
  RequestExecution,
} from "../../../src/runner/provider.ts";
import type { JsonObject } from "../../../src/runner/row.ts";
import { baseUrlFault, originToAllow } from "../../../src/steps/providers/openai/base-url.ts";
import { readCompletion } from "../../../src/steps/providers/openai/completion.ts";
import { describeResponse } from "../../../src/steps/providers/openai/failure.ts";
import { checkOpenAIRequest } from "../../../src/steps/providers/openai/request.ts";
import { type OpenAIParams, openai } from "../../../src/steps/providers/openai.ts";
import {
  type FakeOpenAI,
  type FakeOpenAIOptions,
  type FaultKind,
  startFakeOpenAI,
} from "../../support/fake-openai/index.ts";

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(options?: FakeOpenAIOptions): Promise<FakeOpenAI> {
  const server = await startFakeOpenAI(options);
  cleanups.push(server.close);
  return server;
}

interface World {
  readonly secrets?: { readonly [name: string]: string };
  readonly allowed?: readonly string[];
}

async function open(params: OpenAIParams, { secrets = {}, allowed = [] }: World = {}) {
  const context: ProviderContext<OpenAIParams> = {
    params,
    file: (path) => path,
    secret: (name) => secrets[name],
    allowsOrigin: (origin) => allowed.includes(origin),
    shared: shareThings(),
  };
  const connection = await openai.open(context);
  cleanups.push(connection.close);
  return (
    request: Partial<ModelRequest> = {},
    execution: Partial<RequestExecution> = {},
    signal?: AbortSignal,
  ) =>
    connection.answer(
      {
        model: "gpt-4o",
        messages: [{ role: "user", content: "Hello" }],
        parameters: { temperature: 0 },
        draw: { occurrence: 0, sample: 0 },
        ...request,
      },
      { concurrency: 1, timeoutMs: 5000, retries: 0, ...execution },
      signal ?? new AbortController().signal,
    );
}

/** As a run does: one thing under each name. */
function shareThings(): ProviderContext<unknown>["shared"] {
  const things = new Map<string, unknown>();
  return <T>(name: string, make: () => T) => {
    if (!things.has(name)) things.set(name, make());
    return things.get(name) as T;
  };
}

/** Notes how attempts ended, as a run does that sets money aside for each. */
function noteAttempts() {
  const ends: AttemptEnd[] = [];
  const begun = { count: 0 };
  return {
    ends,
    begun,
    onAttempt: async () => {
      begun.count += 1;
      return (end: AttemptEnd) => void ends.push(end);
    },
  };
}

const origin = (server: FakeOpenAI) => new URL(server.url).origin;

describe("an answer", () => {
  it("carries text, resolved model, usage, time and the provider's id", async () => {
    const server = await start({ latencyMs: 20 });
    const ask = await open({ base_url: server.url });
    const answer = await ask();
    expect(answer).toEqual({
      output_text: expect.stringMatching(/^answer /),
      tool_calls: [],
      finish_reason: "stop",
      logprobs: null,
      resolved_model: "gpt-4o-2024-08-06",
      usage: {
        input_tokens: expect.any(Number),
        output_tokens: expect.any(Number),
        cached_tokens: expect.any(Number),
      },
      latency_ms: expect.any(Number),
      provider_id: expect.stringMatching(/^chatcmpl-/),
    });
    expect(answer.latency_ms).toBeGreaterThanOrEqual(19);
    expect(server.ledger[0]?.body).toEqual({
      model: "gpt-4o",
      messages: [{ role: "user", content: "Hello" }],
      temperature: 0,
    });
  });

  it.each([
    [0.00042, { cost_usd: 0.00042 }],
    [0, { cost_usd: 0 }],
    [-1, {}],
    ["0.1", {}],
    [null, {}],
  ])("whose server tells the cost %j carries %j", (cost, expected) => {
    const body = {
      choices: [{ message: { content: "A" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 1, cost },
    };
    const read = readCompletion(body, 1);
    expect("answer" in read && Object.entries(read.answer).filter(([name]) => name === "cost_usd")).toEqual(
      Object.entries(expected),
    );
  });

  it.each<[FaultKind, object]>([
    ["refusal", { finish_reason: "refusal", output_text: "I can't help with that." }],
    ["content_filter", { finish_reason: "content_filter", output_text: "" }],
    ["length", { finish_reason: "length", output_text: "answe" }],
  ])("of kind %s is data, not a failure", async (kind, expected) => {
    const server = await start({ faultScript: [kind] });
    expect(await (await open({ base_url: server.url }))()).toMatchObject(expected);
    expect(server.ledger).toHaveLength(1);
  });

  it("carries tool calls, and an older function call as one", async () => {
    const tool_calls = [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }];
    const server = await start({
      answer: ({ model }) =>
        model === "gpt-4o"
          ? { content: null, tool_calls }
          : { content: null, function_call: { name: "f", arguments: "{}" }, finish_reason: "function_call" },
    });
    const ask = await open({ base_url: server.url });
    expect(await ask()).toMatchObject({ output_text: "", tool_calls, finish_reason: "tool_calls" });
    expect(await ask({ model: "gpt-4o-mini" })).toMatchObject({
      tool_calls: [{ type: "function", function: { name: "f", arguments: "{}" } }],
      finish_reason: "tool_calls",
    });
  });

  it("carries log probabilities, which top_logprobs alone asks for", async () => {
    const server = await start();
    const { logprobs } = await (await open({ base_url: server.url }))({ parameters: { top_logprobs: 2 } });
    expect(server.ledger[0]?.body).toMatchObject({ logprobs: true, top_logprobs: 2 });
    expect(logprobs?.[0]).toEqual({
      token: "answer",
      logprob: expect.any(Number),
      top_logprobs: [
        { token: "answer", logprob: expect.any(Number) },
        { token: "answer~1", logprob: expect.any(Number) },
      ],
    });
  });

  it("with an unknown finish_reason is a failure that names it, and is not asked for again", async () => {
    const server = await start({ answer: () => ({ content: "x", finish_reason: "eos" }) });
    const ask = await open({ base_url: server.url });
    await expect(ask({}, { retries: 3 })).rejects.toThrow('the unknown finish_reason "eos"');
    expect(server.ledger).toHaveLength(1);
  });
});

describe("a passing fault", () => {
  it.each<[FaultKind, string]>([
    ["rate_limit_bare", "answered 429: Rate limit reached"],
    ["request_timeout", "answered 408: Request timed out"],
    ["conflict", "answered 409: The request conflicts with another one"],
    ["server_error", "answered 500: The server had an error while processing your request"],
    ["bad_gateway", "answered 502: Bad gateway"],
    ["html_bad_gateway", "answered 502: a web page"],
    ["unavailable", "answered 503: The engine is currently overloaded, please try again later"],
    ["gateway_timeout", "answered 504: Gateway timeout"],
    ["overloaded", "answered 529: Overloaded"],
    ["reset", "no answer from"],
    ["truncated", "sent JSON that ends or breaks in the middle"],
    ["gzip_garbage", "does not answer as it should: its answer is no UTF-8 text"],
    ["html", "sent HTML instead of JSON"],
    ["empty", "sent an empty body"],
    ["null_body", "sent JSON that is no object"],
    ["wrong_shape", "sent an answer without choices"],
    ["no_choices", "sent an answer with no choice in it"],
    ["empty_content", "sent a message without content"],
    ["hang", "none within 0.3 s"],
    ["slow_headers", "none within 0.3 s"],
    ["hang_mid_body", "none within 0.3 s"],
    ["drip", "none within 0.3 s"],
  ])("%s is asked again; with no retry left it is a failure, never an answer", async (kind, message) => {
    const server = await start({ faultScript: [kind, undefined, kind] });
    const ask = await open({ base_url: server.url });
    expect((await ask({}, { retries: 1, timeoutMs: 300 })).output_text).toMatch(/^answer /);
    expect(server.ledger).toHaveLength(2);
    const failure = await ask({}, { retries: 0, timeoutMs: 300 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "RequestFailure", scope: "request" });
    expect((failure as Error).message).toContain(message);
    expect(server.ledger).toHaveLength(3);
  });

  it("in one of three calls changes no answer, and costs no call beyond the faulty ones", async () => {
    const kinds = [
      "rate_limit",
      "server_error",
      "unavailable",
      "reset",
      "truncated",
      "html",
      "empty",
      "no_choices",
    ] as const;
    const [well, faulty] = [await start(), await start({ faults: { rate: 0.33, kinds, seed: 11 } })];
    const texts = async (server: FakeOpenAI) => {
      const ask = await open({ base_url: server.url });
      const asked = Array.from({ length: 200 }, (_, at) =>
        ask({ messages: [{ role: "user", content: `question ${at}` }] }, { retries: 8 }),
      );
      return (await Promise.all(asked)).map(({ output_text }) => output_text);
    };
    expect(await texts(faulty)).toEqual(await texts(well));
    const failed = faulty.ledger.filter(({ fault }) => fault !== undefined);
    expect(failed.length).toBeGreaterThan(60);
    expect(faulty.ledger).toHaveLength(200 + failed.length);
  });

  it("tells the time of the successful attempt alone", async () => {
    const server = await start({ faultScript: ["hang"] });
    const ask = await open({ base_url: server.url });
    expect((await ask({}, { retries: 1, timeoutMs: 300 })).latency_ms).toBeLessThan(300);
  });

  it.each<FaultKind>(["rate_limit", "rate_limit_seconds", "rate_limit_date"])(
    "%s, which says when to come again, uses up no attempt",
    async (kind) => {
      const server = await start({ faultScript: [kind, kind] });
      const ask = await open({ base_url: server.url });
      expect((await ask({}, { retries: 0 })).output_text).toMatch(/^answer /);
      expect(server.ledger).toHaveLength(3);
    },
  );

  it("that asks to wait holds back every other request of the account", async () => {
    const server = await start({ faultScript: ["rate_limit_seconds"] });
    const ask = await open({ base_url: server.url });
    const first = ask();
    await expect.poll(() => server.ledger[0]?.status).toBe(429);
    // Its response may still be on the way.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.all([first, ask({ model: "gpt-4o-mini" })]);
    const [refused, ...others] = server.ledger.map(({ at }) => at);
    expect(others).toHaveLength(2);
    for (const at of others) expect(at - refused!).toBeGreaterThanOrEqual(990);
  });

  it("that asks to wait longer than anybody would fails at once, for all who come after too", async () => {
    const server = await start({ faultScript: ["rate_limit"], retryAfter: { "retry-after": "86400" } });
    const ask = await open({ base_url: server.url });
    await expect(ask({}, { retries: 7 })).rejects.toThrow("(the server asks to wait 86400 s)");
    await expect(ask()).rejects.toMatchObject({
      scope: "stop",
      message: `not sent: ${origin(server)} asks to wait 86400 s`,
    });
    expect(server.ledger).toHaveLength(1);
  });

  it("is not asked again after the step's deadline, nor is anything new", async () => {
    const server = await start({ faultScript: ["rate_limit"], retryAfter: { "retry-after": "30" } });
    const ask = await open({ base_url: server.url });
    const deadlineAt = performance.now() + 10_000;
    await expect(ask({}, { retries: 7, deadlineAt })).rejects.toThrow("asks to wait 30 s");
    await expect(ask({}, { deadlineAt: performance.now() - 1 })).rejects.toMatchObject({
      scope: "stop",
      message: "not sent: the time that the step has is over",
    });
    expect(server.ledger).toHaveLength(1);
  });

  it("of a server that was never there stops the provider after three attempts, and names its origin", async () => {
    const server = await start();
    await server.close();
    const failure = (await open({ base_url: server.url }))({}, { retries: 7 });
    await expect(failure).rejects.toThrow(
      new RegExp(`no answer from ${origin(server)}: .*ECONNREFUSED.* \\(3 attempts\\)`),
    );
    await expect(failure).rejects.toMatchObject({
      scope: "stop",
      hint: expect.stringContaining("start the server, or check base_url"),
    });
  });

  it("of a server that was there is sat through", async () => {
    const server = await start();
    const ask = await open({ base_url: server.url });
    await ask();
    await server.close();
    const answer = ask({}, { retries: 7 });
    await start({ port: Number(new URL(server.url).port) });
    expect((await answer).output_text).toMatch(/^answer /);
  });
});

describe("a lasting fault", () => {
  it.each<[FaultKind, string, RegExp]>([
    ["quota", "answered 429: You exceeded your current quota", /add credit/],
    ["unauthorized", "answered 401: Incorrect API key provided", /api_key_env/],
    ["forbidden", "answered 403: Country not supported", /gpt-4o/],
    ["not_found", "answered 404: The model does not exist", /"gpt-4o"/],
    ["redirect", "answered 307, a redirect to elsewhere.invalid", /base_url/],
  ])("%s stops the provider after one call, and says what to do", async (kind, message, hint) => {
    const server = await start({ faultScript: [kind] });
    const failure = (await open({ base_url: server.url }))({}, { retries: 3 });
    await expect(failure).rejects.toMatchObject({ scope: "stop", hint: expect.stringMatching(hint) });
    await expect(failure).rejects.toThrow(message);
    expect(server.ledger).toHaveLength(1);
  });

  it("of one request leaves the others alone", async () => {
    const server = await start();
    const ask = await open({ base_url: server.url });
    await expect(ask({ parameters: { temperature: 3 } }, { retries: 3 })).rejects.toMatchObject({
      scope: "request",
      message: expect.stringContaining("answered 400: Invalid value for 'temperature'"),
    });
    expect(server.ledger).toHaveLength(1);
  });

  it("of a request that is too large for the account's limit is told at once", async () => {
    const server = await start({ rateLimits: { tokensPerMinute: 5 } });
    const ask = await open({ base_url: server.url });
    await expect(ask({}, { retries: 7 })).rejects.toMatchObject({
      scope: "request",
      message: expect.stringContaining("answered 429: Request too large"),
      hint: "shorten the prompt, or raise the account's limit",
    });
    expect(server.ledger).toHaveLength(1);
  });

  it("sends no prompt where a redirect points", async () => {
    const elsewhere = await start();
    const server = await start({
      faultScript: ["redirect"],
      redirectTo: `${elsewhere.url}/chat/completions`,
    });
    await expect((await open({ base_url: server.url }))({}, { retries: 3 })).rejects.toThrow("redirect");
    expect(elsewhere.ledger).toEqual([]);
  });

  it("of a server that reports an error with status 200 tells what it said", async () => {
    const server = createServer((_request, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ error: { message: "no\u001b[2J upstream" } }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(async () => void server.close());
    const ask = await open({ base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` });
    await expect(ask()).rejects.toThrow("sent an error with status 200: no [2J upstream");
  });
});

describe("a stopped run", () => {
  it("lets what is under way end, and makes no further attempt", async () => {
    const server = await start({ latencyMs: 100, faultScript: [undefined, "server_error"] });
    const ask = await open({ base_url: server.url });
    const stopping = new AbortController();
    const [good, bad] = [1, 2].map(() => ask({}, { retries: 7, stop: stopping.signal }));
    await expect.poll(() => server.ledger.length).toBe(2);
    stopping.abort();
    expect((await good)?.output_text).toMatch(/^answer /);
    await expect(bad).rejects.toThrow("answered 500");
    await expect(ask({}, { stop: stopping.signal })).rejects.toThrow("not sent: the run is ending");
    expect(server.ledger).toHaveLength(2);
  });
});

describe("an aborted request", () => {
  it("ends at once with the reason, and is not tried again", async () => {
    const server = await start({ faultScript: ["hang", "hang"] });
    const ask = await open({ base_url: server.url });
    const controller = new AbortController();
    const answer = ask({}, { retries: 3 }, controller.signal);
    await expect.poll(() => server.ledger.length).toBe(1);
    controller.abort(new Error("interrupted"));
    await expect(answer).rejects.toThrow("interrupted");
    expect(server.ledger).toHaveLength(1);
  });
});

describe("a key", () => {
  const secrets = { OPENAI_API_KEY: "sk-home-1234567890", OTHER_KEY: "sk-other-1234567890" };

  it("goes to an origin that the user allowed, as a bearer token", async () => {
    const server = await start({ apiKey: secrets.OTHER_KEY });
    const ask = await open(
      { base_url: server.url, api_key_env: "OTHER_KEY" },
      { secrets, allowed: [origin(server)] },
    );
    await ask();
    expect(server.ledger[0]?.headers.authorization).toBe(`Bearer ${secrets.OTHER_KEY}`);
  });

  it.each(["OPENAI_API_KEY", "OTHER_KEY"])(
    "named %s goes nowhere else, not even to this machine",
    async (name) => {
      const server = await start();
      await expect(open({ base_url: server.url, api_key_env: name }, { secrets })).rejects.toMatchObject({
        scope: "stop",
        message: `prompts and the key ${name} would go to ${origin(server)}, which you have not allowed`,
        hint: `if that is meant, run with --allow-origin ${origin(server)}`,
      });
      expect(server.ledger).toEqual([]);
    },
  );

  it("is in no message, even where a careless server repeats it", async () => {
    const server = await start({ apiKey: "sk-another" });
    const ask = await open(
      { base_url: server.url, api_key_env: "OTHER_KEY" },
      { secrets, allowed: [origin(server)] },
    );
    const failure = await ask().catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ hint: expect.stringContaining("OTHER_KEY") });
    expect((failure as Error).message).toContain("Incorrect API key provided: [key]");
    const { inspect } = await import("node:util");
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain(secrets.OTHER_KEY);
  });

  it("is not sent, nor anything else of the environment, where none is named", async () => {
    vi.stubEnv("OPENAI_API_KEY", "sk-env");
    vi.stubEnv("OPENAI_ADMIN_KEY", "sk-admin");
    vi.stubEnv("OPENAI_ORG_ID", "org-env");
    vi.stubEnv("OPENAI_PROJECT_ID", "proj-env");
    vi.stubEnv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1");
    vi.stubEnv("OPENAI_CUSTOM_HEADERS", "x-secret: env\nauthorization: Bearer env");
    const server = await start();
    await (await open({ base_url: server.url }))();
    expect(Object.keys(server.ledger[0]?.headers ?? {}).sort()).toEqual(
      ["accept", "connection", "content-length", "content-type", "host", "user-agent"].sort(),
    );
  });

  it("goes with the organization and project that the spec names", async () => {
    const server = await start();
    await (await open({ base_url: server.url, organization: "org-1", project: "proj-1" }))();
    expect(server.ledger[0]?.headers).toMatchObject({
      "openai-organization": "org-1",
      "openai-project": "proj-1",
    });
  });

  it.each<[string, World["secrets"], string]>([
    ["is missing", {}, "OTHER_KEY is not set"],
    ["is empty", { OTHER_KEY: "" }, "OTHER_KEY is not set"],
    ["ends in a line break", { OTHER_KEY: "sk-1\n" }, "OTHER_KEY holds a space, a line break"],
  ])("that %s stops the provider before anything is sent", async (_title, given, message) => {
    const opening = open(
      { api_key_env: "OTHER_KEY" },
      { secrets: given ?? {}, allowed: ["https://api.openai.com"] },
    );
    await expect(opening).rejects.toMatchObject({
      scope: "stop",
      hint: expect.stringContaining("OTHER_KEY"),
    });
    await expect(opening).rejects.toThrow(message);
  });

  it("is asked for where OpenAI itself is meant and none is named", async () => {
    await expect(open({})).rejects.toMatchObject({
      message: "https://api.openai.com wants a key",
      hint: "name its environment variable: api_key_env: OPENAI_API_KEY",
    });
  });
});

describe("an origin needs the user's permission", () => {
  it.each<[string | undefined, string | undefined, string | undefined]>([
    [undefined, "OPENAI_API_KEY", undefined],
    ["https://API.openai.com:443/v1/", "OPENAI_API_KEY", undefined],
    [undefined, "AWS_SECRET_ACCESS_KEY", "https://api.openai.com"],
    [undefined, undefined, "https://api.openai.com"],
    ["https://api.openai.com.evil.example/v1", "OPENAI_API_KEY", "https://api.openai.com.evil.example"],
    ["https://api.openai.com:8443/v1", "OPENAI_API_KEY", "https://api.openai.com:8443"],
    ["http://api.openai.com/v1", "OPENAI_API_KEY", "http://api.openai.com"],
    ["http://127.0.0.1:8000/v1", undefined, undefined],
    ["http://127.9.8.7/v1", undefined, undefined],
    ["http://[::1]:8000/v1", undefined, undefined],
    ["http://localhost:8000/v1", undefined, undefined],
    ["http://127.0.0.1:8000/v1", "OPENAI_API_KEY", "http://127.0.0.1:8000"],
    ["http://0.0.0.0:8000/v1", undefined, "http://0.0.0.0:8000"],
    ["https://localhost.evil.example/v1", undefined, "https://localhost.evil.example"],
    ["https://127.0.0.1.nip.io/v1", undefined, "https://127.0.0.1.nip.io"],
    ["https://sub.localhost/v1", undefined, "https://sub.localhost"],
  ])("%s with key %s: %s", (base_url, api_key_env, expected) => {
    expect(originToAllow({ base_url, api_key_env })).toBe(expected);
  });
});

describe("a base URL is refused", () => {
  it.each<[string, string]>([
    ["not a url", "base_url is not a URL"],
    ["ftp://example.com/v1", "base_url must begin with https:// or http://"],
    ["https://user:hunter2@example.com/v1", "base_url must hold no user name or password"],
    ["https://example.com/v1?key=hunter2", "base_url must hold no query and no fragment"],
    ["https://example.com/v1#", "base_url must hold no query and no fragment"],
    ["http://example.com/v1", "http is for this machine alone, and example.com is another"],
    ["http://10.0.0.5:8000/v1", "http is for this machine alone, and 10.0.0.5:8000 is another"],
  ])("%s", async (base_url, message) => {
    expect(baseUrlFault(base_url)).toContain(message);
    const failure = await open({ base_url }, { allowed: [new URL(base_url, "http://x").origin] }).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({ name: "RequestFailure", scope: "stop" });
    expect(failure.message).not.toContain("hunter2");
  });
});

describe("the identity", () => {
  it("is the same for the default, absent or written out, in any spelling", () => {
    const expected = { type: "openai", origin: "https://api.openai.com/v1" };
    expect(openai.identity({})).toEqual(expected);
    expect(openai.identity({ base_url: "https://api.openai.com/v1" })).toEqual(expected);
    expect(openai.identity({ base_url: "https://API.OpenAI.com:443/v1/" })).toEqual(expected);
  });

  it("is not changed by the key, the organization or the project", () => {
    const params = { api_key_env: "K", organization: "o", project: "p" };
    expect(openai.identity(params)).toEqual(openai.identity({}));
  });

  it("moves with the address, unless it is named", () => {
    const [one, other] = ["http://127.0.0.1:8000/v1", "http://127.0.0.1:9000/v1"];
    expect(openai.identity({ base_url: one })).not.toEqual(openai.identity({ base_url: other }));
    expect(openai.identity({ base_url: one, identity: "lab" })).toEqual(
      openai.identity({ base_url: other, identity: "lab" }),
    );
  });

  it("goes with the origin that requests go to", () => {
    expect(openai.origin?.({})).toBe("https://api.openai.com");
    expect(openai.origin?.({ base_url: "https://llm.example/a/v1" })).toBe("https://llm.example");
  });
});

describe("a server that fails again and again", () => {
  it("is told of while the request is tried again", async () => {
    const told: string[] = [];
    const server = await start({ faults: { rate: 1, kinds: ["server_error"], seed: 1 } });
    const ask = await open({ base_url: server.url });
    const execution = { retries: 1, note: (text: string) => void told.push(text) };
    await Promise.allSettled(Array.from({ length: 6 }, () => ask({}, execution)));
    expect(told).toEqual([expect.stringMatching(/^every request so far failed: .* answered 500/)]);
  });
});

describe("request parameters", () => {
  it("that would change the shape of the answer are refused by name", async () => {
    expect(checkOpenAIRequest({ temperature: 0, n: 2, stream: true })).toEqual([
      {
        key: "n",
        message: 'a request cannot carry "n": several answers to an item are asked for with samples',
      },
      { key: "stream", message: 'a request cannot carry "stream": answers are taken whole' },
    ]);
    const server = await start();
    const ask = await open({ base_url: server.url });
    await expect(ask({ parameters: { n: 2 } })).rejects.toThrow('a request cannot carry "n"');
    expect(server.ledger).toEqual([]);
  });

  it("that are most likely misspelt are warned of, and sent", async () => {
    expect(checkOpenAIRequest({ max_completion_token: 5 })).toEqual([
      {
        key: "max_completion_token",
        severity: "warning",
        message: 'the API has no "max_completion_token", though this server may',
        hint: 'did you mean "max_completion_tokens"?',
      },
    ]);
    expect(checkOpenAIRequest({ top_k: 5, min_p: 0.1, chat_template_kwargs: {}, guide: 1 })).toEqual([]);
    const server = await start();
    const ask = await open({ base_url: server.url });
    await ask({ parameters: { temperatur: 0 } }).catch(() => {});
    expect(server.ledger).toHaveLength(1);
  });

  it.each<[string, JsonObject]>([
    ["api_key", { api_key: "x" }],
    ["Authorization", { Authorization: "x" }],
    ["user", { user: "sk-0123456789abcdef0123" }],
    ["extra_headers", { extra_headers: { "X-Key": "Bearer sk-0123456789abcdef0123" } }],
    ["max_tokens", { max_tokens: 5, max_completion_tokens: 5 }],
  ])("with a secret or two limits are refused: %s", (key, parameters) => {
    const faults = checkOpenAIRequest(parameters);
    expect(faults.map((fault) => [fault.key, fault.severity])).toEqual([[key, undefined]]);
    expect(JSON.stringify(faults)).not.toContain("sk-");
  });

  it("carry metadata only where the completion is to be kept", async () => {
    const server = await start();
    const ask = await open({ base_url: server.url });
    const metadata = { task: "routing" };
    await ask({ metadata, parameters: { temperature: 0 } });
    await ask({ metadata, parameters: { store: true, metadata: { team: "it" } } });
    await ask({ parameters: { store: true } });
    expect(server.ledger.map(({ body }) => (body as { metadata?: object }).metadata)).toEqual([
      undefined,
      { team: "it", task: "routing" },
      undefined,
    ]);
  });

  it("go with images and with messages of tools as these are", async () => {
    const server = await start();
    const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
    const messages = [
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" } },
        ],
      },
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "c1", content: "a printer" },
    ] as const;
    await (await open({ base_url: server.url }))({ messages, parameters: {} });
    expect(server.ledger[0]?.body).toEqual({ model: "gpt-4o", messages });
  });

  it("are otherwise sent as they are", async () => {
    const server = await start();
    const parameters = {
      temperature: 0.5,
      max_completion_tokens: 10,
      response_format: { type: "json_object" },
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
    };
    const messages = [{ role: "user", content: [{ type: "text", text: "json" }] }] as const;
    await (await open({ base_url: server.url }))({ parameters, messages });
    expect(server.ledger[0]?.body).toEqual({ model: "gpt-4o", messages, ...parameters });
  });
});

describe("each attempt", () => {
  it.each<[FaultKind, AttemptEnd]>([
    ["server_error", "refused"],
    ["rate_limit_bare", "refused"],
    ["redirect", "refused"],
    ["reset", "taken"],
    ["hang", "taken"],
    ["truncated", "taken"],
    ["empty_content", "taken"],
    ["html", "taken"],
  ])("that ends in %s is told as %s", async (kind, end) => {
    const server = await start({ faultScript: [kind] });
    const ask = await open({ base_url: server.url });
    const { ends, begun, onAttempt } = noteAttempts();
    await expect(ask({}, { onAttempt, timeoutMs: 200 })).rejects.toMatchObject({ taken: end === "taken" });
    expect([ends, begun.count]).toEqual([[end], 1]);
  });

  it("has its own beginning, and the one that is answered no other end", async () => {
    const server = await start({ faultScript: ["truncated", "server_error"] });
    const ask = await open({ base_url: server.url });
    const { ends, begun, onAttempt } = noteAttempts();
    await ask({}, { onAttempt, retries: 5 });
    expect([ends, begun.count]).toEqual([["taken", "refused"], 3]);
  });

  it("that was interrupted may have been taken", async () => {
    const server = await start({ latencyMs: 5000 });
    const ask = await open({ base_url: server.url });
    const { ends, onAttempt } = noteAttempts();
    const controller = new AbortController();
    const asked = ask({}, { onAttempt }, controller.signal);
    setTimeout(() => controller.abort(new Error("interrupted")), 50);
    await expect(asked).rejects.toThrow("interrupted");
    expect(ends).toEqual(["taken"]);
  });

  it("that finds nobody, or that the limiter keeps back, was not sent", async () => {
    const server = await start();
    await server.close();
    const ask = await open({ base_url: server.url });
    const { ends, onAttempt } = noteAttempts();
    await expect(ask({}, { onAttempt })).rejects.toMatchObject({ taken: false });
    const stop = AbortSignal.abort();
    await expect(ask({}, { onAttempt, stop })).rejects.toThrow("the run is ending");
    expect(ends).toEqual(["not sent", "not sent"]);
  });

  it("is not made where there is no money for it", async () => {
    const server = await start({ faultScript: ["truncated"] });
    const ask = await open({ base_url: server.url });
    let begun = 0;
    const onAttempt = async () => {
      begun += 1;
      if (begun > 1) throw new Error("over budget");
      return () => {};
    };
    await expect(ask({}, { onAttempt, retries: 5 })).rejects.toThrow("over budget");
    expect(server.ledger).toHaveLength(1);
  });

  it.each([500, 503, 529])("that is refused with a %d and a time to come again uses up none", (status) => {
    const failing = { origin: "http://server", model: "m", keyName: undefined, apiKey: undefined };
    const response = { status, headers: { "retry-after": "7" }, body: "" };
    expect(describeResponse(response, failing)).toMatchObject({ retryAfterMs: 7000, uncounted: true });
    expect(describeResponse({ ...response, headers: {} }, failing)).not.toHaveProperty("uncounted");
  });
});
