import { hash } from "node:crypto";
import type { Ask, Model } from "../../src/runner/asking.ts";
import type { ModelAnswer } from "../../src/runner/provider.ts";

/** What a scripted model says: a text, more of an answer, or an error to throw. */
export type ScriptedOutput = string | Partial<ModelAnswer> | Error;

/** A model whose answers a test holds by the hand; it remembers what it was asked. */
export interface ScriptedModel extends Model {
  readonly asks: Ask[];
}

/** A model that answers by a list (in the order of asking, the last one repeated) or by a function of the request. */
export function scriptedModel(
  name: string,
  script: readonly ScriptedOutput[] | ((ask: Ask) => ScriptedOutput | Promise<ScriptedOutput>),
  traits: Partial<Pick<Model, "digest" | "free" | "kept">> = {},
): ScriptedModel {
  const asks: Ask[] = [];
  return {
    name,
    digest: hash("sha256", name),
    free: true,
    kept: true,
    ...traits,
    asks,
    async answer(ask) {
      asks.push(ask);
      const output =
        typeof script === "function" ? await script(ask) : (script[asks.length - 1] ?? script.at(-1) ?? "");
      if (output instanceof Error) throw output;
      return answerOf(output);
    },
  };
}

/** A whole answer around what a test says of it. */
function answerOf(output: string | Partial<ModelAnswer>): ModelAnswer {
  return {
    output_text: "",
    tool_calls: [],
    finish_reason: "stop",
    logprobs: null,
    resolved_model: null,
    usage: null,
    latency_ms: null,
    provider_id: null,
    ...(typeof output === "string" ? { output_text: output } : output),
  };
}

/** The text of the last user message. */
export function lastUserText({ messages }: Pick<Ask, "messages">): string {
  const content = messages.findLast((message) => message.role === "user")?.content;
  return typeof content === "string" ? content : "";
}
