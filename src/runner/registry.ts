import type { GraderDefinition } from "./grader.ts";
import type { ProviderDefinition } from "./provider.ts";
import type { StepDefinition } from "./step.ts";
import type { TrainerDefinition } from "./trainer.ts";

/** Every step, grader, trainer and provider by its type name. */
export interface Registry {
  readonly steps: ReadonlyMap<string, StepDefinition>;
  readonly graders: ReadonlyMap<string, GraderDefinition>;
  readonly trainers: ReadonlyMap<string, TrainerDefinition>;
  readonly providers: ReadonlyMap<string, ProviderDefinition>;
}
