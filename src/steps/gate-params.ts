import type { FromSchema } from "json-schema-to-ts";
import type { ParamsSchema } from "./params-schema.ts";

/** Level of a gate's test where none is given. */
export const defaultAlpha = 0.05;

/** One gate as a spec writes it: exactly one of `min`, `better_than`, `not_worse_than` and the limits. */
export const gateParams = {
  type: "object",
  additionalProperties: false,
  properties: {
    grader: {
      type: "string",
      names: "grader",
      description: "The grader whose pass rate is meant; limits have none.",
    },
    model: {
      type: "string",
      artifact: "model",
      description: "The model that must pass; by default the candidate.",
    },
    min: {
      type: "number",
      exclusiveMinimum: 0,
      description:
        "Passes where the whole interval of the pass rate is at least this; fails where all of it is below.",
    },
    better_than: {
      type: "string",
      artifact: "model",
      description:
        "Passes where a one-sided test says so at alpha, and fails where it says the opposite: McNemar's exact test, or a permutation where items have groups.",
    },
    not_worse_than: {
      type: "string",
      artifact: "model",
      description:
        "Passes where a test refuses a loss of `margin` or more at alpha, and fails where the interval shows one: Tango's test, or a permutation where items have groups.",
    },
    margin: {
      type: "number",
      exclusiveMinimum: 0,
      description: "For not_worse_than: the loss that is too much.",
    },
    max_cost_usd: {
      type: "number",
      minimum: 0,
      description:
        "Passes where the whole interval of what 1,000 answers cost is at most this; fails where all of it is above.",
    },
    max_latency_ms: {
      type: "number",
      minimum: 0,
      description:
        "Passes where the whole interval of the time that 95 of 100 answers stay within is at most this; fails where all of it is above.",
    },
    max_truncated: {
      type: "number",
      minimum: 0,
      maximum: 1000,
      description:
        "Passes where the whole interval of the answers per 1,000 that end by length is at most this; fails where all of it is above.",
    },
    of: {
      enum: ["passes", "scores"],
      default: "passes",
      description:
        "What is compared: passes, or each item's mean score, which min and margin are then a score of.",
    },
    slice: {
      type: "object",
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: { type: "string" },
      description: "The items that the gate is judged on, such as department: Finance; by default all.",
    },
    each_slice: {
      type: "string",
      minLength: 1,
      description: "One gate for every value of this slice of the evaluation.",
    },
    alpha: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 0.5,
      default: defaultAlpha,
      description: "For better_than and not_worse_than: level of the gate's test.",
    },
  },
} as const satisfies ParamsSchema;

/** A gate with its defaults filled. */
export type GateParams = FromSchema<typeof gateParams>;

/** What a gate may ask for. */
export const claims = [
  "min",
  "better_than",
  "not_worse_than",
  "max_cost_usd",
  "max_latency_ms",
  "max_truncated",
] as const;

/** What answers may take at most, whatever a grader says of them. */
export const limits = ["max_cost_usd", "max_latency_ms", "max_truncated"] as const;
