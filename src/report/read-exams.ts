import { agreementSource } from "../runner/agreement-source.ts";
import type { PlanContents } from "../runner/contents.ts";
import { nameContext } from "../runner/names.ts";
import type { Plan, PlanNode } from "../runner/plan.ts";
import type { JsonObject } from "../runner/row.ts";
import type { ReferenceSource } from "../runner/step.ts";
import type { CompareFacts } from "../steps/compare.ts";
import type { EvaluateFacts } from "../steps/evaluate.ts";
import type { ModelFacts } from "../steps/summarize-results.ts";
import { type KnownModel, knownModels } from "./known-models.ts";
import { readGate } from "./read-gate.ts";
import type { Cost, Exam, ExamModel } from "./results.ts";
import { rowsName } from "./rows-name.ts";

/** What the comparisons of a plan say, one exam for each grader; where none is done, what its evaluations say. */
export function readExams(plan: Plan, contents: PlanContents): readonly Exam[] {
  const known = knownModels(plan, contents);
  const read = (uses: string, readOne: (node: PlanNode, facts: JsonObject) => readonly Exam[]) =>
    plan.nodes.flatMap((node) => {
      const facts = contents.manifest(node.id)?.summary.facts;
      return node.definition.name === uses && facts !== undefined ? readOne(node, facts) : [];
    });
  const compared = read("compare", (node, facts) =>
    readComparison({ plan, contents, known, node, facts: facts as unknown as CompareFacts }),
  );
  return compared.length > 0
    ? compared
    : read("evaluate", (node, facts) =>
        readEvaluation({ plan, contents, known, node, facts: facts as unknown as EvaluateFacts }),
      );
}

interface Source<Facts> {
  readonly plan: Plan;
  readonly contents: PlanContents;
  readonly known: ReadonlyMap<string, KnownModel>;
  readonly node: PlanNode;
  readonly facts: Facts;
}

function readComparison({ plan, contents, known, node, facts }: Source<CompareFacts>): readonly Exam[] {
  const { name } = nameContext(plan, contents, node);
  const evaluations = evaluationsOf(plan, contents, node);
  const rows = new Set(evaluations.map(rowsName));
  const named = (digest: string | undefined) => (digest === undefined ? undefined : name(digest));
  return Object.entries(facts.graders).map(([grader, { models, gap_closed, slices }], position) => ({
    step: node.id,
    from: [...evaluations.map(({ id }) => id), node.id],
    grader: name(grader),
    items: facts.items,
    rows: rows.size === 1 ? [...rows][0] : undefined,
    confidence: facts.confidence,
    ...readAgreement(plan, evaluations, name(grader)),
    teacher: named(facts.teacher),
    base: named(facts.base),
    candidate: name(facts.candidate),
    gapClosed: gap_closed,
    grouped: facts.groups,
    slices: Object.entries(slices ?? {}).map(([slice, values]) => ({
      name: slice,
      values: Object.entries(values).map(([value, { items, models: rates }]) => ({
        value,
        items,
        models: Object.entries(rates).map(([model, { rate, low, high }]) => ({
          name: name(model),
          rate,
          low,
          high,
        })),
      })),
    })),
    gates: facts.gates
      // What answers take is asked of no grader: such gates stand with the first.
      .filter((gate) => ("grader" in gate ? gate.grader === grader : position === 0))
      .map((gate) => readGate(gate, name)),
    models: facts.models.flatMap((digest) => {
      const compared = models[digest];
      if (compared === undefined) return [];
      const { rate, low, high, to_teacher, to_base } = compared;
      const answers = answersOf(contents, evaluations, digest);
      return [
        {
          ...describeModel({ digest, grader, name, known, ...answers }),
          rate,
          low,
          high,
          toTeacher: to_teacher,
          toBase: to_base,
        },
      ];
    }),
  }));
}

function readEvaluation({ plan, contents, known, node, facts }: Source<EvaluateFacts>): readonly Exam[] {
  const { name } = nameContext(plan, contents, node);
  return facts.graders.map((grader) => ({
    step: node.id,
    from: [node.id],
    grader: name(grader),
    items: facts.items,
    rows: rowsName(node),
    // Evaluations always give 95 % intervals.
    confidence: 0.95,
    ...readAgreement(plan, [node], name(grader)),
    teacher: undefined,
    base: undefined,
    candidate: undefined,
    gapClosed: undefined,
    grouped: facts.by_model[facts.models[0]!]!.groups,
    slices: readSlices(facts, grader, name),
    gates: [],
    models: facts.models.map((digest) => {
      const { rate, low, high } = facts.by_model[digest]!.graders[grader]!;
      const answers = answersOf(contents, [node], digest);
      return {
        ...describeModel({ digest, grader, name, known, ...answers }),
        rate,
        low,
        high,
        toTeacher: undefined,
        toBase: undefined,
      };
    }),
  }));
}

/** Whose answers a grader takes for right, where rows bring them along. */
function readAgreement(
  plan: Plan,
  evaluations: readonly PlanNode[],
  grader: string,
): Pick<Exam, "agreesWith"> {
  const [source] = evaluations.flatMap((node) => agreementSource(plan, node, grader) ?? []);
  return source === undefined ? {} : { agreesWith: describeReferences(source) };
}

function describeReferences(source: ReferenceSource): string {
  if (source.from === "model") return source.name;
  return source.model === undefined ? "stored completions" : `stored completions of ${source.model}`;
}

/** Every slice that an evaluation declares, with each model's rate in each of its values. */
function readSlices(
  { models, by_model }: EvaluateFacts,
  grader: string,
  name: (digest: string) => string,
): Exam["slices"] {
  return Object.entries(by_model[models[0]!]!.slices ?? {}).map(([slice, values]) => ({
    name: slice,
    values: Object.entries(values).map(([value, { items }]) => ({
      value,
      items,
      models: models.map((model) => {
        const { rate, low, high } = by_model[model]!.slices![slice]![value]!.graders[grader]!;
        return { name: name(model), rate, low, high };
      }),
    })),
  }));
}

function evaluationsOf(plan: Plan, contents: PlanContents, node: PlanNode): readonly PlanNode[] {
  const results = Array.isArray(node.params.results) ? node.params.results : [];
  return results.flatMap((text) => {
    const reference = node.references.get(String(text));
    const maker = reference?.from === "step" ? plan.byId.get(reference.id) : undefined;
    return maker?.definition.name === "evaluate" && contents.manifest(maker.id) !== undefined ? [maker] : [];
  });
}

interface Answers {
  readonly facts: ModelFacts | undefined;
  /** The evaluation, where it keeps nothing of what answers took. */
  readonly withoutUsage: string | undefined;
  readonly latency: { readonly p50: number; readonly answers: number } | undefined;
}

/** What an evaluation noted of a model's answers, beside the grades. */
function answersOf(contents: PlanContents, evaluations: readonly PlanNode[], digest: string): Answers {
  for (const { id, params } of evaluations) {
    const { facts, measured } = contents.manifest(id)!.summary;
    const found = (facts as unknown as EvaluateFacts).by_model[digest];
    if (found === undefined) continue;
    const latency = (
      measured?.by_model as
        | { readonly [model: string]: { readonly latency_ms?: Answers["latency"] | null } }
        | undefined
    )?.[digest]?.latency_ms;
    return {
      facts: found,
      withoutUsage: params.usage === true ? undefined : id,
      latency: latency ?? undefined,
    };
  }
  return { facts: undefined, withoutUsage: undefined, latency: undefined };
}

function describeModel(
  options: Answers & {
    readonly digest: string;
    readonly grader: string;
    readonly name: (digest: string) => string;
    readonly known: ReadonlyMap<string, KnownModel>;
  },
): Omit<ExamModel, "rate" | "low" | "high" | "toTeacher" | "toBase"> {
  const { digest, grader, name, known, facts, withoutUsage, latency } = options;
  const model = known.get(digest);
  const served = facts?.served;
  const judged = facts?.graders[grader];
  const { confusion, macro_f1 } = judged ?? {};
  return {
    name: name(digest),
    cascade:
      model?.type === "cascade" && served !== undefined
        ? {
            first: name(model.first),
            fallback: name(model.fallback),
            served: served.first,
            answers: served.total,
          }
        : undefined,
    cost: costOf(digest, known, { name, facts, withoutUsage }),
    p50Ms: latency !== undefined && latency.answers === facts?.answers ? latency.p50 : undefined,
    latency: latencyOf(facts),
    truncated: { answers: facts?.truncated ?? 0, of: facts?.answers ?? 0 },
    invalid: judged?.invalid ?? 0,
    labels: confusion !== undefined && macro_f1 !== undefined ? { confusion, macro_f1 } : undefined,
  };
}

function latencyOf(facts: ModelFacts | undefined): ExamModel["latency"] {
  const { latency_ms, answers } = facts ?? {};
  return latency_ms !== undefined && latency_ms.answers === answers
    ? { p50: latency_ms.p50, p95: latency_ms.p95 }
    : undefined;
}

function costOf(
  digest: string,
  known: ReadonlyMap<string, KnownModel>,
  {
    name,
    facts,
    withoutUsage,
  }: Pick<Answers, "facts" | "withoutUsage"> & { readonly name: (digest: string) => string },
): Cost {
  const model = known.get(digest);
  if (model?.type === "local") return { type: "nothing" };
  const served = facts?.served;
  const localFirst = model?.type === "cascade" && known.get(model.first)?.type === "local";
  const free = localFirst ? (served?.first ?? 0) : 0;
  const { cost_usd, answers } = facts ?? {};
  if (cost_usd !== undefined && answers !== undefined && cost_usd.answers + free === answers)
    return { type: "recorded", usd: (1000 * cost_usd.total) / answers };
  if (model?.type !== "cascade" || served === undefined || !localFirst)
    return withoutUsage !== undefined && sendsBill(digest, known)
      ? { type: "not in the evidence", step: withoutUsage }
      : { type: "not recorded" };
  if (known.get(model.fallback)?.type === "local") return { type: "nothing" };
  return { type: "share", share: 1 - served.first / served.total, of: name(model.fallback) };
}

function sendsBill(digest: string, known: ReadonlyMap<string, KnownModel>): boolean {
  const model = known.get(digest);
  if (model?.type === "cascade") return [model.first, model.fallback].some((one) => sendsBill(one, known));
  return model?.type === "asked" && model.billed;
}
