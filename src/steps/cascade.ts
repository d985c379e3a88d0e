import { readFile } from "node:fs/promises";
import type { FromSchema } from "json-schema-to-ts";
import type { ModelAnswer, Usage } from "../runner/provider.ts";
import {
  type CheckContext,
  defineStep,
  type OpenModelContext,
  type StepContext,
  StepFailure,
} from "../runner/step.ts";
import { clopperPearsonUpper } from "../stats/binomial.ts";
import { type CalibrationItem, fixedSequenceThreshold } from "../stats/fixed-sequence.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import { openConfidence } from "./confidence.ts";
import { formatCount, formatCounted, formatShare, sixDigits } from "./format.ts";
import type { ParamsSchema } from "./params-schema.ts";
import { type ResultLine, readResults } from "./results.ts";
import { toSample } from "./sample.ts";

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
  version: 1,
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
    const items = await readCalibration(context, {
      first,
      fallback,
      grader: context.digestOf("grader", params.grader),
    });
    const chosen = fixedSequenceThreshold(items, params.risk);
    const { threshold, kept, losses, n, p } = chosen;
    if (threshold === null)
      context.warn(
        `no threshold keeps the risk within ${formatShare(params.risk.max)} on ${formatCounted(n, "item")}: the fallback answers everything`,
      );
    context.output("model").bytes(canonicalJson({ first, fallback, threshold, by: params.by ?? null }));
    const bound =
      threshold === null
        ? null
        : clopperPearsonUpper({ successes: losses, n, confidence: params.risk.confidence });
    return {
      facts: {
        first,
        fallback,
        grader: context.digestOf("grader", params.grader),
        risk: { of: params.risk.of, max: params.risk.max, confidence: params.risk.confidence },
        threshold,
        n,
        kept,
        kept_share: kept / n,
        losses,
        loss_share: losses / n,
        bound,
        p,
        curve: chosen.curve
          .filter((point, index) => point.kept !== chosen.curve[index - 1]?.kept)
          .map((point) => ({
            threshold: point.threshold,
            kept: point.kept,
            losses: point.losses,
            p: point.p,
          })),
      },
    };
  },
  openModel,
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
    const { threshold, kept_share, n, losses, bound } = facts as unknown as CascadeFacts;
    return {
      threshold: threshold ?? "none",
      kept_share: sixDigits(kept_share),
      items: n,
      losses,
      ...(bound !== null && { bound: sixDigits(bound) }),
    };
  },
});

/** The facts of a cascade; models and grader stand there by digest. */
interface CascadeFacts {
  readonly first: string;
  readonly fallback: string;
  readonly risk: { readonly max: number; readonly confidence: number };
  readonly threshold: number | null;
  /** On the given results, not on traffic. */
  readonly kept_share: number;
  readonly n: number;
  readonly losses: number;
  readonly bound: number | null;
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

/** One item a line: its later samples are not independent of the first, and the promise needs that. */
async function readCalibration(
  context: StepContext<Params>,
  { first, fallback, grader }: { readonly first: string; readonly fallback: string; readonly grader: string },
): Promise<readonly CalibrationItem[]> {
  const { params } = context;
  const firsts = new Map<string, ResultLine>();
  const fallbacks = new Map<string, ResultLine>();
  let ignored = 0;
  for await (const line of readResults(context.lines(params.results))) {
    if (line.sample.index > 0) ignored += 1;
    else if (line.model === first) firsts.set(line.id, line);
    else if (line.model === fallback) fallbacks.set(line.id, line);
  }
  if (ignored > 0)
    context.warn(`only the first sample of each item counts; ${formatCount(ignored)} others do not`);
  if (firsts.size === 0) throw new StepFailure(`"${params.results}" has no answer of "${params.first}"`);
  const confidenceOf = openConfidence(params.by, context.evaluator);
  const unreadable: string[] = [];
  const items = [...firsts.values()].map((line): CalibrationItem => {
    const other = fallbacks.get(line.id);
    if (other === undefined)
      throw new StepFailure(`"${params.results}" has no answer of "${params.fallback}" to item "${line.id}"`);
    const confidence = confidenceOf(line.sample);
    if (!confidence.ok) unreadable.push(`item "${line.id}": ${confidence.message}`);
    const failed = !passed(line, grader);
    const loss = failed && (params.risk.of === "served_failure" || passed(other, grader));
    return { confidence: confidence.ok ? confidence.value : 0, loss: loss ? 1 : 0 };
  });
  if (unreadable.length > 0) tellUnreadable(unreadable, items.length, context);
  return items;
}

function passed(line: ResultLine, grader: string): boolean {
  const grade = line.grades[grader];
  if (grade === undefined)
    throw new StepFailure(`an answer to item "${line.id}" has no grade of the cascade's grader`);
  return grade.passed;
}

// When asked, such an answer goes to the fallback; counting it as confidence 0 here is the same but at threshold 0.
function tellUnreadable(
  unreadable: readonly string[],
  n: number,
  { params, warn }: StepContext<Params>,
): void {
  if (params.by === undefined || unreadable.length === n)
    throw new StepFailure(
      `the confidence of "${params.first}" cannot be told: ${unreadable[0]}`,
      "say how it is read: by: sample.output_json.confidence",
    );
  warn(
    `"by" has no value on ${formatCount(unreadable.length)} of ${formatCounted(n, "answer")}, which go to the fallback`,
  );
}

async function openModel({ params, artifact, model, evaluator }: OpenModelContext<Params>) {
  const { threshold } = JSON.parse(await readFile(artifact.path, "utf8")) as {
    readonly threshold: number | null;
  };
  const first = await model(params.first);
  const fallback = await model(params.fallback);
  const confidenceOf = openConfidence(params.by, evaluator);
  return {
    free: first.free && fallback.free,
    // Its parts keep their own answers, and to choose between them takes no time.
    kept: false,
    async answer(ask: Parameters<typeof first.answer>[0]): Promise<ModelAnswer> {
      if (threshold === null) return { ...(await fallback.answer(ask)), served_by: "fallback" };
      const own = await first.answer(ask);
      const confidence = confidenceOf(toSample(own, ask.draw.sample));
      if (confidence.ok && confidence.value >= threshold) return { ...own, served_by: "first" };
      return addCost({ ...(await fallback.answer(ask)), served_by: "fallback" }, own);
    },
  };
}

/** What the fallback's answer took, and the first's before it. */
function addCost(answer: ModelAnswer, before: ModelAnswer): ModelAnswer {
  return {
    ...answer,
    latency_ms:
      answer.latency_ms === null || before.latency_ms === null ? null : answer.latency_ms + before.latency_ms,
    usage: addUsage(answer.usage, before.usage),
  };
}

function addUsage(one: Usage | null, other: Usage | null): Usage | null {
  if (one === null || other === null) return one ?? other;
  return {
    input_tokens: one.input_tokens + other.input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
  };
}
