import { hash } from "node:crypto";
import type { StoredAnswer } from "../../../src/runner/store.ts";

/** An answer named by a number or word. */
export function makeAnswer(name: number | string, text = `answer ${name}`, model = "gpt"): StoredAnswer {
  return {
    key: sha256(`answer ${name}`),
    provider: { type: "recorded" },
    model,
    request: { messages: [{ role: "user", content: `question ${name}` }] },
    sample: 0,
    answer: {
      output_text: text,
      tool_calls: [],
      finish_reason: "stop",
      logprobs: null,
      resolved_model: null,
      usage: null,
      latency_ms: null,
      provider_id: null,
    },
    created: 1,
  };
}

/** The sha256 of a content: a key or a digest. */
export function sha256(text: string | Buffer): string {
  return hash("sha256", text);
}
