import { widthOf } from "../cells.ts";
import { formatDiagnostics } from "../format-diagnostic.ts";
import { drawHeader } from "./draw-header.ts";
import { drawStep } from "./draw-step.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";
import { nextState, type StepState, waitingStep } from "./step-state.ts";
import { foreign, paint } from "./text-layout.ts";

/** A step that runs long says so every so often, and no oftener. */
const progressEveryMs = 10_000;

/** Tells a run as plain lines, as they come: for CI and pipes. */
export function openLinesReporter({
  write,
  color,
  brief = new Set(),
  now = () => performance.now(),
}: ReporterOptions): Reporter {
  const steps = new Map<string, StepState>();
  const toldMs = new Map<string, number>();
  let nameWidth = 0;
  const style = (id: string) => ({
    nameWidth,
    paint: paint(color),
    brief: brief.has(id),
    spinner: "·",
    nowMs: now(),
  });
  const draw = (state: StepState) => write(`${drawStep(state, style(state.id)).join("\n")}\n`);

  return {
    event(event) {
      switch (event.type) {
        case "run-started":
          nameWidth = Math.max(0, ...event.steps.map(({ id }) => widthOf(id)));
          write(`${drawHeader(event)}\n\n`);
          return;
        case "diagnostic":
          write(`${formatDiagnostics([event.diagnostic], { color })}\n`);
          return;
        case "run-finished":
          return;
        default: {
          const state = nextState(steps.get(event.id) ?? waitingStep(event.id), event, now());
          steps.set(event.id, state);
          if (event.type === "step-finished") draw(state);
          if (event.type === "step-started") toldMs.set(event.id, now());
          if (event.type !== "step-progress" || now() - (toldMs.get(event.id) ?? 0) < progressEveryMs) return;
          toldMs.set(event.id, now());
          draw({ ...state, warnings: [] });
        }
      }
    },
    note: (message) => write(`${foreign(message)}\n`),
    close: async () => {},
  };
}
