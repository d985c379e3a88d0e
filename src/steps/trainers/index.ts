import type { TrainerDefinition } from "../../runner/trainer.ts";
import { classifier } from "./classifier.ts";

/** Every trainer. A new one is a file beside this, and a line here. */
export const trainers = [classifier] as readonly TrainerDefinition[];
