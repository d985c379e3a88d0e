import type { ModelAnswer } from "../runner/provider.ts";
import type { AskedCascade } from "./ask-cascade.ts";

/** What came of asking a model one thing. */
export interface Asked {
  readonly model: string;
  readonly prompt: string;
  /** Who gave the answer: the model itself, or one of a cascade's two. */
  readonly answered_by: string;
  readonly answer: ModelAnswer;
  /** Of the first model of a cascade, else of the model itself; null where they are not told. */
  readonly probabilities: {
    readonly of: string;
    readonly labels: readonly { readonly label: string; readonly probability: number }[];
  } | null;
  /** The cascade that was asked, or those that the model is the first of. */
  readonly cascades: readonly AskedCascade[];
  /** Why the fallback of the cascade, which should have answered, did not. */
  readonly failure: { readonly message: string; readonly hint: string | undefined } | null;
}
