import type { RunEvent } from "../event.ts";
import { foreign } from "./text-layout.ts";

/** The first line of a run: `helpdesk-router · 9 steps · 7 to run, 2 cached · no key needed`. */
export function drawHeader({
  spec,
  steps,
  keysNeeded,
}: Extract<RunEvent, { readonly type: "run-started" }>): string {
  const cached = steps.filter((step) => step.cached).length;
  const open = steps.length - cached;
  const work = open === 0 ? "all cached" : cached === 0 ? "all to run" : `${open} to run, ${cached} cached`;
  const keys = keysNeeded.length === 0 ? "no key needed" : `needs ${keysNeeded.map(foreign).join(", ")}`;
  return [foreign(spec), `${steps.length} ${steps.length === 1 ? "step" : "steps"}`, work, keys].join(" · ");
}
