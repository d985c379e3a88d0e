import type { Asks } from "../runner/estimate-asks.ts";
import type { Plan } from "../runner/plan.ts";
import { readDataset, readJsonLines } from "../runner/read-rows.ts";
import type { Row } from "../runner/row.ts";
import type { Store } from "../runner/store.ts";
import type { Trace } from "../runner/trace-keys.ts";
import { rowScope, tryEvaluate } from "../steps/scope.ts";

/** A step that would run, with the answers that it would ask for. */
export interface AskingStep {
  readonly id: string;
  readonly asks: readonly Asks[];
}

/** Requests that would go to one model that is not free. */
export interface Sending {
  readonly model: string;
  /** Undefined where their number is not known before the run. */
  readonly requests: number | undefined;
  readonly upTo: boolean;
  /** Tokens of all their messages, roughly; undefined where the rows are not known here. */
  readonly inputTokens: number | undefined;
}

/** What steps would send to models that are not free, model by model, in the order of the plan. */
export async function planSending(options: {
  readonly plan: Plan;
  readonly now: Trace;
  readonly store: Store | undefined;
  readonly steps: readonly AskingStep[];
}): Promise<readonly Sending[]> {
  const { plan, steps } = options;
  const sendings = new Map<string, Sending>();
  for (const { id, asks } of steps)
    for (const { model, answers, upTo } of asks) {
      if (isFree(plan, id, model)) continue;
      const size = answers === 0 ? 0 : await averageTokens(options, id);
      const tokens = answers === undefined || size === undefined ? undefined : Math.round(answers * size);
      const known = sendings.get(model) ?? { model, requests: 0, upTo: false, inputTokens: 0 };
      sendings.set(model, {
        model,
        requests: add(known.requests, answers),
        upTo: known.upTo || upTo,
        inputTokens: add(known.inputTokens, tokens),
      });
    }
  return [...sendings.values()].filter(({ requests }) => requests !== 0);
}

/** True where asking a model costs nothing: neither it nor any model that it stands on is paid for. */
function isFree(plan: Plan, step: string, reference: string): boolean {
  const found = plan.byId.get(step)?.references.get(reference);
  if (found?.from === "model") {
    const provider = plan.spec.providers.get(plan.spec.models.get(found.name)!.provider)!;
    return plan.registry.providers.get(provider.type)!.free;
  }
  if (found?.from !== "step") return true;
  const maker = plan.byId.get(found.id)!;
  // A model that was trained here is not asked for its base.
  return maker.fields
    .filter((field) => field.argument === "model" && field.pointer !== "/base")
    .every((field) => isFree(plan, found.id, field.text));
}

function add(sum: number | undefined, more: number | undefined): number | undefined {
  return sum === undefined || more === undefined ? undefined : sum + more;
}

/** Tokens of a step's request on the average of its first rows; undefined where these are not here. */
async function averageTokens(
  { plan, now, store }: Parameters<typeof planSending>[0],
  step: string,
): Promise<number | undefined> {
  const { params, references } = plan.byId.get(step)!;
  const prompt = typeof params.prompt === "string" ? plan.prompts.get(params.prompt) : undefined;
  const reference = typeof params.rows === "string" ? references.get(params.rows) : undefined;
  if (prompt === undefined || reference === undefined || reference.from === "model") return undefined;
  const rows = await openRows();
  if (rows === undefined) return undefined;
  let bytes = 0;
  let count = 0;
  for await (const row of rows) {
    const rendered = tryEvaluate(() => prompt.render(rowScope(row)));
    if (!rendered.ok) return undefined;
    for (const { content } of rendered.value)
      bytes += Buffer.byteLength(typeof content === "string" ? content : JSON.stringify(content ?? ""));
    if (++count >= sampledRows) break;
  }
  return count === 0 ? undefined : bytes / count / bytesPerToken;

  async function openRows(): Promise<AsyncIterable<Row> | undefined> {
    if (reference!.from === "dataset") {
      const { path, id } = plan.spec.datasets.get(reference!.name)!;
      return readDataset(plan.files.get(reference!.name)!, path, id);
    }
    if (reference!.from !== "step") return undefined;
    const record = now.get(reference!.id)?.manifest?.outputs[reference!.output];
    const path = record === undefined ? undefined : await store?.open(record.digest);
    return path === undefined ? undefined : onlyValues(readJsonLines(path, reference!.id));
  }
}

async function* onlyValues(lines: ReturnType<typeof readJsonLines>): AsyncGenerator<Row> {
  for await (const { value } of lines) yield value as unknown as Row;
}

/** A usual rule for English text; other languages and code take more tokens. */
export const bytesPerToken = 4;

/** Enough for an average that a plan can be read by. */
const sampledRows = 1000;
