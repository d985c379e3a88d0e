import type { Execution } from "./asking.ts";
import type { JsonObject } from "./row.ts";

/** What `execution:` of a step says, with what holds where it says nothing. */
export function readExecution(execution: JsonObject): Execution {
  return {
    concurrency: (execution.concurrency as number | undefined) ?? 16,
    timeoutMs: 1000 * ((execution.timeout as number | undefined) ?? 600),
    retries: (execution.retries as number | undefined) ?? 7,
    maxFailedRows: (execution.max_failed_rows as number | undefined) ?? 20,
    mode: execution.mode === "batch" ? "batch" : "live",
    deadlineMs: typeof execution.deadline === "number" ? 1000 * execution.deadline : undefined,
  };
}
