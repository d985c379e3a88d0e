import { type ModelRequest, type ProviderDefinition, RequestFailure } from "../../src/runner/provider.ts";
import type { JsonObject } from "../../src/runner/row.ts";

/** A provider whose answers a test decides, and whose requests it sees. */
export interface ScriptedProvider {
  readonly definition: ProviderDefinition<{ readonly address?: string; readonly identity?: string }>;
  /** Every request that was sent, in order. */
  readonly sent: ModelRequest[];
  /** What is answered; may throw a RequestFailure. */
  answer: (request: ModelRequest, n: number) => string;
}

/** Makes a provider of type `scripted`; by default it answers with the user's text and the draw. */
export function scriptedProvider(
  options: { readonly free?: boolean; readonly answer?: ScriptedProvider["answer"] } = {},
): ScriptedProvider {
  const provider: ScriptedProvider = {
    sent: [],
    answer:
      options.answer ??
      ((request) =>
        JSON.stringify({
          said: lastText(request),
          sample: request.draw.sample,
          occurrence: request.draw.occurrence,
        })),
    definition: {
      name: "scripted",
      version: 1,
      summary: "Answers as a test says.",
      params: {
        type: "object",
        additionalProperties: false,
        properties: {
          address: { type: "string", description: "Where it would be." },
          identity: { type: "string", description: "What it is, wherever it is." },
        },
      },
      free: options.free ?? false,
      kept: true,
      identity: ({ address, identity }): JsonObject => ({
        type: "scripted",
        origin: identity ?? address ?? "here",
      }),
      open: async () => ({
        async answer(request) {
          provider.sent.push(request);
          const output_text = provider.answer(request, provider.sent.length - 1);
          return {
            output_text,
            tool_calls: [],
            finish_reason: "stop",
            logprobs: null,
            resolved_model: null,
            usage: null,
            latency_ms: null,
            provider_id: null,
          };
        },
        close: async () => {},
      }),
    },
  };
  return provider;
}

/** A failure of one request, as a time-out would be. */
export function outage(message = "timed out"): RequestFailure {
  return new RequestFailure(message);
}

/** The text of a request's last message. */
export function lastText(request: ModelRequest): string {
  return String(request.messages.at(-1)?.content);
}
