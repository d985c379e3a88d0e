import type { PlanContents } from "./contents.ts";
import { digestJson, keyedRequest, modelDigest, providerIdentity } from "./key.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { Connection, ModelAnswer } from "./provider.ts";
import type { JsonObject } from "./row.ts";
import { specName } from "./spec-name.ts";
import type { Ask, Execution, Model } from "./step.ts";
import type { Store, Tags } from "./store.ts";
import { compileText } from "./texts.ts";
import type { World } from "./world.ts";

/** What one step asks for while it runs. */
export interface Purchase {
  readonly execution: Execution;
  /** False where an answer that is not kept must not be bought again. */
  readonly mayBuy: boolean;
  /** Requests that were sent to providers that are not free. */
  requests: number;
  /** Tokens of all answers that told them. */
  tokens: { input: number; output: number } | null;
  /** Model names that providers resolved, by model digest. */
  readonly resolved: Map<string, Set<string>>;
  readonly tags: Tags[];
  /** Keys of the answers that it got, bought now or kept before. */
  readonly answers: Set<string>;
}

/** Asking would buy again what the lock says was bought before. */
export class WouldBuyAgain extends Error {
  override readonly name = "WouldBuyAgain";
}

/** The models of a run: opened on first use, closed together. */
export interface Models {
  open(node: PlanNode, reference: string, purchase: Purchase): Promise<Model>;
  close(): Promise<void>;
}

/** Opens models over the store: an answer that is kept is never asked for again. */
export function openModels(options: {
  readonly plan: Plan;
  readonly store: Store;
  readonly contents: PlanContents;
  readonly world: World;
  /** Aborted when no further attempt should be made. */
  readonly stop?: AbortSignal;
  /** Aborts requests that are under way. */
  readonly signal: AbortSignal;
}): Models {
  const { plan, store, contents, world, signal } = options;
  const connections = new Map<string, Promise<Connection>>();
  const stopping = options.stop === undefined ? {} : { stop: options.stop };
  const underWay = new Map<string, Promise<ModelAnswer>>();

  const open: Models["open"] = async (node, reference, purchase) => {
    const found = node.references.get(reference)!;
    const digest = modelDigest(plan, node, reference, contents);
    const base = { name: reference, digest };
    if (found.from === "model") return { ...base, ...providerModel(node, found.name, digest, purchase) };
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

  function providerModel(
    node: PlanNode,
    name: string,
    digest: string,
    purchase: Purchase,
  ): Pick<Model, "free" | "kept" | "answer"> {
    const model = plan.spec.models.get(name)!;
    const spec = plan.spec.providers.get(model.provider)!;
    const definition = plan.registry.providers.get(spec.type)!;
    const identity = providerIdentity(plan, model.provider, contents);
    return {
      free: definition.free,
      kept: definition.kept,
      async answer(ask) {
        const request = {
          model: model.model,
          messages: ask.messages,
          parameters: { ...model.request, ...ask.parameters } as JsonObject,
          draw: ask.draw,
        };
        const send = async () => {
          if (!definition.free && !purchase.mayBuy) throw new WouldBuyAgain(name);
          const connection = await connect(model.provider);
          // What was refused before it was sent, for want of a key or of permission, is no request.
          if (!definition.free) purchase.requests++;
          return connection.answer(request, { ...purchase.execution, ...stopping }, signal);
        };
        if (!definition.kept) return send();
        const key = answerKey(identity, model.model, ask, request.parameters);
        const answer = await keep(key, async () => {
          const fresh = await send();
          const stored = await store.keepAnswer({
            key,
            provider: identity,
            model: model.model,
            request: {
              messages: ask.messages as unknown as JsonObject["x"],
              ...request.parameters,
            } as JsonObject,
            sample: ask.draw.sample,
            answer: fresh,
            created: world.now(),
          });
          return stored.answer;
        });
        note(purchase, digest, answer);
        purchase.answers.add(key);
        if (ask.tags !== undefined)
          purchase.tags.push({
            answer: key,
            spec: specName(plan.spec),
            step: node.id,
            item: ask.tags.item,
            metadata: ask.tags.metadata,
          });
        return answer;
      },
    };
  }

  // Two steps that run side by side may want the same answer: it is sent for once.
  function keep(key: string, fetch: () => Promise<ModelAnswer>): Promise<ModelAnswer> {
    const known = store.answer(key);
    if (known !== undefined) return Promise.resolve(known.answer);
    const running = underWay.get(key);
    // The other step may be forbidden to buy what this one may.
    if (running !== undefined)
      return running.catch((error: unknown) => {
        if (error instanceof WouldBuyAgain) return keep(key, fetch);
        throw error;
      });
    const fresh = fetch().finally(() => underWay.delete(key));
    underWay.set(key, fresh);
    return fresh;
  }

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
          { concurrency: 1, timeoutMs: 600_000, retries: 0, ...stopping },
          signal,
        ),
    };
  };

  return {
    open,
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

/** An answer's key: provider, model, rendered request and draw; no metadata, price or number of samples. */
function answerKey(
  provider: JsonObject,
  model: string,
  ask: Pick<Ask, "messages" | "draw">,
  parameters: JsonObject,
): string {
  return digestJson({
    provider,
    model,
    messages: ask.messages,
    parameters: keyedRequest(parameters),
    sample: ask.draw.sample,
    ...(ask.draw.occurrence === 0 ? {} : { occurrence: ask.draw.occurrence }),
  });
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

function note(purchase: Purchase, digest: string, answer: ModelAnswer): void {
  if (answer.usage !== null) {
    purchase.tokens ??= { input: 0, output: 0 };
    purchase.tokens.input += answer.usage.input_tokens;
    purchase.tokens.output += answer.usage.output_tokens;
  }
  if (answer.resolved_model === null) return;
  const names = purchase.resolved.get(digest) ?? new Set();
  names.add(answer.resolved_model);
  purchase.resolved.set(digest, names);
}
