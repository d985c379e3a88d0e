import type { FromSchema } from "json-schema-to-ts";
import type { RemoteCompletion } from "../runner/provider.ts";
import type { Json, JsonObject, Row } from "../runner/row.ts";
import { type CheckContext, type CompletionQuery, defineStep } from "../runner/step.ts";
import { formatFinishReasons, openFinishCount } from "./finish-reasons.ts";
import { formatCounted } from "./format.ts";
import { limit, type ParamsSchema } from "./params-schema.ts";
import { toSample } from "./sample.ts";

const day = {
  type: "string",
  pattern: "^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2}Z)?$",
} as const;

const params = {
  type: "object",
  additionalProperties: false,
  required: ["from"],
  properties: {
    from: {
      type: "string",
      names: "provider",
      description:
        "local, for what this project has stored; or an entry of providers that keeps completions.",
    },
    model: {
      type: "string",
      minLength: 1,
      description: "Only those of this model, as its provider calls it.",
    },
    step: {
      type: "string",
      minLength: 1,
      description:
        "Only those that a step of this name has stored, and after it where it is one of this spec; from local alone.",
    },
    metadata: {
      type: "object",
      minProperties: 1,
      additionalProperties: { type: "string" },
      description: "Only those that were stored under these values.",
    },
    created: {
      type: "object",
      additionalProperties: false,
      minProperties: 1,
      properties: {
        from: { ...day, description: "The first day, such as 2026-11-01, or second, in UTC." },
        to: { ...day, description: "The last day, such as 2026-11-30, or second, in UTC; all of it." },
      },
      description: "Only those that were made then.",
    },
    limit: { ...limit, description: "Takes only so many, from the oldest on." },
  },
} as const satisfies ParamsSchema;

type Params = FromSchema<typeof params>;

/** Takes completions that were stored before as rows: what they were asked, and what was answered. */
export const storedCompletions = defineStep<Params>({
  name: "stored_completions",
  version: 1,
  summary: "Takes completions that were stored before, here or by a provider, as rows with their answers.",
  pinned: true,
  params,
  outputs: ({ from }) => ({
    rows: {
      kind: "rows",
      main: true,
      description: "One row per completion, a provider's the oldest first.",
      shape: () => ({
        columns: ["messages", "request", "model", ...(from === local ? [] : ["created"])],
        sample: true,
        metadata: undefined,
      }),
    },
  }),
  check: checkQuery,
  // What that step stores must be there before it is looked for.
  follows: ({ from, step }) => (from === local && step !== undefined ? [step] : []),
  async run({ params, pinned, completions, output, progress, warn }) {
    const rows = output("rows");
    const models = new Map<string, number>();
    const count = openFinishCount();
    let found = 0;
    let newest: number | null = null;
    for await (const completion of completions(params.from, queryOf(params, pinned as Facts | undefined))) {
      rows.row(rowOf(completion, params.from));
      if (params.from !== local) newest = completion.created;
      models.set(completion.model, (models.get(completion.model) ?? 0) + 1);
      count.add(completion.answer);
      found += 1;
      if (found % 1000 === 0) progress(found, found);
    }
    if (found === 0) warn("no stored completion is like that");
    const facts: Facts = {
      rows: found,
      newest,
      models: Object.fromEntries([...models].sort(([a], [b]) => (a < b ? -1 : 1))),
      finish_reasons: count.reasons,
    };
    return { facts };
  },
  lines(facts) {
    const { rows, models, finish_reasons } = facts as Facts;
    const names = Object.keys(models);
    const of =
      names.length === 0 ? "" : ` of ${names.length > 3 ? `${names.length} models` : names.join(", ")}`;
    const line = `${formatCounted(rows, "stored completion")}${of}`;
    const reasons = formatFinishReasons(finish_reasons);
    return reasons === "" ? [line] : [line, reasons];
  },
  metrics: (facts) => ({ rows: (facts as Facts).rows }),
});

/** The name of the project's own store. */
const local = "local";

type Facts = JsonObject & {
  readonly rows: number;
  /** When a provider made the newest, seconds since the epoch; null where there is none. */
  readonly newest: number | null;
  /** How many are of which model. */
  readonly models: { readonly [model: string]: number };
  readonly finish_reasons: { readonly [reason: string]: number };
};

function rowOf(
  { id, model, created, metadata, messages, parameters, answer }: RemoteCompletion,
  from: string,
): Row {
  const item = { messages: messages as unknown as Json, request: parameters, model };
  return {
    id,
    // When a completion came into this project's store is no part of it: another clone has it from another day.
    item: from === local ? item : { ...item, created },
    messages,
    sample: toSample(answer, 0),
    metadata,
    grades: {},
  };
}

function queryOf(params: Params, pinned: Facts | undefined): CompletionQuery {
  const { model, step, metadata, created, limit } = params;
  const from = created?.from === undefined ? undefined : secondsOf(created.from, "T00:00:00Z");
  const asked = created?.to === undefined ? undefined : secondsOf(created.to, "T23:59:59Z");
  // What a provider stored after the first look is left out of every later one.
  const found = pinned === undefined || params.from === local ? undefined : (pinned.newest ?? -1);
  const to = found === undefined ? asked : Math.min(found, asked ?? found);
  return {
    ...(model !== undefined && { model }),
    ...(step !== undefined && { step }),
    ...(metadata !== undefined && { metadata }),
    created: { ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
    ...(limit !== undefined && { limit }),
  };
}

/** Seconds since the epoch; not a number where there is no such day. */
function secondsOf(text: string, time: string): number {
  const whole = text.includes("T") ? text : `${text}${time}`;
  const ms = Date.parse(whole);
  // The parser lets 30 February be 2 March.
  const isThere = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(whole.slice(0, 10));
  return isThere ? ms / 1000 : Number.NaN;
}

function checkQuery({ params, fault }: CheckContext<Params>): void {
  const { from, step, created = {} } = params;
  if (step !== undefined && from !== local)
    fault("/step", "a provider does not know which step stored a completion", "tell them apart by metadata");
  for (const end of ["from", "to"] as const)
    if (created[end] !== undefined && Number.isNaN(secondsOf(created[end], "T00:00:00Z")))
      fault(`/created/${end}`, `there is no such day as ${created[end]}`);
  if (
    created.from !== undefined &&
    created.to !== undefined &&
    secondsOf(created.from, "T00:00:00Z") > secondsOf(created.to, "T23:59:59Z")
  )
    fault("/created", `${created.from} is after ${created.to}`);
}
