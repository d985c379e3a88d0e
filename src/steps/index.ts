import type { StepDefinition } from "../runner/step.ts";
import { cascade } from "./cascade.ts";
import { command } from "./command.ts";
import { compare } from "./compare.ts";
import { evaluate } from "./evaluate.ts";
import { filter } from "./filter.ts";
import { generate } from "./generate.ts";
import { split } from "./split.ts";
import { storedCompletions } from "./stored-completions.ts";
import { train } from "./train.ts";

/** Every step type. A new one is a file beside this, and a line here. */
export const steps = [
  split,
  generate,
  storedCompletions,
  filter,
  train,
  evaluate,
  cascade,
  compare,
  command,
] as readonly StepDefinition[];
