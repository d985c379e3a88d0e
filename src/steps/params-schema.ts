import type { ExtendedJSONSchema } from "json-schema-to-ts";

/** A JSON Schema of parameters, with the keywords of ours that step.ts explains. */
export type ParamsSchema = ExtendedJSONSchema<{
  artifact: "rows" | "results" | "model" | "verdict" | "file" | "any";
  names: "grader" | "prompt" | "trainer" | "provider";
  file: true | "placed";
  template: string;
  expression: string;
  value: string;
  tags: true;
  returns: "bool";
}>;

/** The parameter that every step with chance in it has; the runner fills it from the spec's own. */
export const seed = {
  type: "integer",
  minimum: 0,
  maximum: 4294967295,
  description: "Seed of this step; the spec's seed where it is left out.",
} as const;

/** Request parameters that a step adds to those of its prompt. */
export const request = {
  type: "object",
  description:
    "Request parameters such as temperature or max_completion_tokens; they win over the prompt's and the model's.",
} as const;

/** How many items a step takes. */
export const limit = {
  type: "integer",
  minimum: 1,
  description: "Takes only the first so many items.",
} as const;
