import type { Ask } from "../runner/asking.ts";
import { openModels } from "../runner/models.ts";
import { askedModels } from "../runner/money/asked-models.ts";
import type { Budget } from "../runner/money/budget.ts";
import { exactly } from "../runner/money/range.ts";
import type { PlanNode } from "../runner/plan.ts";
import { RequestFailure } from "../runner/provider.ts";
import { openPurchase, type Purchase } from "../runner/purchase.ts";
import { readExecution } from "../runner/read-execution.ts";
import { openStore } from "../runner/store/open-store.ts";
import { toSample } from "../steps/sample.ts";
import { cascadesOf, decide } from "./ask-cascade.ts";
import type { Asked } from "./asked.ts";
import { choosePrompt } from "./choose-prompt.ts";
import { payerHere } from "./consent.ts";
import { exit } from "./exit.ts";
import { fillItem } from "./fill-item.ts";
import { findModel, requireKept } from "./find-model.ts";
import { formatAnswer, labelProbabilities } from "./format-answer.ts";
import { openModelBook } from "./model-book.ts";
import { type KeptPlan, withKept } from "./open-kept.ts";
import { type MoneyFlags, openBudgetFor, readLimit } from "./open-money.ts";
import type { SpecOptions } from "./open-spec.ts";
import { type AllowFlags, readWorld } from "./permissions.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill ask`. */
export interface AskFlags extends SpecOptions, AllowFlags, Pick<MoneyFlags, "yes" | "maxCost"> {
  readonly spec?: string;
  readonly prompt?: string;
  readonly item?: string;
  readonly json?: boolean;
}

/** `distill ask`. */
export async function ask(name: string, text: string | undefined, flags: AskFlags): Promise<void> {
  const asked = await withKept(flags.spec, flags, (kept) => askKept(kept, name, text, flags));
  process.stdout.write(flags.json === true ? `${JSON.stringify(asJson(asked))}\n` : formatAnswer(asked));
  if (asked.failure !== null) throw new Stop(exit.failed, asked.failure.message, asked.failure.hint);
}

async function askKept(
  kept: KeptPlan,
  name: string,
  text: string | undefined,
  flags: AskFlags,
): Promise<Asked> {
  const { plan, contents } = kept;
  const reference = findModel(kept, name, "ask");
  requireKept(kept, { name, reference, spec: flags.spec });
  const prompt = choosePrompt(plan, reference, flags.prompt);
  const compiled = plan.prompts.get(prompt.name)!;
  const item = fillItem({ prompt: { name: prompt.name, compiled }, text, json: flags.item });
  const question: Ask = {
    messages: compiled.render({ item }),
    parameters: prompt.request,
    draw: { occurrence: 0, sample: 0 },
  };

  // Nothing of a step is meant but its place among the names.
  const asker: PlanNode = {
    ...plan.nodes[0]!,
    id: "ask",
    params: { prompt: prompt.name },
    execution: readExecution({}),
    references: new Map([[name, reference]]),
  };
  const { signal } = new AbortController();
  const budget = await openAskBudget(kept, { asker, name, question, flags, signal });
  const store = kept.store ?? openStore(plan.spec.root);
  const world = readWorld(plan.spec.root, flags, process.env);
  const models = openModels({ plan, store, contents, world, budget, signal });
  const open = (node: PlanNode, inner: string) => models.open(node, inner, purchase());
  try {
    const cascades = cascadesOf(kept, reference);
    const own = cascades.find((cascade) => cascade.isAsked);
    const model = await open(asker, name);
    const base = { model: name, prompt: prompt.name };
    if (own === undefined) {
      const answer = await model.answer(question);
      const decisions = cascades.map((cascade) => decide(cascade, toSample(answer, 0)));
      return {
        ...base,
        answered_by: name,
        answer,
        probabilities: labelProbabilities(name, answer),
        cascades: decisions,
        failure: null,
      };
    }
    // The first model is asked beside the cascade for what it thought: its answers are kept, or cost nothing.
    const first =
      own.threshold === null ? undefined : await (await open(own.node, own.first)).answer(question);
    const told = {
      ...base,
      probabilities: first === undefined ? null : labelProbabilities(own.first, first),
      cascades: [decide(own, first && toSample(first, 0))],
    };
    try {
      const answer = await model.answer(question);
      return {
        ...told,
        answered_by: answer.served_by === "first" ? own.first : own.fallback,
        answer,
        failure: null,
      };
    } catch (error) {
      if (!(error instanceof RequestFailure) || first === undefined) throw error;
      const failure = { message: `${own.fallback} could not answer: ${error.message}`, hint: error.hint };
      return { ...told, answered_by: own.first, answer: first, failure };
    }
  } finally {
    await models.close();
    if (kept.store === undefined) store.close();
  }
}

/** Asks for leave to send the question where somebody bills for that. */
async function openAskBudget(
  kept: KeptPlan,
  asking: {
    readonly asker: PlanNode;
    readonly name: string;
    readonly question: Ask;
    readonly flags: AskFlags;
    readonly signal: AbortSignal;
  },
): Promise<Budget> {
  const { plan, store, contents, steps } = kept;
  const { asker, name, question, flags, signal } = asking;
  const now = new Map(steps.map((step) => [step.id, step.now]));
  const asks = {
    exact: true,
    count: exactly(1),
    here: 1,
    async *read() {
      yield question;
    },
  };
  const sendings = await Promise.all(
    askedModels(plan, asker, name).map(async ({ model, certain }) => {
      const book = openModelBook({ plan, now, store, contents }, model);
      await book.add({ node: asker, model, answers: 1, certain, upTo: !certain, asks });
      return book.close();
    }),
  );
  return openBudgetFor(
    sendings.filter(({ requests }) => requests?.high !== 0),
    { payer: payerHere(flags, signal), maxUsd: readLimit(plan, flags) },
  );
}

function purchase(): Purchase {
  return openPurchase({ execution: readExecution({}), mayBuy: true });
}

function asJson({ answer, probabilities, failure, ...rest }: Asked): unknown {
  const { output_text, output_json, tool_calls, finish_reason } = toSample(answer, 0);
  return {
    ...rest,
    output_text,
    output_json,
    tool_calls,
    finish_reason,
    probabilities:
      probabilities &&
      Object.fromEntries(probabilities.labels.map(({ label, probability }) => [label, probability])),
    failure: failure && { message: failure.message, hint: failure.hint ?? null },
  };
}
