import type { RunResult } from "../runner/event.ts";
import { formatUsd } from "../runner/money/format-usd.ts";
import { formatSeconds } from "../runner/reporters/draw-step.ts";
import { foreign } from "../runner/reporters/text-layout.ts";
import { formatCounted } from "../steps/format.ts";

/** What the last lines of a run are drawn from. */
export interface Closing {
  readonly result: RunResult;
  readonly seconds: number;
  /** The spec's path as the user would type it. */
  readonly spec: string;
  /** Names of the files that were written; empty where all of them said the same already. */
  readonly wrote: readonly string[];
  /** True where lock and report say how it ended: all is done, or held back by a verdict. */
  readonly complete: boolean;
  /** Why no file is written, where none is meant to be. */
  readonly mode: "whole" | "only" | "frozen" | "sample";
}

/** The last lines of a run: what was written, what was spent, and what to do next. */
export function formatClosing(closing: Closing): string {
  const { result, seconds } = closing;
  const spent = `${formatSeconds(seconds)}, ${formatSpending(result)}`;
  return `${describeFiles(closing)}   ${spent}\nNext: ${nextThing(closing)}\n`;
}

function formatSpending({ requests, cost_usd, cost_usd_at_least = 0 }: RunResult): string {
  if (requests === 0) return "nothing spent";
  const count = formatCounted(requests, "request");
  if (cost_usd === null && cost_usd_at_least > 0)
    return `spent at least ${formatUsd(cost_usd_at_least)} for ${count}`;
  if (cost_usd === null) return `${count} sent, cost not recorded`;
  return cost_usd === 0 ? `${count} sent, nothing billed` : `spent ${formatUsd(cost_usd)} for ${count}`;
}

function describeFiles({ result, wrote, mode, complete }: Closing): string {
  const open = complete ? [] : openSteps(result);
  if (mode === "sample" && open.every(({ status }) => status !== "failed"))
    return `Sampled: ${formatCounted(result.requests, "answer")}, nothing written`;
  if (open.length > 0)
    return `${open.length} of ${formatCounted(result.steps.length, "step")} not done, nothing written`;
  if (mode === "frozen") return "Everything is kept, nothing was run";
  if (mode === "only") return "Done; lock and report are left as they are";
  return wrote.length === 0
    ? "Lock and report say the same already"
    : `Wrote ${wrote.map(foreign).join(", ")}`;
}

function nextThing(closing: Closing): string {
  const { result, mode, complete } = closing;
  const spec = foreign(closing.spec);
  const stem = spec.replace(/\.ya?ml$/i, "");
  const open = complete ? [] : openSteps(result);
  if (open.some(({ status }) => status === "failed"))
    return `mend what is told above, then distill run ${spec}: what is done is kept`;
  if (mode === "sample") return `distill plan ${spec} now tells what the whole run costs`;
  if (open.length > 0) return `distill run ${spec} goes on from here: what is done is kept`;
  if (mode !== "whole") return `distill report ${spec}`;
  if (result.verdict === "fail" || result.verdict === "undecided") return `read ${stem}.report.md`;
  return `git add ${stem}.*`;
}

function openSteps({ steps }: RunResult): RunResult["steps"] {
  return steps.filter(({ status }) => status === "failed" || status === "incomplete" || status === "skipped");
}
