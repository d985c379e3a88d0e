import type { PlanContents } from "../runner/contents.ts";
import { listedPrice } from "../runner/money/price-of.ts";
import type { Plan } from "../runner/plan.ts";
import { type Connection, RequestFailure } from "../runner/provider.ts";
import type { World } from "../runner/world.ts";
import { checkKey } from "./check-key.ts";
import { type AskedModel, checkModels } from "./check-models.ts";
import type { Finding } from "./format-findings.ts";

/** What the providers of a spec are looked at with. */
export interface ProviderCheck {
  readonly plan: Plan;
  readonly contents: PlanContents;
  readonly world: World;
  /** Names of the models that would be asked. */
  readonly asked: ReadonlySet<string>;
  /** Opens no connection. */
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

/** Looks at every provider that models of a spec name, and at those models that would be asked. Buys nothing. */
export async function checkProviders(check: ProviderCheck): Promise<readonly Finding[]> {
  const names = new Set([...check.plan.spec.models.values()].map(({ provider }) => provider));
  const found = await Promise.all([...names].map((name) => checkProvider(check, name)));
  return found.flat();
}

async function checkProvider(check: ProviderCheck, name: string): Promise<readonly Finding[]> {
  const { plan, world, offline, signal } = check;
  const { type, params } = plan.spec.providers.get(name)!;
  const definition = plan.registry.providers.get(type)!;
  const good = (text: string): Finding => ({ about: name, state: "good", text });
  if (definition.free) return [good("answers on this machine, and needs no key")];
  const models = askedModels(check, name);
  if (models.length === 0) return [good("not needed: no step would ask it")];

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
    const origin = definition.origin?.(params as never) ?? "it";
    if (!asking) findings.push(good(`${origin} may be asked, and was not`));
    else if (checked.failures.length === 0) findings.push(good(`${origin} answers`));
    return [...findings, ...checked.failures.map((failure) => tell(name, failure)), ...checked.findings];
  } finally {
    await connection.close();
  }
}

function askedModels({ plan, asked }: ProviderCheck, name: string): readonly AskedModel[] {
  return [...plan.spec.models].flatMap(([model, spec]) => {
    if (spec.provider !== name || !asked.has(model)) return [];
    return [
      { name: model, model: spec.model, shutdownDate: listedPrice(plan, model)?.shutdown_date ?? null },
    ];
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
