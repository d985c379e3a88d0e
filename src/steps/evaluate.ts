import type { FromSchema } from "json-schema-to-ts";
import type { ModelAnswer } from "../runner/provider.ts";
import type { Grade, JsonObject, Row } from "../runner/row.ts";
import { defineStep, type Grader, type Model, StepFailure } from "../runner/step.ts";
import { askAll } from "./ask-all.ts";
import { formatCount, formatCounted, formatShare, sixDigits } from "./format.ts";
import { measureAnswers } from "./measure-answers.ts";
import { limit, type ParamsSchema, request } from "./params-schema.ts";
import { type PreparedItem, prepareItems, questionsOf, requestOf } from "./prepare-items.ts";
import { readEvidenceResults, writeResultEvidence } from "./result-evidence.ts";
import type { ResultLine } from "./results.ts";
import { toSample } from "./sample.ts";
import { type ModelFacts, summarizeModel } from "./summarize-results.ts";

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
    prompt: { type: "string", names: "prompt", description: "The prompt that is rendered over each row." },
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
    limit,
    request,
  },
} as const satisfies ParamsSchema;

/** Lets several models answer the same items and several graders judge every answer. */
export const evaluate = defineStep<FromSchema<typeof params>>({
  name: "evaluate",
  version: 1,
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
    const items = await prepareItems(context);
    if (items.length === 0) throw new StepFailure("there are no items to evaluate on");
    const models = uniqueByDigest(await Promise.all(params.models.map((name) => context.model(name))));
    const graders = uniqueByDigest(await Promise.all(params.graders.map((name) => context.grader(name))));
    const questions = models.flatMap((model) =>
      questionsOf(model, items, { samples: params.samples, parameters: requestOf(context) }),
    );
    const answers = await askAll(context, questions);

    const output = context.output("results");
    const facts: Record<string, ModelFacts> = {};
    const measured: Record<string, JsonObject> = {};
    const invalid = openInvalid();
    const perModel = items.length * params.samples;
    for (const [position, model] of models.entries()) {
      const own = answers.slice(position * perModel, (position + 1) * perModel);
      const lines: ResultLine[] = [];
      for (const [index, answer] of own.entries()) {
        const line = await gradeAnswer({
          item: items[Math.floor(index / params.samples)]!,
          model,
          answer,
          graders,
          sample: index % params.samples,
        });
        output.row(line);
        lines.push(line);
      }
      for (const grader of graders) invalid.note(grader, lines);
      facts[model.digest] = summarizeModel(
        lines,
        graders.map((grader) => grader.digest),
      );
      measured[model.digest] = measureAnswers(own);
    }
    invalid.warn(context.warn);
    return {
      facts: {
        items: items.length,
        samples: params.samples,
        models: models.map((model) => model.digest),
        graders: graders.map((grader) => grader.digest),
        by_model: facts as unknown as JsonObject,
      },
      measured: { by_model: measured },
    };
  },
  evidence: (context) => writeResultEvidence(context),
  recompute({ params, own, digestOf }) {
    const lines = readEvidenceResults(own);
    const models = [...new Set(params.models.map((name) => digestOf("model", name)))];
    const graders = [...new Set(params.graders.map((name) => digestOf("grader", name)))];
    if (
      lines.some(
        ({ model, grades }) =>
          !models.includes(model) || graders.some((grader) => grades[grader] === undefined),
      )
    )
      throw new StepFailure("the evidence is of other models or graders than the spec names");
    return {
      items: new Set(lines.map(({ id }) => id)).size,
      samples: params.samples,
      models,
      graders,
      by_model: Object.fromEntries(
        models.map((model) => [
          model,
          summarizeModel(
            lines.filter((line) => line.model === model),
            graders,
          ) as unknown as JsonObject,
        ]),
      ),
    };
  },
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
  metrics(facts, names) {
    const { items, models, graders, by_model } = facts as unknown as EvaluateFacts;
    const metrics: Record<string, number> = { items };
    for (const model of models) {
      const { served, graders: judged } = by_model[model]!;
      if (served !== undefined)
        metrics[`${names.name(model)}.served_by_first`] = sixDigits(served.first / served.total);
      for (const grader of graders) {
        const { rate, low, high, invalid, macro_f1 } = judged[grader]!;
        const prefix = `${names.name(grader)}.${names.name(model)}`;
        metrics[`${prefix}.rate`] = sixDigits(rate);
        metrics[`${prefix}.low`] = sixDigits(low);
        metrics[`${prefix}.high`] = sixDigits(high);
        metrics[`${prefix}.invalid`] = invalid;
        if (macro_f1 !== undefined) metrics[`${prefix}.macro_f1`] = sixDigits(macro_f1);
      }
    }
    return metrics;
  },
});

/** The facts of an evaluation; models and graders stand there by digest. */
export interface EvaluateFacts {
  readonly items: number;
  readonly samples: number;
  /** In the order of the spec. */
  readonly models: readonly string[];
  readonly graders: readonly string[];
  readonly by_model: { readonly [model: string]: ModelFacts };
}

// Two names of one definition are one model: asked, graded and told once.
function uniqueByDigest<T extends { readonly digest: string }>(entries: readonly T[]): readonly T[] {
  return [...new Map(entries.toReversed().map((entry) => [entry.digest, entry])).values()].toReversed();
}

async function gradeAnswer(options: {
  readonly item: PreparedItem;
  readonly model: Model;
  readonly answer: ModelAnswer;
  readonly graders: readonly Grader[];
  readonly sample: number;
}): Promise<ResultLine> {
  const { item, model, answer, graders, sample: index } = options;
  const { row, messages } = item;
  const sample = toSample(answer, index);
  const graded: Row = { id: row.id, item: row.item, messages, sample, metadata: row.metadata, grades: {} };
  const grades: Record<string, Grade> = {};
  for (const grader of graders) grades[grader.digest] = await grader.grade(graded);
  return { id: row.id, model: model.digest, sample, grades };
}

/** Notes of graders that could judge no answer at all, whatever the model. */
function openInvalid() {
  const seen = new Map<string, { readonly name: string; judged: boolean; reason: string }>();
  return {
    note(grader: Grader, lines: readonly ResultLine[]): void {
      const known = seen.get(grader.digest) ?? { name: grader.name, judged: false, reason: "" };
      seen.set(grader.digest, known);
      for (const { grades } of lines) {
        const { invalid } = grades[grader.digest]!;
        if (invalid === undefined) known.judged = true;
        else known.reason ||= invalid;
      }
    },
    // A field that no answer has looks like a bad model, and is more often a misspelt template.
    warn(warn: (message: string) => void): void {
      for (const { name, judged, reason } of seen.values())
        if (!judged) warn(`grader "${name}" could judge no answer: ${reason}`);
    },
  };
}
