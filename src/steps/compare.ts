import type { FromSchema } from "json-schema-to-ts";
import type { JsonObject } from "../runner/row.ts";
import { type CheckContext, defineStep, type ReportFault, type StepContext } from "../runner/step.ts";
import { spentAlpha } from "../stats/alpha-spending.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import { type ComparisonFacts, compareModels } from "./compare-models.ts";
import { sixDigits } from "./format.ts";
import {
  describeGate,
  type GateOutcome,
  type JudgedGate,
  joinVerdicts,
  judgeGates,
  type ResolvedGate,
} from "./judge-gate.ts";
import { type Outcomes, readOutcomes } from "./outcomes.ts";
import type { ParamsSchema } from "./params-schema.ts";
import { readEvidenceResults } from "./result-evidence.ts";
import { type ResultLine, readResults } from "./results.ts";

const alpha = {
  type: "number",
  exclusiveMinimum: 0,
  maximum: 0.5,
  default: 0.05,
  description: "For better_than and not_worse_than: level of the gate's test.",
} as const;

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
      items: {
        type: "object",
        additionalProperties: false,
        required: ["grader"],
        properties: {
          grader: { type: "string", names: "grader", description: "The grader whose pass rate is meant." },
          model: {
            type: "string",
            artifact: "model",
            description: "The model that must pass; by default the candidate.",
          },
          min: {
            type: "number",
            exclusiveMinimum: 0,
            maximum: 1,
            description:
              "Passes where the whole interval of the pass rate is at least this; fails where all of it is below.",
          },
          better_than: {
            type: "string",
            artifact: "model",
            description:
              "Passes where McNemar's exact one-sided test says so at alpha; fails where it says the opposite.",
          },
          not_worse_than: {
            type: "string",
            artifact: "model",
            description:
              "Passes where Tango's test refuses a loss of `margin` or more at alpha; fails where the interval shows one.",
          },
          margin: {
            type: "number",
            exclusiveMinimum: 0,
            exclusiveMaximum: 1,
            description: "For not_worse_than: the loss that is too much.",
          },
          alpha,
        },
      },
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
type Gate = Params["gates"][number];

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
    const { params } = context;
    const wanted = params.graders?.map((name) => context.digestOf("grader", name));
    const lines: ResultLine[] = [];
    for (const reference of params.results)
      for await (const line of readResults(context.lines(reference))) lines.push(line);
    const outcomes = readOutcomes(lines, wanted);
    const facts = judge(context, outcomes);
    context.output("verdict").bytes(verdictContent(facts));
    return { facts: facts as unknown as JsonObject };
  },
  recompute(context) {
    const { params } = context;
    const wanted = params.graders?.map((name) => context.digestOf("grader", name));
    const outcomes = readOutcomes(
      params.results.flatMap((reference) => readEvidenceResults(context.evidenceOf(reference))),
      wanted,
    );
    return judge(context, outcomes) as unknown as JsonObject;
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
      if (gate.p !== undefined) metrics[`gate.${index + 1}.p`] = sixDigits(gate.p);
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

function judge(context: JudgeContext, outcomes: Outcomes): CompareFacts {
  const { params, look } = context;
  const facts = compareModels(outcomes, { ...digestRoles(context), confidence: params.confidence });
  const gates = judgeGates(
    outcomes,
    params.gates.map((gate) => resolveGate(context, gate)),
  );
  return { verdict: joinVerdicts(gates.map((gate) => gate.outcome)), look, ...facts, gates };
}

function digestRoles({ params, digestOf }: JudgeContext) {
  return {
    candidate: digestOf("model", params.candidate),
    ...(params.teacher !== undefined && { teacher: digestOf("model", params.teacher) }),
    ...(params.base !== undefined && { base: digestOf("model", params.base) }),
  };
}

function resolveGate({ params, digestOf, look }: JudgeContext, gate: Gate): ResolvedGate {
  const common = {
    grader: digestOf("grader", gate.grader),
    model: digestOf("model", gate.model ?? params.candidate),
    confidence: params.confidence,
  };
  if (gate.min !== undefined) return { ...common, type: "min", min: gate.min };
  if (gate.better_than !== undefined)
    return {
      ...common,
      type: "better_than",
      other: digestOf("model", gate.better_than),
      alpha: gate.alpha,
      level: spentAlpha(gate.alpha, look),
    };
  return {
    ...common,
    type: "not_worse_than",
    other: digestOf("model", gate.not_worse_than!),
    margin: gate.margin!,
    alpha: gate.alpha,
    level: spentAlpha(gate.alpha, look),
  };
}

const kinds = ["min", "better_than", "not_worse_than"] as const;

function checkCompare({ params, fault, stepParams }: CheckContext<Params>): void {
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
  for (const role of ["teacher", "base", "candidate"] as const) expect("models", params[role], `/${role}`);
  params.graders?.forEach((name, index) => {
    expect("graders", name, `/graders/${index}`);
  });
  for (const [index, gate] of params.gates.entries()) {
    const pointer = `/gates/${index}`;
    checkGate(gate, pointer, fault);
    expect("graders", gate.grader, `${pointer}/grader`);
    for (const key of ["model", "better_than", "not_worse_than"] as const)
      expect("models", gate[key], `${pointer}/${key}`);
    if (params.graders !== undefined && !params.graders.includes(gate.grader))
      fault(`${pointer}/grader`, `grader "${gate.grader}" is not among the step's graders`);
    const other = gate.better_than ?? gate.not_worse_than;
    if (other !== undefined && other === (gate.model ?? params.candidate))
      fault(pointer, `the gate compares "${other}" with itself`);
  }
}

function checkGate(gate: Gate, pointer: string, fault: ReportFault): void {
  const given = kinds.filter((kind) => gate[kind] !== undefined);
  if (given.length === 0) fault(pointer, "the gate asks for nothing", `give one of ${kinds.join(", ")}`);
  for (const extra of given.slice(1))
    fault(`${pointer}/${extra}`, `the gate has ${given[0]} already`, "write one gate for each");
  if (gate.not_worse_than !== undefined && gate.margin === undefined)
    fault(pointer, "not_worse_than needs a margin", "say how much worse is too much, such as margin: 0.03");
  if (gate.not_worse_than === undefined && gate.margin !== undefined)
    fault(`${pointer}/margin`, "a margin belongs to not_worse_than");
  // The default is filled in by now, so that one written out cannot be told from one left out.
  if (gate.min !== undefined && gate.alpha !== alpha.default)
    fault(
      `${pointer}/alpha`,
      "min has no test that alpha could be the level of",
      "the step's confidence sets its interval",
    );
}
