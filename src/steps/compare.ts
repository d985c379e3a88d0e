import type { FromSchema } from "json-schema-to-ts";
import type { JsonObject } from "../runner/row.ts";
import { type CheckContext, defineStep, type StepContext } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import { checkGate } from "./check-gates.ts";
import { type ComparisonFacts, compareModels } from "./compare-models.ts";
import { describeGate } from "./describe-gate.ts";
import { sixDigits } from "./format.ts";
import { gateParams } from "./gate-params.ts";
import { isReferenceOf } from "./is-reference-of.ts";
import { type GateOutcome, type JudgedGate, joinVerdicts, judgeGates } from "./judge-gate.ts";
import { readOutcomes } from "./outcomes.ts";
import type { ParamsSchema } from "./params-schema.ts";
import { resolveGates } from "./resolve-gates.ts";
import { readEvidenceResults } from "./result-evidence.ts";
import { type ResultLine, readResults } from "./results.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["results", "candidate", "gates"],
  properties: {
    results: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { type: "string", artifact: "results" },
      description: "Results on held-out rows, all on the same items.",
    },
    teacher: { type: "string", artifact: "model", description: "The large model that was distilled." },
    base: {
      type: "string",
      artifact: "model",
      description: "What there was before, as good as it could be made.",
    },
    candidate: { type: "string", artifact: "model", description: "The model that is to be taken." },
    graders: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { type: "string", names: "grader" },
      description: "The graders to compare by; by default all of the results.",
    },
    gates: {
      type: "array",
      minItems: 1,
      description:
        "What must hold. One that fails makes the verdict fail; else one that is undecided leaves it so.",
      items: gateParams,
    },
    looks: {
      enum: ["alpha_spending", "e_process"],
      default: "alpha_spending",
      description:
        "How looking often at the same rows is paid for: every look spends a part of alpha; or tests that stay valid however often one candidate is looked at, and only other candidates spend.",
    },
    multiplicity: {
      enum: ["holm", "none"],
      default: "holm",
      description:
        "How several tests of the step share their level: by Holm's procedure, so that one false pass among all of them is as rare as alpha; or not at all.",
    },
    confidence: {
      type: "number",
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      default: 0.95,
      description: "Confidence of the intervals.",
    },
  },
} as const satisfies ParamsSchema;

type Params = FromSchema<typeof params>;

/** Compares models on the same items and decides by gates. */
export const compare = defineStep<FromSchema<typeof params>>({
  name: "compare",
  version: 2,
  countsLooks: true,
  summary: "Compares models on the same items, with intervals and paired tests, and decides by gates.",
  params,
  outputs: () => ({
    verdict: { kind: "verdict", main: true, description: "pass, fail or undecided, with every gate." },
  }),
  check: checkCompare,
  async run(context) {
    const lines: ResultLine[] = [];
    for (const reference of context.params.results)
      for await (const line of readResults(context.lines(reference))) lines.push(line);
    const facts = judge(context, lines);
    context.output("verdict").bytes(verdictContent(facts));
    return { facts: facts as unknown as JsonObject };
  },
  recompute(context) {
    const lines = context.params.results.flatMap((reference) =>
      readEvidenceResults(context.evidenceOf(reference)),
    );
    return judge(context, lines) as unknown as JsonObject;
  },
  lines(facts, names) {
    const { verdict, gates } = facts as unknown as CompareFacts;
    return [verdict, ...gates.map((gate) => describeGate(gate, names.name))];
  },
  metrics(facts, names) {
    const { verdict, graders, gates } = facts as unknown as CompareFacts;
    const metrics: Record<string, number | string> = { verdict };
    for (const [index, gate] of gates.entries()) {
      metrics[`gate.${index + 1}`] = gate.outcome;
      if ("p" in gate) metrics[`gate.${index + 1}.p`] = sixDigits(gate.p);
      if ("level" in gate) metrics[`gate.${index + 1}.level`] = sixDigits(gate.level);
      if ("detectable" in gate && gate.detectable != null)
        metrics[`gate.${index + 1}.detectable`] = sixDigits(gate.detectable);
      if ("needs" in gate && gate.needs !== undefined)
        metrics[`gate.${index + 1}.needs`] = gate.needs ?? "none";
    }
    for (const [grader, { models, gap_closed }] of Object.entries(graders)) {
      const prefix = names.name(grader);
      for (const [model, { rate, to_teacher, to_base }] of Object.entries(models)) {
        metrics[`${prefix}.${names.name(model)}.rate`] = sixDigits(rate);
        if (to_teacher !== undefined)
          metrics[`${prefix}.${names.name(model)}.to_teacher`] = sixDigits(to_teacher.difference);
        if (to_base !== undefined)
          metrics[`${prefix}.${names.name(model)}.to_base`] = sixDigits(to_base.difference);
      }
      if (gap_closed !== undefined) metrics[`${prefix}.gap_closed`] = sixDigits(gap_closed.share);
    }
    return metrics;
  },
});

/** The facts of a comparison; models and graders stand there by digest. */
export interface CompareFacts extends ComparisonFacts {
  readonly verdict: GateOutcome;
  /** The how-many-eth look at the test rows this is. */
  readonly look: number;
  readonly gates: readonly JudgedGate[];
}

/** The content of the verdict that facts give. */
export function verdictContent({ verdict, gates }: Pick<CompareFacts, "verdict" | "gates">): string {
  return canonicalJson({ verdict, gates });
}

type JudgeContext = Pick<StepContext<Params>, "params" | "digestOf" | "look">;

function judge(context: JudgeContext, lines: readonly ResultLine[]): CompareFacts {
  const { params, digestOf, look } = context;
  const wanted = params.graders?.map((name) => digestOf("grader", name));
  const outcomes = readOutcomes(lines, wanted);
  if (params.looks === "e_process" && outcomes.groups !== undefined)
    throw new StepFailure(
      "an e-process counts items one by one, and the results have groups",
      "leave looks: e_process out: every look then spends a part of alpha",
    );
  const facts = compareModels(outcomes, { ...digestRoles(context), confidence: params.confidence });
  const gates = judgeGates(outcomes, resolveGates(context, outcomes), {
    look,
    looks: params.looks,
    multiplicity: params.multiplicity,
  });
  return { verdict: joinVerdicts(gates.map((gate) => gate.outcome)), look, ...facts, gates };
}

function digestRoles({ params, digestOf }: JudgeContext) {
  return {
    candidate: digestOf("model", params.candidate),
    ...(params.teacher !== undefined && { teacher: digestOf("model", params.teacher) }),
    ...(params.base !== undefined && { base: digestOf("model", params.base) }),
  };
}

function checkCompare(context: CheckContext<Params>): void {
  const { params, fault, stepParams } = context;
  const evaluations = params.results.map((reference) => stepParams(reference.split(".")[0]!));
  const known = evaluations.every((step) => step?.uses === "evaluate");
  const namesOf = (key: "models" | "graders") =>
    evaluations.flatMap((step) => (step?.params[key] as readonly string[] | undefined) ?? []);
  const expect = (key: "models" | "graders", name: string | undefined, pointer: string) => {
    if (!known || name === undefined || namesOf(key).includes(name)) return;
    const what = key === "models" ? "evaluate" : "use the grader";
    fault(
      pointer,
      `the results do not ${what} "${name}"`,
      `they have ${[...new Set(namesOf(key))].join(", ")}`,
    );
  };
  const expectSlice = (name: string | undefined, pointer: string) => {
    const slices = evaluations.flatMap((step) =>
      Object.keys((step?.params.slices as object | undefined) ?? {}),
    );
    if (!known || name === undefined || slices.includes(name)) return;
    const hint = `declare it where they are evaluated: slices: { ${name}: item.${name} }`;
    fault(
      pointer,
      `the results have no slice "${name}"`,
      slices.length === 0 ? hint : `they have ${[...new Set(slices)].join(", ")}`,
    );
  };
  for (const role of ["teacher", "base", "candidate"] as const) expect("models", params[role], `/${role}`);
  params.graders?.forEach((name, index) => {
    expect("graders", name, `/graders/${index}`);
  });
  if (params.looks === "e_process" && evaluations.some((step) => step?.params.group_by !== undefined))
    fault("/looks", "an e-process counts items one by one, and the results have groups");
  for (const [index, gate] of params.gates.entries()) {
    const pointer = `/gates/${index}`;
    checkGate(gate, pointer, fault);
    for (const limit of ["max_cost_usd", "max_latency_ms"] as const)
      if (known && gate[limit] !== undefined && evaluations.some((step) => step?.params.usage !== true))
        fault(
          `${pointer}/${limit}`,
          "the results do not tell what answers took",
          "let the evaluation keep it: usage: true",
        );
    expect("graders", gate.grader, `${pointer}/grader`);
    for (const key of ["model", "better_than", "not_worse_than"] as const)
      expect("models", gate[key], `${pointer}/${key}`);
    expectSlice(Object.keys(gate.slice ?? {})[0], `${pointer}/slice`);
    expectSlice(gate.each_slice, `${pointer}/each_slice`);
    if (gate.grader !== undefined && params.graders?.includes(gate.grader) === false)
      fault(`${pointer}/grader`, `grader "${gate.grader}" is not among the step's graders`);
    const other = gate.better_than ?? gate.not_worse_than;
    if (other !== undefined && other === (gate.model ?? params.candidate))
      fault(pointer, `the gate compares "${other}" with itself`);
    if (other !== undefined && isAgainstReference(context, gate.grader, other))
      fault(
        `${pointer}/${gate.better_than === undefined ? "not_worse_than" : "better_than"}`,
        `grader "${gate.grader}" takes the answers of "${other}" for right: against itself nothing could be better`,
        "that is agreement: say how much of it there must be, such as min: 0.9, or grade by labels",
      );
    if (params.looks === "e_process" && other !== undefined && gate.of === "scores")
      fault(`${pointer}/of`, "an e-process counts passes, and knows of no scores");
  }
}

/** True where a grader measures how far others agree with a model, so that no gate can be against that. */
function isAgainstReference(
  { params, modelSource, agreementSource }: CheckContext<Params>,
  grader: string | undefined,
  other: string,
): boolean {
  if (grader === undefined) return false;
  const { model } = modelSource(other);
  return params.results.some((results) =>
    isReferenceOf(agreementSource(results, grader), { name: other, model }, params.teacher),
  );
}
