import { assembleSchema } from "../runner/schema.ts";
import { registry } from "./registry.ts";

/** `distill schema`. */
export function schema(): void {
  process.stdout.write(`${JSON.stringify(assembleSchema(registry), null, 2)}\n`);
}
