import { digestJson, keyedRequest } from "./key.ts";
import type { Draw } from "./provider.ts";
import type { Json, JsonObject } from "./row.ts";

/** What decides an answer; no metadata, price or number of samples. */
export interface AnswerIngredients {
  /** The provider's identity. */
  readonly provider: JsonObject;
  /** The model as its provider calls it. */
  readonly model: string;
  /** The rendered messages. */
  readonly messages: Json;
  /** All request parameters; those that only account for the request are left out here. */
  readonly parameters: JsonObject;
  readonly draw: Draw;
}

/** An answer's key: sha256, hex, over what decides it. */
export function answerKey({ provider, model, messages, parameters, draw }: AnswerIngredients): string {
  return digestJson({
    provider,
    model,
    messages,
    parameters: keyedRequest(parameters),
    sample: draw.sample,
    ...(draw.occurrence === 0 ? {} : { occurrence: draw.occurrence }),
  });
}
