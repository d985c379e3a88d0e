import { type Connection, type ModelFacts, RequestFailure } from "./provider.ts";

/**
 * Asks a provider about a model before the first request that costs money: once per connection and model.
 * Not for a replay, where nothing is sent and no day passes.
 *
 * @throws RequestFailure with scope `stop` where the model does not exist or has gone, or the key is refused
 */
export function preflight(options: {
  readonly connection: Connection;
  /** The model as its provider calls it. */
  readonly model: string;
  /** The model's name in the spec, for messages. */
  readonly name: string;
  /** The day on which it goes by the file of prices, for a provider that names none. */
  readonly shutdownDate?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
}): Promise<void> {
  const { connection, model } = options;
  const asked = askedOf.get(connection) ?? new Map<string, Promise<void>>();
  askedOf.set(connection, asked);
  const known = asked.get(model) ?? askOnce(options);
  asked.set(model, known);
  return known;
}

/** Whether a model can be asked, today and in the weeks to come. */
export type Outlook =
  | { readonly state: "missing" }
  /** `days`: whole days since it went, or until it goes, from 0 for today. */
  | { readonly state: "gone" | "going"; readonly date: string; readonly days: number }
  | { readonly state: "good" };

/** What facts about a model mean on a day; `now` in milliseconds since the epoch. */
export function lookAhead(facts: ModelFacts, now: number): Outlook {
  if (facts.exists === false) return { state: "missing" };
  const date = facts.shutdown_date;
  if (date === null) return { state: "good" };
  const days = Math.round((Date.parse(date) - startOfDay(now)) / dayMs);
  if (days < 0) return { state: "gone", date, days: -days };
  return days <= warningDays ? { state: "going", date, days } : { state: "good" };
}

/** When a model goes, such as `is shut down on 2027-01-14, in 51 days`. */
export function describeGoing({ date, days }: { readonly date: string; readonly days: number }): string {
  return `is shut down on ${date}, ${days === 0 ? "today" : days === 1 ? "tomorrow" : `in ${days} days`}`;
}

/** A model that goes within so many days is told of. */
const warningDays = 60;

const dayMs = 24 * 60 * 60 * 1000;

// The calls of one run share its connections, and nothing outlives them.
const askedOf = new WeakMap<Connection, Map<string, Promise<void>>>();

async function askOnce(options: Parameters<typeof preflight>[0]): Promise<void> {
  const { model, name, now, warn } = options;
  const outlook = lookAhead(await findFacts(options), now);
  switch (outlook.state) {
    case "good":
      return;
    case "missing":
      throw new RequestFailure(`the provider has no model "${model}"`, {
        scope: "stop",
        hint: `check models.${name}.model, and that the key's account may use it`,
      });
    case "gone":
      throw new RequestFailure(`${model} was shut down on ${outlook.date}`, {
        scope: "stop",
        hint: `give models.${name} another model; what is kept of this one stays`,
      });
    case "going":
      warn(`${model} ${describeGoing(outlook)}: ask it before then, or give models.${name} another model`);
  }
}

/** The provider's own word first; that it could not be asked is told and stops nothing, unless nothing else can succeed. */
async function findFacts(options: Parameters<typeof preflight>[0]): Promise<ModelFacts> {
  const { connection, model, signal, warn, shutdownDate = null } = options;
  let facts: ModelFacts | undefined;
  try {
    facts = await connection.inspect?.(model, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RequestFailure) || error.scope === "stop") throw error;
    warn(`could not ask whether ${model} is there: ${error.message}`);
  }
  return { exists: facts?.exists, shutdown_date: facts?.shutdown_date ?? shutdownDate };
}

/** Days are those of UTC, for providers name days and no time zone. */
function startOfDay(now: number): number {
  return Math.floor(now / dayMs) * dayMs;
}
