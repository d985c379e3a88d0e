import { describeGoing, lookAhead, type Outlook } from "../runner/preflight.ts";
import { type Connection, type ModelFacts, RequestFailure } from "../runner/provider.ts";
import { suggest } from "../runner/suggest.ts";
import type { Finding } from "./format-findings.ts";

/** A model of a spec, as its provider is asked about it. */
export interface SpecModel {
  /** Its name in the spec. */
  readonly name: string;
  /** What its provider calls it. */
  readonly model: string;
  /** The day on which it goes by the list of prices; null where that names none. */
  readonly shutdownDate: string | null;
}

/** What was found of models, and why some could not be asked about: each reason once. */
export interface CheckedModels {
  readonly findings: readonly Finding[];
  readonly failures: readonly RequestFailure[];
}

/** Looks up models of one provider; without a connection, only when they go by the list of prices. */
export async function checkModels(options: {
  readonly models: readonly SpecModel[];
  readonly connection: Connection | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}): Promise<CheckedModels> {
  const { models, connection, now, signal } = options;
  const failures = new Map<string, RequestFailure>();
  const findings = await Promise.all(
    models.map(async (asked) => {
      const facts = await inspect(asked);
      const outlook = lookAhead(
        { exists: facts?.exists, shutdown_date: facts?.shutdown_date ?? asked.shutdownDate },
        now,
      );
      if (outlook.state === "good" && facts === undefined) return [];
      return [{ about: asked.name, ...describe(asked, outlook, facts) }];
    }),
  );
  return { findings: findings.flat(), failures: [...failures.values()] };

  async function inspect({ model }: SpecModel): Promise<ModelFacts | undefined> {
    try {
      return await connection?.inspect?.(model, signal);
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      failures.set(error.message, error);
      return undefined;
    }
  }
}

function describe(
  { name, model }: SpecModel,
  outlook: Outlook,
  facts: ModelFacts | undefined,
): Omit<Finding, "about"> {
  switch (outlook.state) {
    case "missing":
      return {
        state: "bad",
        text: `there is no model "${model}", or not for this key`,
        hint: `check models.${name}.model`,
      };
    case "gone":
      return {
        state: "bad",
        text: `${model} was shut down on ${outlook.date}`,
        hint: `give models.${name} another model; what is kept of this one stays`,
      };
    case "going":
      return {
        state: "note",
        text: `${model} ${describeGoing(outlook)}`,
        hint: `ask it before then, or give models.${name} another model`,
      };
    case "good":
      if (facts?.exists === true) return { state: "good", text: `${model} is there` };
      return { state: "note", ...describeUnlisted(model, facts?.listed) };
  }
}

function describeUnlisted(
  model: string,
  listed: readonly string[] | undefined,
): Omit<Finding, "about" | "state"> {
  if (listed === undefined) return { text: `the server does not say whether it has ${model}` };
  const near = suggest(model, listed);
  const names = listed.length > 0 && listed.length <= 4 ? ` (${listed.join(", ")})` : "";
  return {
    text: `${model} is not in the server's list${names}; it may answer all the same`,
    hint: near === undefined ? undefined : `did you mean "${near}"?`,
  };
}
