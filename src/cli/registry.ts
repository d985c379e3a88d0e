import type { Registry } from "../runner/registry.ts";
import { graders } from "../steps/graders/index.ts";
import { steps } from "../steps/index.ts";
import { providers } from "../steps/providers/index.ts";
import { trainers } from "../steps/trainers/index.ts";

/** Every step, grader, trainer and provider that distill knows. */
export const registry: Registry = {
  steps: new Map(steps.map((step) => [step.name, step])),
  graders: new Map(graders.map((grader) => [grader.name, grader])),
  trainers: new Map(trainers.map((trainer) => [trainer.name, trainer])),
  providers: new Map(providers.map((provider) => [provider.name, provider])),
};
