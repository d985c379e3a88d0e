import type { Model } from "./asking.ts";
import { openClaims } from "./claims.ts";
import type { PlanContents } from "./contents.ts";
import { modelDigest, providerIdentity } from "./key.ts";
import type { Budget } from "./money/budget.ts";
import { listedPrice, priceOf } from "./money/price-of.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { Connection } from "./provider.ts";
import { openProviderModel } from "./provider-model.ts";
import type { Purchase } from "./purchase.ts";
import type { ProvidedModel, Shop } from "./shop.ts";
import { specName } from "./spec-name.ts";
import type { Store } from "./store.ts";
import { compileText } from "./texts.ts";
import type { World } from "./world.ts";

/** The models of a run: opened on first use, closed together. */
export interface Models {
  open(node: PlanNode, reference: string, purchase: Purchase): Promise<Model>;
  /** The connection to a provider of the spec, the same for all who ask. */
  connect(provider: string): Promise<Connection>;
  close(): Promise<void>;
}

/** Opens models over the store: an answer that is kept is never asked for again. */
export function openModels(options: {
  readonly plan: Plan;
  readonly store: Store;
  readonly contents: PlanContents;
  readonly world: World;
  readonly budget: Budget;
  /** Aborted when no further attempt should be made. */
  readonly stop?: AbortSignal;
  /** Aborts requests that are under way. */
  readonly signal: AbortSignal;
}): Models {
  const { plan, store, contents, world, signal, stop = new AbortController().signal } = options;
  const connections = new Map<string, Promise<Connection>>();
  const shop: Shop = {
    store,
    budget: options.budget,
    replays: world.exchanges?.mode === "replay",
    signal,
    stop,
    connect,
    now: () => world.now(),
    underWay: new Map(),
    claims: openClaims(),
  };

  const open: Models["open"] = async (node, reference, purchase) => {
    const found = node.references.get(reference)!;
    const digest = modelDigest(plan, node, reference, contents);
    const base = { name: reference, digest };
    if (found.from === "model") {
      const asker = { purchase, spec: specName(plan.spec), step: node.id };
      return { ...base, ...openProviderModel(provided(found.name, digest), shop, asker) };
    }
    if (found.from === "dataset") throw new Error(`"${reference}" is a dataset`);
    const maker = plan.byId.get(found.id)!;
    if (maker.definition.openModel === undefined)
      throw new Error(`step type ${maker.definition.name} gives a model that nothing opens`);
    const artifactDigest = contents.output(found.id, found.output);
    const path = await store.open(artifactDigest);
    if (path === undefined) throw new DamagedInput(found.id);
    return {
      ...base,
      ...(await maker.definition.openModel({
        params: maker.params as never,
        artifact: { kind: "model", digest: artifactDigest, path },
        model: (inner) => open(maker, inner, purchase),
        serve,
        evaluator: (text, kind) => evaluator(text, kind),
      })),
    };
  };

  function provided(name: string, digest: string): ProvidedModel {
    const spec = plan.spec.models.get(name)!;
    const provider = plan.spec.providers.get(spec.provider)!;
    const definition = plan.registry.providers.get(provider.type)!;
    const identity = providerIdentity(plan, spec.provider, contents);
    return {
      name,
      digest,
      spec,
      provider,
      definition,
      identity,
      price: priceOf(plan, name),
      shutdownDate: listedPrice(plan, name)?.shutdown_date,
    };
  }

  const shared = new Map<string, unknown>();
  function connect(name: string): Promise<Connection> {
    const known = connections.get(name);
    if (known !== undefined) return known;
    const spec = plan.spec.providers.get(name)!;
    const definition = plan.registry.providers.get(spec.type)!;
    const opened = definition.open({
      params: spec.params as never,
      file: contents.path,
      secret: (variable) => world.env[variable],
      allowsOrigin: world.allowsOrigin,
      exchanges: world.exchanges,
      shared<T>(key: string, make: () => T): T {
        if (!shared.has(key)) shared.set(key, make());
        return shared.get(key) as T;
      },
    });
    connections.set(name, opened);
    return opened;
  }

  const serve = async (type: string, path: string): Promise<Pick<Model, "free" | "kept" | "answer">> => {
    const definition = plan.registry.providers.get(type)!;
    if (definition.openArtifact === undefined)
      throw new Error(`provider type ${type} serves no tuned models`);
    const key = `artifact ${path}`;
    const opened = connections.get(key) ?? definition.openArtifact(path);
    connections.set(key, opened);
    const connection = await opened;
    return {
      free: definition.free,
      kept: definition.kept,
      answer: (ask) =>
        connection.answer(
          { model: path, messages: ask.messages, parameters: ask.parameters, draw: ask.draw },
          { concurrency: 1, timeoutMs: 600_000, retries: 0, stop },
          signal,
        ),
    };
  };

  return {
    open,
    connect,
    async close() {
      const opened = await Promise.allSettled(connections.values());
      await Promise.all(opened.map((one) => (one.status === "fulfilled" ? one.value.close() : undefined)));
    },
  };
}

/** An output that a step needs was damaged and set aside: the step that made it has to run again. */
export class DamagedInput extends Error {
  override readonly name = "DamagedInput";
  readonly producer: string;

  constructor(producer: string) {
    super(`an output of ${producer} was damaged`);
    this.producer = producer;
  }
}

/** The function of a text whose faults the plan has found already. */
export function evaluator(
  text: string,
  kind: "template" | "expression" | "value",
): (scope: { readonly [root: string]: unknown }) => unknown {
  const compiled = compileText(text, kind);
  if (!compiled.ok) throw new Error(`not compiled: ${text}`);
  return compiled.evaluate;
}
