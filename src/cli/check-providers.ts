import type { PlanContents } from "../runner/contents.ts";
import type { StepForecast } from "../runner/forecast.ts";
import { askedModels } from "../runner/money/asked-models.ts";
import { listedPrice } from "../runner/money/price-of.ts";
import type { Plan, PlanNode } from "../runner/plan.ts";
import { type Connection, RequestFailure } from "../runner/provider.ts";
import { localStore } from "../runner/spec-names.ts";
import type { World } from "../runner/world.ts";
import { checkKey } from "./check-key.ts";
import { checkModels, type SpecModel } from "./check-models.ts";
import type { Finding } from "./format-findings.ts";

/** What the providers of a spec are looked at with. */
export interface ProviderCheck {
  readonly plan: Plan;
  readonly contents: PlanContents;
  readonly world: World;
  /** What would become of the steps if they were run now. */
  readonly steps: readonly StepForecast[];
  /** Opens no connection. */
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

/**
 * Looks at every provider that models or steps of a spec name, and at those models that would be asked. Buys nothing.
 */
export async function checkProviders(check: ProviderCheck): Promise<readonly Finding[]> {
  const { plan, steps } = check;
  const toRun = steps.filter(({ action, erased }) => action !== "reuse" && !erased);
  const read = new Set(toRun.flatMap(({ id }) => providersRead(plan.byId.get(id)!)));
  const asked = new Set(
    toRun.flatMap(({ id, asks }) =>
      asks
        .filter(({ answers }) => answers !== 0)
        .flatMap(({ model }) => askedModels(plan, plan.byId.get(id)!, model).map((one) => one.model)),
    ),
  );
  const names = new Set([
    ...[...plan.spec.models.values()].map(({ provider }) => provider),
    ...plan.nodes.flatMap(providersRead),
  ]);
  const found = await Promise.all(
    [...names].map((name) =>
      checkProvider(check, { name, models: modelsOf(plan, name, asked), isRead: read.has(name) }),
    ),
  );
  return found.flat();
}

/** Providers that a step itself reads from. */
function providersRead({ fields }: PlanNode): readonly string[] {
  return fields
    .filter(
      ({ keyword, argument, text }) => keyword === "names" && argument === "provider" && text !== localStore,
    )
    .map(({ text }) => text);
}

/** What is wanted of a provider. */
interface Wanted {
  readonly name: string;
  /** Its models that would be asked. */
  readonly models: readonly SpecModel[];
  /** True where a step would read completions that it keeps. */
  readonly isRead: boolean;
}

async function checkProvider(
  check: ProviderCheck,
  { name, models, isRead }: Wanted,
): Promise<readonly Finding[]> {
  const { plan, world, offline, signal } = check;
  const { type, params } = plan.spec.providers.get(name)!;
  const definition = plan.registry.providers.get(type)!;
  const good = (text: string): Finding => ({ about: name, state: "good", text });
  if (definition.free && !isRead) return [good("answers on this machine, and needs no key")];
  if (models.length === 0 && !isRead) return [good("not needed: no step would ask it")];

  const variable = typeof params.api_key_env === "string" ? params.api_key_env : undefined;
  const key =
    variable === undefined ? undefined : { about: name, ...checkKey(variable, world.env[variable]) };
  const findings: Finding[] = key === undefined ? [] : [key];
  const hasKey = key?.state !== "bad";
  const connection = await open(check, name, hasKey).catch((error) => tell(name, error));
  if ("state" in connection) return [...findings, connection];
  try {
    const now = world.now();
    const asking = hasKey && !offline;
    const checked = await checkModels({ models, connection: asking ? connection : undefined, now, signal });
    const kept = isRead ? await checkKept({ name, connection, asking, signal }) : undefined;
    const origin = definition.origin?.(params as never) ?? "it";
    if (!asking) findings.push(good(`${origin} may be asked, and was not`));
    else if (checked.failures.length === 0 && !(kept instanceof RequestFailure))
      findings.push(good(`${origin} answers`));
    // A key that is wrong is wrong for both.
    const failures = new Map(checked.failures.map((failure) => [failure.message, failure]));
    if (kept instanceof RequestFailure) failures.set(kept.message, kept);
    return [
      ...findings,
      ...[...failures.values()].map((failure) => tell(name, failure)),
      ...checked.findings,
      ...(kept === undefined || kept instanceof RequestFailure ? [] : [kept]),
    ];
  } finally {
    await connection.close();
  }
}

/** Looks whether a provider lets its stored completions be read, by the first of them. */
async function checkKept(options: {
  readonly name: string;
  readonly connection: Connection;
  readonly asking: boolean;
  readonly signal: AbortSignal;
}): Promise<Finding | RequestFailure | undefined> {
  const { name, connection, asking, signal } = options;
  const { completions } = connection;
  if (completions === undefined)
    return {
      about: name,
      state: "bad",
      text: "it keeps no completions",
      hint: `from: ${localStore} reads those that this project has stored`,
    };
  if (!asking) return undefined;
  try {
    for await (const _ of completions.list({}, signal)) break;
    return { about: name, state: "good", text: "its stored completions can be read" };
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    return error;
  }
}

function modelsOf(plan: Plan, provider: string, asked: ReadonlySet<string>): readonly SpecModel[] {
  return [...plan.spec.models].flatMap(([name, { model, provider: own }]) => {
    if (own !== provider || !asked.has(name)) return [];
    return [{ name, model, shutdownDate: listedPrice(plan, name)?.shutdown_date ?? null }];
  });
}

/** Opens a provider; without a key as if there were one, to see whether all the rest is right. */
function open({ plan, contents, world }: ProviderCheck, name: string, hasKey: boolean): Promise<Connection> {
  const { type, params } = plan.spec.providers.get(name)!;
  const shared = new Map<string, unknown>();
  return plan.registry.providers.get(type)!.open({
    params: params as never,
    file: contents.path,
    secret: (variable) => (hasKey ? world.env[variable] : "none"),
    allowsOrigin: world.allowsOrigin,
    shared<T>(what: string, make: () => T): T {
      if (!shared.has(what)) shared.set(what, make());
      return shared.get(what) as T;
    },
  });
}

function tell(about: string, error: unknown): Finding {
  if (!(error instanceof RequestFailure)) throw error;
  return { about, state: "bad", text: error.message, hint: error.hint };
}
