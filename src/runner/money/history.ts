import { hash } from "node:crypto";
import { canonicalJson } from "../../templating/canonical-json.ts";
import type { Message } from "../../templating/message.ts";
import type { MessageEntry } from "../../templating/render-messages.ts";
import { keyedRequest } from "../key.ts";
import type { JsonObject } from "../row.ts";
import type { Store, StoredAnswer } from "../store.ts";
import type { Seen } from "./budget.ts";
import { enoughAnswers } from "./enough-answers.ts";
import { attachmentBytes, measureRequest } from "./request-size.ts";

/** What one kept answer took. */
export interface Taken {
  /** Of all that the model read, attachments by their weight. */
  readonly inputBytes: number;
  readonly attachments: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** Equal for answers to the same question. */
  readonly question: string;
  readonly messages: readonly Message[];
  /** Request parameters that decide an answer, as canonical JSON. */
  readonly parameters: string;
}

/** What the newest kept answers of a model took, as far as they told it; free of charge it is not known. */
export function readHistory(
  store: Store,
  { provider, model }: { readonly provider: JsonObject; readonly model: string },
): readonly Taken[] {
  const identity = canonicalJson(provider);
  const history: Taken[] = [];
  for (const stored of store.completions({ model, last: newest }))
    if (stored.answer.usage !== null && canonicalJson(stored.provider) === identity)
      history.push(takenBy(stored));
  return history;
}

/** Enough for a mean, and read in a moment. */
const newest = 2000;

function takenBy({ request, answer }: StoredAnswer): Taken {
  const { messages, ...parameters } = request as JsonObject & { readonly messages: JsonObject[string] };
  const said = messages as unknown as readonly Message[];
  const usage = answer.usage!;
  const { bytes, attachments } = measureRequest(said, parameters);
  return {
    inputBytes: bytes + attachments * attachmentBytes,
    attachments,
    inputTokens: usage.input_tokens,
    cachedTokens: usage.cached_tokens ?? 0,
    outputTokens: usage.output_tokens,
    question: hash("sha256", canonicalJson(messages), "base64"),
    messages: said,
    parameters: parametersText(parameters),
  };
}

/** Request parameters that decide an answer, as canonical JSON. */
export function parametersText(parameters: JsonObject): string {
  return canonicalJson(keyedRequest(parameters));
}

/** True where messages may have come from a prompt: the same roles, and each begins as the prompt's does. */
export function comesFrom(prompt: readonly MessageEntry[], messages: readonly Message[]): boolean {
  for (const [index, entry] of prompt.entries()) {
    // What is spliced in can be any number of messages.
    if (!("role" in entry)) return true;
    const message = messages[index];
    if (message?.role !== entry.role) return false;
    if (typeof entry.content !== "string" || typeof message.content !== "string") continue;
    if (!message.content.startsWith(entry.content.split("{{")[0]!)) return false;
  }
  return messages.length === prompt.length;
}

/** The most that answers to requests of text alone took, for a budget; undefined where too few came. */
export function seenIn(history: readonly Taken[]): Seen | undefined {
  const ofText = history.filter(({ attachments }) => attachments === 0);
  if (ofText.length < enoughAnswers) return undefined;
  return ofText.reduce<Seen>(
    (seen, { inputBytes, inputTokens, outputTokens }) => ({
      answers: seen.answers + 1,
      tokensPerByte: Math.max(seen.tokensPerByte, inputTokens / Math.max(1, inputBytes)),
      outputTokens: Math.max(seen.outputTokens, outputTokens),
    }),
    { answers: 0, tokensPerByte: 0, outputTokens: 0 },
  );
}
