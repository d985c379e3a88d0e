import type { FromSchema } from "json-schema-to-ts";
import type { Model } from "../runner/asking.ts";
import type { JsonObject } from "../runner/row.ts";
import { defineStep, type NameContext, type RecomputeContext } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import { type AnsweredItem, withItems } from "./answered-items.ts";
import { askAll } from "./ask-all.ts";
import { readEvidenceHeader } from "./evidence-lines.ts";
import { formatCount, formatCounted, formatShare, sixDigits } from "./format.ts";
import { gradeAnswers, warnUnjudged } from "./grade-answers.ts";
import { openTraits } from "./item-traits.ts";
import { openLeanLines } from "./lean-lines.ts";
import { summarizeUsage, usageOf } from "./measure-answers.ts";
import { limit, type ParamsSchema, request } from "./params-schema.ts";
import { prepareItems, questionsOf } from "./prepare-items.ts";
import { readEvidenceResults } from "./result-evidence.ts";
import type { AnswerUsage, ResultLine } from "./results.ts";
import { type ModelFacts, summarizeModel } from "./summarize-results.ts";
import { writeResultEvidence } from "./write-result-evidence.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["rows", "prompt", "models", "graders"],
  properties: {
    rows: {
      type: "string",
      artifact: "rows",
      description: "The rows whose items are asked; none of them trained on.",
    },
    prompt: {
      type: "string",
      names: "prompt",
      description:
        "The prompt that is rendered over each row; as_stored sends what a stored completion was asked.",
    },
    models: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { type: "string", artifact: "model" },
      description: "The models that answer, in the order of the report.",
    },
    graders: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { type: "string", names: "grader" },
      description: "The graders that judge every answer.",
    },
    samples: {
      type: "integer",
      minimum: 1,
      maximum: 1000,
      default: 1,
      description: "Answers for each item and model.",
    },
    usage: {
      type: "boolean",
      default: false,
      description:
        "Keeps with every answer what it took when it was given: gates on money and latency need it. Two stores that bought the same answers then have other results.",
    },
    group_by: {
      type: "string",
      minLength: 1,
      value: "rows",
      description:
        "Items of which this is equal are not independent, such as item.customer: intervals draw them together.",
    },
    slices: {
      type: "object",
      minProperties: 1,
      propertyNames: { type: "string", pattern: "^[A-Za-z][A-Za-z0-9_-]*$", maxLength: 64 },
      additionalProperties: { type: "string", minLength: 1, value: "rows" },
      description:
        "Parts of the items that are also told apart, such as department: item.department; up to 50 values each, which are committed.",
    },
    limit,
    request,
  },
} as const satisfies ParamsSchema;

type Params = FromSchema<typeof params>;

/** Lets several models answer the same items and several graders judge every answer. */
export const evaluate = defineStep<FromSchema<typeof params>>({
  name: "evaluate",
  version: 2,
  summary: "Lets several models answer the same items, and graders judge every answer.",
  params,
  outputs: () => ({
    results: {
      kind: "results",
      main: true,
      description: "One line per model, item and sample, with its grades.",
    },
  }),
  estimate({ params, items }) {
    const known = items(params.rows);
    const answers = known === undefined ? undefined : Math.min(known, params.limit ?? known) * params.samples;
    return params.models.map((model) => ({ model, answers }));
  },
  async run(context) {
    const { params } = context;
    const { samples } = params;
    const reader = openTraits(context);
    const items = await prepareItems(context, ({ row }) => reader.add(row));
    if (items.count === 0) throw new StepFailure("there are no items to evaluate on");
    const traits = reader.all();
    const models = uniqueByDigest(await Promise.all(params.models.map((name) => context.model(name))));
    const graders = uniqueByDigest(await Promise.all(params.graders.map((name) => context.grader(name))));
    const answers = askAll(context, questionsOf(models, items, { samples }));

    const output = context.output("results");
    const lean = openLeanLines();
    const lines: ResultLine[] = [];
    const taken = new Map<string, AnswerUsage[]>();
    const graded = gradeAnswers(noteUsage(withItems(answers, { items, samples }), models, taken), {
      traits,
      models,
      graders,
      usage: params.usage,
    });
    for await (const line of graded) {
      output.row(line);
      lines.push(lean(line));
    }
    warnUnjudged(graders, lines, context.warn);
    const fresh = models.flatMap(({ kept, digest }) =>
      kept && params.usage ? [] : [[digest, { ...summarizeUsage(taken.get(digest) ?? []) }] as const],
    );
    return {
      facts: tellFacts(lines, {
        samples: params.samples,
        models: models.map(({ digest }) => digest),
        graders: graders.map(({ digest }) => digest),
      }),
      measured: { by_model: Object.fromEntries(fresh) },
    };
  },
  evidence: (context) => writeResultEvidence(context),
  recompute,
  lines(facts, names) {
    const { items, samples, models, graders, by_model } = facts as unknown as EvaluateFacts;
    const answers = items * samples * models.length;
    const lines = [
      `${formatCounted(answers, "answer")} of ${formatCounted(models.length, "model")} to ${formatCounted(items, "item")}`,
    ];
    const width = Math.max(...models.map((model) => names.name(model).length));
    for (const grader of graders)
      for (const model of models) {
        const { rate, low, high, invalid } = by_model[model]!.graders[grader]!;
        const range = `${(100 * low).toFixed(1)} … ${(100 * high).toFixed(1)}`;
        lines.push(
          `${names.name(grader)}  ${names.name(model).padEnd(width)}  ${formatShare(rate)}  (${range})${
            invalid > 0 ? `  ${formatCount(invalid)} invalid` : ""
          }`,
        );
      }
    return lines;
  },
  metrics: (facts, names) => tellMetrics(facts as unknown as EvaluateFacts, names),
});

async function* noteUsage(
  answered: AsyncIterable<AnsweredItem>,
  models: readonly Model[],
  taken: Map<string, AnswerUsage[]>,
): AsyncGenerator<AnsweredItem> {
  for (const { digest } of models) taken.set(digest, []);
  for await (const one of answered) {
    taken.get(models[one.model]!.digest)!.push(usageOf(one.answer));
    yield one;
  }
}

/** The facts of an evaluation; models and graders stand there by digest. */
export interface EvaluateFacts {
  readonly items: number;
  readonly samples: number;
  /** In the order of the spec. */
  readonly models: readonly string[];
  readonly graders: readonly string[];
  readonly by_model: { readonly [model: string]: ModelFacts };
}

// Run and recompute tell the same of the same lines, whatever their order.
function tellFacts(
  lines: readonly ResultLine[],
  {
    samples,
    models,
    graders,
  }: {
    readonly samples: number;
    readonly models: readonly string[];
    readonly graders: readonly string[];
  },
): JsonObject {
  const byModel = Map.groupBy(lines, ({ model }) => model);
  const facts: EvaluateFacts = {
    items: new Set(lines.map(({ id }) => id)).size,
    samples,
    models,
    graders,
    by_model: Object.fromEntries(
      models.map((model) => [model, summarizeModel(byModel.get(model) ?? [], graders)]),
    ),
  };
  return facts as unknown as JsonObject;
}

function recompute({ params, own, digestOf }: RecomputeContext<Params>): JsonObject {
  const lines = readEvidenceResults(own);
  const header = readEvidenceHeader(own);
  const models = [...new Set(params.models.map((name) => digestOf("model", name)))];
  const graders = [...new Set(params.graders.map((name) => digestOf("grader", name)))];
  const [first] = lines;
  const agrees = (named: readonly (readonly [string, string])[], digests: readonly string[]) =>
    named.length === digests.length && named.every(([, digest], at) => digest === digests[at]);
  if (!agrees(header.models, models) || !agrees(header.graders, graders))
    throw new StepFailure("the evidence is of other models or graders than the spec names");
  if (first === undefined) throw new StepFailure("the evidence has no items");
  if (
    Object.keys(header.slices ?? {}).join() !==
      Object.keys(params.slices ?? {})
        .sort()
        .join() ||
    (first.group === undefined) !== (params.group_by === undefined)
  )
    throw new StepFailure("the evidence has other slices or groups than the spec");
  const samples = lines.filter(({ id, model }) => id === first.id && model === first.model).length;
  if (samples !== params.samples) throw new StepFailure("the evidence has other samples than the spec");
  return tellFacts(lines, { samples, models, graders });
}

function tellMetrics({ items, models, graders, by_model }: EvaluateFacts, names: NameContext) {
  const metrics: Record<string, number> = { items };
  for (const digest of models) {
    const model = names.name(digest);
    const { served, truncated, groups, latency_ms, cost_usd, graders: judged } = by_model[digest]!;
    if (served !== undefined) metrics[`${model}.served_by_first`] = sixDigits(served.first / served.total);
    if (truncated > 0) metrics[`${model}.truncated`] = truncated;
    if (groups !== undefined) metrics.groups = groups;
    if (latency_ms !== undefined) metrics[`${model}.latency_p95_ms`] = sixDigits(latency_ms.p95);
    if (cost_usd !== undefined) metrics[`${model}.cost_usd`] = sixDigits(cost_usd.total);
    for (const grader of graders) {
      const { rate, low, high, invalid, score, macro_f1 } = judged[grader]!;
      const prefix = `${names.name(grader)}.${model}`;
      metrics[`${prefix}.rate`] = sixDigits(rate);
      metrics[`${prefix}.low`] = sixDigits(low);
      metrics[`${prefix}.high`] = sixDigits(high);
      metrics[`${prefix}.invalid`] = invalid;
      if (score !== undefined) metrics[`${prefix}.score`] = sixDigits(score.mean);
      if (macro_f1 !== undefined) metrics[`${prefix}.macro_f1`] = sixDigits(macro_f1);
    }
  }
  return metrics;
}

// Two names of one definition are one model: asked, graded and told once.
function uniqueByDigest<T extends { readonly digest: string }>(entries: readonly T[]): readonly T[] {
  const first = new Map<string, T>();
  for (const entry of entries) if (!first.has(entry.digest)) first.set(entry.digest, entry);
  return [...first.values()];
}
