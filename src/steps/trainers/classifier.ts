import type { TrainerDefinition } from "../../runner/step.ts";
export const classifier = {
  name: "classifier",
  version: 1,
  summary: "stub",
  hyperparameters: { type: "object" },
  servedBy: "classifier",
} as unknown as TrainerDefinition;
