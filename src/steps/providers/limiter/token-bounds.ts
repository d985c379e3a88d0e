import type { RequestSize } from "../../../runner/money/request-size.ts";
import type { Usage } from "../../../runner/provider.ts";

/** What the tokens of a request are guessed from before it is sent. */
export interface AskedSize extends RequestSize {
  readonly model: string;
}

/**
 * Upper bounds of tokens, learned from what requests to each model really took. They pace what is sent, and so are
 * closer than those of a budget: where one is passed the server refuses, and nothing is lost.
 */
export interface TokenBounds {
  /** Input and output tokens that a request takes at most, as far as is known. */
  of(size: AskedSize): Usage;
  learn(size: AskedSize, usage: Usage): void;
}

/** Before anything is known: most languages' text takes fewer, and no answer of the first few will be longer. */
const firstGuess = { tokensPerByte: 0.5, outputTokens: 1024 };

/** A high-resolution image of OpenAI's takes about so many. */
const tokensPerAttachment = 1500;

/** The next request may take a little more than any before. */
const withMargin = (tokens: number) => Math.ceil(tokens + tokens / 8);

/** Opens bounds that know nothing yet. */
export function openTokenBounds(): TokenBounds {
  const learned = new Map<string, { tokensPerByte: number; outputTokens: number }>();
  return {
    of({ model, bytes, attachments, outputLimit }) {
      const known = learned.get(model) ?? firstGuess;
      return {
        input_tokens: withMargin(bytes * known.tokensPerByte) + attachments * tokensPerAttachment,
        output_tokens: outputLimit ?? withMargin(known.outputTokens),
      };
    },
    learn({ model, bytes, attachments }, { input_tokens, output_tokens }) {
      const known = learned.get(model) ?? { tokensPerByte: 0, outputTokens: 0 };
      // Tokens of attachments would be taken for those of text.
      if (attachments === 0) known.tokensPerByte = Math.max(known.tokensPerByte, input_tokens / bytes);
      else if (known.tokensPerByte === 0) known.tokensPerByte = firstGuess.tokensPerByte;
      known.outputTokens = Math.max(known.outputTokens, output_tokens);
      learned.set(model, known);
    },
  };
}
