import { readFile } from "node:fs/promises";
import type { FromSchema } from "json-schema-to-ts";
import type { JsonObject } from "../runner/row.ts";
import { type CheckContext, defineStep } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import { readCalibration } from "./calibration.ts";
import { chooseThreshold } from "./choose-threshold.ts";
import { openConfidence } from "./confidence.ts";
import { formatCount, formatCounted, formatShare, sixDigits } from "./format.ts";
import { joinModels } from "./open-cascade.ts";
import type { ParamsSchema } from "./params-schema.ts";
import { readEvidenceResults } from "./result-evidence.ts";
import type { ResultLine } from "./results.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["first", "fallback", "results", "grader", "risk"],
  properties: {
    first: { type: "string", artifact: "model", description: "The cheap model, asked first." },
    fallback: {
      type: "string",
      artifact: "model",
      description: "The model that is asked where the first is not sure.",
    },
    results: {
      type: "string",
      artifact: "results",
      description:
        "Results of both models on validation rows, on which the threshold is chosen; never the test rows.",
    },
    grader: { type: "string", names: "grader", description: "The grader whose judgement is at risk." },
    risk: {
      type: "object",
      additionalProperties: false,
      required: ["of", "max"],
      description: "The promise that the threshold keeps.",
      properties: {
        of: {
          enum: ["loss_to_teacher", "served_failure"],
          description:
            "loss_to_teacher: the first model answers itself, fails, and the fallback would have passed; served_failure: it answers itself and fails.",
        },
        max: {
          type: "number",
          exclusiveMinimum: 0,
          exclusiveMaximum: 1,
          description: "The largest share of all traffic that this may happen to.",
        },
        confidence: {
          type: "number",
          exclusiveMinimum: 0,
          exclusiveMaximum: 1,
          default: 0.95,
          description: "How surely the promise holds.",
        },
      },
    },
    by: {
      type: "string",
      minLength: 1,
      expression: "results",
      description:
        "How sure the first model is, from 0 to 1: CEL over `sample`; by default the probability of its text from its log probabilities.",
    },
  },
} as const satisfies ParamsSchema;

type Params = FromSchema<typeof params>;

/** A model that answers itself where it is sure enough, and asks another where it is not. */
export const cascade = defineStep<FromSchema<typeof params>>({
  name: "cascade",
  version: 2,
  summary: "Joins two models: the first answers where it is sure, the fallback elsewhere, at a stated risk.",
  params,
  outputs: () => ({
    model: { kind: "model", main: true, description: "The two models with the threshold between." },
  }),
  check: checkCascade,
  async run(context) {
    const { params } = context;
    const first = context.digestOf("model", params.first);
    const fallback = context.digestOf("model", params.fallback);
    const grader = context.digestOf("grader", params.grader);
    const items = await readCalibration(context, {
      results: params.results,
      first: params.first,
      fallback: params.fallback,
      by: params.by,
      risk: params.risk.of,
      digests: { first, fallback, grader },
    });
    const facts = chooseThreshold(items, { first, fallback, grader, risk: params.risk });
    const { threshold, n } = facts;
    if (threshold === null)
      context.warn(
        `no threshold keeps the risk within ${formatShare(params.risk.max)} on ${formatCounted(n, "item")}: the fallback answers everything`,
      );
    context.output("model").bytes(cascadeContent(facts, params.by));
    return { facts: facts as unknown as JsonObject };
  },
  async *evidence(context) {
    const { params, digestOf, seal } = context;
    const items = await readCalibration(
      { ...context, warn: () => {} },
      {
        results: params.results,
        first: params.first,
        fallback: params.fallback,
        by: params.by,
        risk: params.risk.of,
        digests: {
          first: digestOf("model", params.first),
          fallback: digestOf("model", params.fallback),
          grader: digestOf("grader", params.grader),
        },
      },
    );
    const lines = items.map(({ id, confidence, loss }) => ({ item: seal(id), confidence, loss }));
    yield* lines.sort((a, b) => (a.item < b.item ? -1 : 1));
  },
  recompute(context) {
    const { own, params, digestOf, evidenceOf } = context;
    const passes = passesOf(
      readEvidenceResults(evidenceOf(params.results)),
      digestOf("grader", params.grader),
    );
    const first = digestOf("model", params.first);
    const fallback = digestOf("model", params.fallback);
    const seen = new Set(own.map(({ item }) => item));
    const judged = [...passes.keys()].filter((key) => key.startsWith(`${first} `)).length;
    if (seen.size !== own.length || own.length !== judged)
      throw new StepFailure("the evidence does not hold every item of the results once");
    const items = own.map((line) => {
      const { item, confidence, loss } = line as unknown as {
        readonly item: string;
        readonly confidence: number;
        readonly loss: 0 | 1;
      };
      if (typeof confidence !== "number" || !(confidence >= 0 && confidence <= 1))
        throw new StepFailure(`item ${item} has no confidence`);
      const failed = passes.get(`${first} ${item}`) === false;
      const lost =
        failed && (params.risk.of === "served_failure" || passes.get(`${fallback} ${item}`) === true);
      if (Number(lost) !== loss)
        throw new StepFailure(`item ${item} is no loss by the results' own evidence`);
      return {
        confidence,
        loss,
        first: passes.get(`${first} ${item}`) === true,
        fallback: passes.get(`${fallback} ${item}`) === true,
      };
    });
    const grader = digestOf("grader", params.grader);
    return chooseThreshold(items, { first, fallback, grader, risk: params.risk }) as unknown as JsonObject;
  },
  async openModel({ params, artifact, model, evaluator }) {
    const { threshold } = JSON.parse(await readFile(artifact.path, "utf8")) as {
      readonly threshold: number | null;
    };
    return joinModels({
      first: await model(params.first),
      fallback: await model(params.fallback),
      threshold,
      confidenceOf: openConfidence(params.by, evaluator),
    });
  },
  lines(facts, names) {
    const { threshold, kept_share, n, losses, bound, first, fallback, risk } =
      facts as unknown as CascadeFacts;
    if (threshold === null)
      return [`everything goes to ${names.name(fallback)}: no threshold keeps the promise`];
    return [
      `${names.name(first)} answers from ${threshold} up: ${formatShare(kept_share, 0)} of ${formatCounted(n, "item")}`,
      `${formatCount(losses)} lost, at most ${formatShare(bound ?? 1)} with ${formatShare(risk.confidence, 0)} confidence; promised ${formatShare(risk.max)}`,
    ];
  },
  metrics(facts) {
    const { threshold, kept_share, n, losses, bound, quality } = facts as unknown as CascadeFacts;
    return {
      threshold: threshold ?? "none",
      kept_share: sixDigits(kept_share),
      items: n,
      losses,
      ...(bound !== null && { bound: sixDigits(bound) }),
      ...(quality !== null && {
        apgr: sixDigits(quality.apgr),
        cpt50: sixDigits(quality.cpt50),
        cpt80: sixDigits(quality.cpt80),
      }),
    };
  },
});

/** Whether a model passed an item with its first sample. */
function passesOf(lines: readonly ResultLine[], grader: string): ReadonlyMap<string, boolean> {
  return new Map(
    lines
      .filter(({ sample }) => sample.index === 0)
      .map(({ id, model, grades }) => [`${model} ${id}`, grades[grader]?.passed === true]),
  );
}

/** The content of the model that facts give. */
export function cascadeContent(
  { first, fallback, threshold }: Pick<CascadeFacts, "first" | "fallback" | "threshold">,
  by: string | undefined,
): string {
  return canonicalJson({ first, fallback, threshold, by: by ?? null });
}

/** The facts of a cascade; models and grader stand there by digest. */
export interface CascadeFacts {
  readonly first: string;
  readonly fallback: string;
  readonly risk: { readonly max: number; readonly confidence: number };
  readonly threshold: number | null;
  /** On the given results, not on traffic. */
  readonly kept_share: number;
  readonly n: number;
  readonly losses: number;
  readonly bound: number | null;
  readonly quality: ReturnType<typeof chooseThreshold>["quality"];
}

function checkCascade({ params, fault, stepParams }: CheckContext<Params>): void {
  if (params.first === params.fallback) fault("/fallback", "the fallback is the first model itself");
  const results = stepParams(params.results.split(".")[0]!);
  if (results?.uses !== "evaluate") return;
  const { models, graders } = results.params as unknown as {
    readonly models: readonly string[];
    readonly graders: readonly string[];
  };
  for (const part of ["first", "fallback"] as const)
    if (!models.includes(params[part]))
      fault(
        "/results",
        `"${params.results}" does not evaluate "${params[part]}"`,
        `it evaluates ${models.join(", ")}`,
      );
  if (!graders.includes(params.grader))
    fault(
      "/grader",
      `"${params.results}" is not judged by "${params.grader}"`,
      `it is judged by ${graders.join(", ")}`,
    );
}
