import type { GraderDefinition } from "../../runner/grader.ts";
import { regex } from "./regex.ts";
import { stringCheck } from "./string-check.ts";

/** Every grader type. A new one is a file beside this, and a line here. */
export const graders = [stringCheck, regex] as readonly GraderDefinition[];
