import type { Execution } from "./asking.ts";
import type { Claims } from "./claims.ts";
import type { Budget, Intent } from "./money/budget.ts";
import type { Price } from "./money/price.ts";
import { priceFor } from "./money/price-of.ts";
import { measureRequest } from "./money/request-size.ts";
import type { Connection, ModelAnswer, ModelRequest, ProviderDefinition } from "./provider.ts";
import type { Purchase } from "./purchase.ts";
import type { JsonObject } from "./row.ts";
import type { ModelSpec, ProviderSpec } from "./spec.ts";
import type { Store, StoredAnswer } from "./store.ts";

/** A model of the spec that a provider answers for. */
export interface ProvidedModel {
  /** Its name in the spec. */
  readonly name: string;
  readonly digest: string;
  readonly spec: ModelSpec;
  readonly provider: ProviderSpec;
  readonly definition: ProviderDefinition;
  /** The provider's identity. */
  readonly identity: JsonObject;
  readonly price: Price | undefined;
  /** The day on which it goes by its provider's list; undefined where that names none. */
  readonly shutdownDate: string | undefined;
}

/** What the models of one run have in common. */
export interface Shop {
  readonly store: Store;
  readonly budget: Budget;
  /** True where answers come from a recording, so that nothing is spent. */
  readonly replays: boolean;
  readonly signal: AbortSignal;
  readonly stop: AbortSignal;
  connect(provider: string): Promise<Connection>;
  now(): number;
  /** Answers under way, by key: two steps that run side by side may want the same one. */
  readonly underWay: Map<string, Promise<StoredAnswer>>;
  /** What is about to be handed in: it is not asked live, nor by another batch. */
  readonly claims: Claims;
}

/** Who asks. */
export interface Asker {
  readonly purchase: Purchase;
  /** The spec's name, as tags hold it. */
  readonly spec: string;
  readonly step: string;
}

/** An answer that was bought. */
export interface Bought {
  readonly key: string;
  readonly request: ModelRequest;
  readonly answer: ModelAnswer;
  /** US dollars; null where that is not known. */
  readonly paid: number | null;
}

/** What a request may cost, as the budget takes it. */
export function intentOf(model: ProvidedModel, request: ModelRequest, mode: Execution["mode"]): Intent {
  const { messages, parameters } = request;
  return {
    model: model.name,
    price: priceFor(model.price, parameters),
    billed: isBilled(model.definition, model.provider, model.spec),
    size: measureRequest(messages, parameters),
    batch: mode === "batch",
  };
}

/**
 * True where somebody pays for what a provider answers, or may have to. A server on this machine that needs no key may
 * hold one itself, and pass on what it is asked: a price in the spec says so.
 */
export function isBilled(
  definition: ProviderDefinition,
  { params }: ProviderSpec,
  { price }: ModelSpec,
): boolean {
  if (definition.free) return false;
  return (price !== undefined && hasRate(price)) || (definition.billed?.(params as never) ?? true);
}

function hasRate({ input, output, batch_input = 0, batch_output = 0 }: Price): boolean {
  return [input, output, batch_input, batch_output].some((rate) => rate > 0);
}
