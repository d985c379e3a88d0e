import OpenAI from "openai";
import { onTestFinished } from "vitest";
import { type FakeOpenAI, type FakeOpenAIOptions, startFakeOpenAI } from "./index.ts";

/** A server that ends with the test. */
export async function start(options?: FakeOpenAIOptions): Promise<FakeOpenAI> {
  const server = await startFakeOpenAI(options);
  onTestFinished(server.close);
  return server;
}

/** The official client, which asks but once. */
export function clientOf(server: Pick<FakeOpenAI, "url">): OpenAI {
  return new OpenAI({ baseURL: server.url, apiKey: "sk-any", maxRetries: 0 });
}

/** A bare POST of JSON, of a text as it is. */
export function post(
  server: Pick<FakeOpenAI, "url">,
  body: unknown,
  { path = "/chat/completions", ...init }: RequestInit & { readonly path?: string } = {},
): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads deep into answers.
export async function json(response: Promise<Response>): Promise<any> {
  return (await response).json();
}

/** A user's message with this content, good or bad. */
export function user<T>(content: T) {
  return { role: "user", content };
}

/** A request that nothing is wrong with. */
export const good = { model: "gpt-4o", messages: [user("Say json.")] };

/** A tool, and a call of it. */
export const tool = { type: "function", function: { name: "f" } };
export const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
