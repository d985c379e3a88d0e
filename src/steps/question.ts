import type { Ask, Model } from "../runner/asking.ts";
import type { ModelAnswer } from "../runner/provider.ts";
import type { StepContext } from "../runner/step.ts";

/** One request of a step: which model is asked what, and for which item. */
export interface Question {
  /** The item's id. */
  readonly item: string;
  readonly model: Model;
  readonly ask: Ask;
}

/** An answer, and the item that it is to. */
export interface Answered {
  /** The item's id. */
  readonly item: string;
  readonly answer: ModelAnswer;
}

/** What asking needs of a step's context. */
export type AskContext = Pick<StepContext<unknown>, "execution" | "signal" | "progress">;
