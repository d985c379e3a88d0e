import { setTimeout as sleep } from "node:timers/promises";
import { type AnswerScript, type Completion, completionOf, hashedAnswer, promptTokens } from "./answer.ts";
import { contentHash } from "./content-hash.ts";
import type { Contents } from "./contents.ts";
import { drawFault, type FaultKind, isGoodAnswer, type SeededFaults, spoilAnswer } from "./faults.ts";
import { type Models, noSuchModel } from "./models.ts";
import type { Traffic } from "./rate-limits.ts";
import type { Route } from "./route.ts";
import type { StoredCompletions } from "./stored.ts";
import { type CompletionRequest, validateRequest } from "./validate.ts";

/** What the model needs of the rest of the server. */
export interface ModelWorld {
  readonly script: AnswerScript | undefined;
  readonly contents: Contents;
  readonly models: Models;
  readonly stored: StoredCompletions;
}

/** Answers to requests that were found valid, for live calls and batches alike. */
export type Model = (request: CompletionRequest, fault?: FaultKind) => Promise<Completion>;

/** The model behind the server: the n-th good answer to a content is the script's n-th. */
export function scriptModel({ script = hashedAnswer, contents, models, stored }: ModelWorld): Model {
  let made = 0;
  return async (request, fault) => {
    const content = contentHash(request);
    const good = isGoodAnswer(fault);
    const n = good ? contents.answered(content) : contents.answers(content);
    const scripted = spoilAnswer(fault, await script(request, n));
    const completion = completionOf(scripted, request, {
      id: `chatcmpl-${(made++).toString().padStart(8, "0")}`,
      model: models.resolve(request.model) ?? request.model,
      created: 1_700_000_000 + made,
    });
    if (request.store && good) stored.add(completion, request);
    return completion;
  };
}

/** How live calls go. */
export interface LiveWorld {
  readonly model: Model;
  readonly models: Models;
  readonly contents: Contents;
  readonly traffic: Traffic;
  readonly latencyMs: number;
  readonly faults: SeededFaults | undefined;
  readonly faultScript: readonly (FaultKind | undefined)[] | undefined;
}

/** The route of live completions. */
export function liveCompletions(world: LiveWorld): Route {
  const { contents, traffic } = world;
  let valid = 0;
  return {
    method: "POST",
    path: "/chat/completions",
    body: "json",
    async handle({ call, body, gone }) {
      const bad = validateRequest(body);
      if (bad !== undefined) return bad;
      const request = body as CompletionRequest;
      if (world.models.resolve(request.model) === undefined) return noSuchModel(request.model);

      const over = traffic.admit(promptTokens(request));
      if (over !== undefined) {
        call.fault = "over_limit";
        return over;
      }
      const content = contentHash(request);
      const arrival = contents.arrived(content);
      const fault =
        world.faultScript?.[valid++] ?? (world.faults && drawFault(world.faults, content, arrival));
      if (fault !== undefined) call.fault = fault;
      await sleep(world.latencyMs);
      // Nobody is there to be answered, so the model is not asked.
      if (gone()) return { body: {} };
      const completion = await world.model(request, fault);
      if (isGoodAnswer(fault)) traffic.answered(completion.usage.completion_tokens);
      return {
        body: completion,
        headers: traffic.headers(),
        fault,
        ...(isGoodAnswer(fault) ? { delivering: () => contents.buy(content) } : {}),
      };
    },
  };
}
