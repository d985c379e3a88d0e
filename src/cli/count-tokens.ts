import type { Ask } from "../runner/asking.ts";
import { requestBytes } from "../runner/money/request-size.ts";

/**
 * Tokens a byte of requests, counted as OpenAI's models since gpt-4o cut text; undefined where there are none.
 * What surrounds messages takes 3 tokens each and 3 a request, as OpenAI's cookbook counts them.
 */
export async function countTokens(asks: readonly Ask[]): Promise<number | undefined> {
  if (asks.length === 0) return undefined;
  // Half a second of loading, and only where nothing better is known.
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  let tokens = 0;
  let bytes = 0;
  for (const { messages, parameters } of asks) {
    const size = requestBytes(messages, parameters);
    bytes += size;
    const texts = messages.map(({ content }) => (typeof content === "string" ? content : undefined));
    // What is no text is sized by the bytes that it is taken for.
    tokens += texts.includes(undefined)
      ? size
      : countTokens([...texts, ...readByModel(parameters)].join("\n")) + 3 * messages.length + 3;
  }
  return tokens / bytes;
}

function readByModel({ tools, response_format }: Ask["parameters"]): readonly string[] {
  return [tools, response_format].flatMap((value) => (value === undefined ? [] : [JSON.stringify(value)]));
}
