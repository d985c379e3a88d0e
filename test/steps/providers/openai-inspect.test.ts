import { describe, expect, it } from "vitest";
import type { WireRequest, WireResponse } from "../../../src/runner/exchanges.ts";
import { inspectModel } from "../../../src/steps/providers/openai/inspect.ts";

describe("what a server says of a model", () => {
  it("is asked of this one model, and where it goes comes back", async () => {
    const server = answering({ "/v1/models/gpt-4o": found({ id: "gpt-4o", shutdown_date: "2027-01-14" }) });
    expect(await inspect(server, "gpt-4o")).toEqual({ exists: true, shutdown_date: "2027-01-14" });
    expect(server.asked).toEqual(["GET https://llm.example/v1/models/gpt-4o"]);
  });

  it("is asked under any name, however it is spelt", async () => {
    const server = answering({ "/v1/models/org%2Fsmall%3Ffree": found({ id: "org/small?free" }) });
    expect(await inspect(server, "org/small?free")).toEqual({ exists: true, shutdown_date: null });
  });

  it("is that there is none where it says so of the model", async () => {
    const server = answering({ "/v1/models/gpt-9": { status: 404, body: modelNotFound } });
    expect(await inspect(server, "gpt-9")).toEqual({ exists: false, shutdown_date: null });
    expect(server.asked).toHaveLength(1);
  });

  it.each([
    ["OpenAI's word", { shutdown_date: "2026-12-24" }, "2026-12-24"],
    ["a day with a time", { shutdown_date: "2026-12-24T00:00:00Z" }, "2026-12-24"],
    ["OpenRouter's word", { expiration_date: "2026-11-30" }, "2026-11-30"],
    ["Azure's seconds", { deprecation: { fine_tune: 1, inference: 1_799_884_800 } }, "2027-01-14"],
    ["none", { shutdown_date: null }, null],
    ["no day", { shutdown_date: "soon" }, null],
    ["a day that is none", { shutdown_date: "2026-13-45" }, null],
    ["a number of another kind", { deprecation: { inference: "never" } }, null],
    ["seconds that are milliseconds", { deprecation: { inference: 1_799_884_800_000 } }, null],
  ])("reads when it goes: %s", async (_what, fields, shutdown_date) => {
    const server = answering({ "/v1/models/m": found({ id: "m", ...fields }) });
    expect(await inspect(server, "m")).toEqual({ exists: true, shutdown_date });
  });

  it.each([404, 405, 501])(
    "is looked up in the list of a server that answers %d for one model",
    async (status) => {
      const server = answering({
        "/v1/models/m": { status, body: '{"detail":"Not Found"}' },
        "/v1/models": found({
          object: "list",
          data: [{ id: "other" }, { id: "m", expiration_date: "2027-03-01" }],
        }),
      });
      expect(await inspect(server, "m")).toEqual({ exists: true, shutdown_date: "2027-03-01" });
    },
  );

  it("stays open where a list lacks it, for many servers answer to other names", async () => {
    const server = answering({ "/v1/models": found({ data: [{ id: "llama-3.2-1b" }] }) });
    expect(await inspect(server, "default")).toEqual({
      exists: undefined,
      shutdown_date: null,
      listed: ["llama-3.2-1b"],
    });
  });

  it("stays open where Azure does not know a deployment by its name", async () => {
    const server = answering({ "/openai/v1/models/ours": { status: 404, body: modelNotFound } });
    const base_url = "https://ours.openai.azure.com/openai/v1";
    expect(await inspect(server, "ours", { base_url })).toEqual({ exists: undefined, shutdown_date: null });
  });

  it("stays open where there is no list, or none for this key", async () => {
    for (const status of [404, 403]) {
      const server = answering({ "/v1/models/m": { status, body: "" }, "/v1/models": { status, body: "" } });
      expect(await inspect(server, "m")).toEqual({ exists: undefined, shutdown_date: null });
    }
    const restricted = { status: 401, body: '{"error":{"message":"Missing scopes: api.model.read"}}' };
    const server = answering({ "/v1/models/m": restricted, "/v1/models": restricted });
    expect(await inspect(server, "m")).toEqual({ exists: undefined, shutdown_date: null });
  });

  it("stays open where a list is of another shape", async () => {
    for (const body of ['{"data":"none"}', '{"data":[1,null]}', "{}"]) {
      const server = answering({ "/v1/models": { status: 200, body } });
      expect(await inspect(server, "m")).toMatchObject({ exists: undefined, shutdown_date: null });
    }
  });
});

describe("a server that cannot be asked", () => {
  it("stops everything where it refuses the key, and says which", async () => {
    const server = answering({
      "/v1/models/m": { status: 401, body: '{"error":{"code":"invalid_api_key"}}' },
    });
    await expect(inspect(server, "m", { api_key_env: "LLM_KEY" })).rejects.toMatchObject({
      scope: "stop",
      message: "https://llm.example refuses the key",
      hint: "check that LLM_KEY holds a valid key for https://llm.example",
    });
    await expect(inspect(server, "m")).rejects.toMatchObject({
      hint: "the server wants a key: name its environment variable as api_key_env",
    });
  });

  it.each([
    [500, "", "https://llm.example answered 500 for /v1/models/m"],
    [429, "", "https://llm.example answered 429 for /v1/models/m"],
    [307, "", "https://llm.example answered 307 for /v1/models/m"],
    [200, "<!doctype html>", "https://llm.example sent no JSON for /v1/models/m"],
    [200, "", "https://llm.example sent no JSON for /v1/models/m"],
    [200, "[]", "https://llm.example sent no JSON for /v1/models/m"],
  ])("fails alone with status %d and body %j", async (status, body, message) => {
    const server = answering({ "/v1/models/m": { status, body } });
    await expect(inspect(server, "m")).rejects.toMatchObject({ scope: "request", message });
  });

  it("fails alone where nothing comes back", async () => {
    const send = () => Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:8000"));
    await expect(inspectModel({ transport: { send } }, "m", never)).rejects.toMatchObject({
      name: "RequestFailure",
      scope: "request",
      message: "no answer from https://api.openai.com: connect ECONNREFUSED 127.0.0.1:8000",
    });
  });

  it("is left with the run's own reason where the run ends", async () => {
    const reason = new Error("interrupted");
    const send = () => Promise.reject(new Error("aborted"));
    await expect(inspectModel({ transport: { send } }, "m", AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

const never = new AbortController().signal;

const modelNotFound = JSON.stringify({ error: { message: "no such model", code: "model_not_found" } });

type Answer = Pick<WireResponse, "status" | "body">;

function found(body: object): Answer {
  return { status: 200, body: JSON.stringify(body) };
}

/** A server that answers by path, and 404 everywhere else. */
function answering(pages: { readonly [path: string]: Answer }) {
  const asked: string[] = [];
  return {
    asked,
    async send({ method, origin, path }: WireRequest): Promise<WireResponse> {
      asked.push(`${method} ${origin}${path}`);
      return { headers: {}, ...(pages[path] ?? { status: 404, body: "" }) };
    },
  };
}

function inspect(
  transport: ReturnType<typeof answering>,
  model: string,
  more: { readonly base_url?: string; readonly api_key_env?: string } = {},
) {
  return inspectModel({ transport, base_url: "https://llm.example/v1", ...more }, model, never);
}
