import type { ListrTaskWrapper } from "listr2";
import { widthOf } from "../cells.ts";
import { drawHeader } from "./draw-header.ts";
import { drawStep } from "./draw-step.ts";
import type { Reporter, ReporterOptions } from "./reporter.ts";
import { nextState, type StepState, waitingStep } from "./step-state.ts";
import { foreign, lineWidth, paint, wrapText } from "./text-layout.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 100;

/** What the terminal needs beyond the other reporters. */
export interface TerminalOptions extends ReporterOptions {
  /** Draws on these streams instead of the process's own. */
  readonly streams?: { readonly stdout: NodeJS.WriteStream; readonly stderr: NodeJS.WriteStream };
}

/**
 * Draws a run as one live block of steps in the order of the plan. listr2 only moves the cursor: every
 * character is drawn here, and where all is cached it is not even loaded.
 */
export function openTerminalReporter(options: TerminalOptions): Reporter {
  const { write, color, brief = new Set(), now = () => performance.now() } = options;
  const steps = new Map<string, StepState>();
  const notes: string[] = [];
  let nameWidth = 0;
  let frame = 0;
  let closed = false;
  let live: Promise<LiveBlock> | undefined;

  const draw = (state: StepState) =>
    drawStep(state, {
      nameWidth,
      paint: paint(color),
      brief: brief.has(state.id),
      spinner: frames[frame % frames.length]!,
      nowMs: now(),
    });
  // What no step said stands below all steps, as one more entry.
  const block = () => [...[...steps.values()].map(draw), notes.flatMap((note) => wrapText(note, lineWidth))];

  return {
    event(event) {
      if (event.type === "run-started") {
        nameWidth = Math.max(0, ...event.steps.map(({ id }) => widthOf(id)));
        for (const { id } of event.steps) steps.set(id, waitingStep(id));
        write(`\n${drawHeader(event)}\n\n`);
      } else if (event.type !== "run-finished" && event.type !== "diagnostic") {
        steps.set(event.id, nextState(steps.get(event.id) ?? waitingStep(event.id), event, now()));
        if (event.type === "step-started")
          live ??= openLiveBlock({
            block,
            tick: () => frame++,
            streams: options.streams,
          });
      }
    },
    note: (message) => void notes.push(foreign(message)),
    async close() {
      if (closed) return;
      closed = true;
      if (live === undefined) write(`${block().flat().join("\n")}\n`);
      else await (await live).end();
    },
  };
}

interface LiveBlock {
  /** Draws it a last time and leaves it standing. */
  end(): Promise<void>;
}

async function openLiveBlock(options: {
  /** The lines of every step, and those below them, as they are now. */
  readonly block: () => readonly (readonly string[])[];
  readonly tick: () => void;
  readonly streams: TerminalOptions["streams"];
}): Promise<LiveBlock> {
  const { DefaultRenderer, Listr, ListrLogger, ProcessOutput } = await import("listr2");
  // Whether there is a terminal was found out before; listr2 would look at the process's own once more.
  class Renderer extends DefaultRenderer {
    static override nonTTY = true as unknown as false;
  }
  const handles: ListrTaskWrapper<unknown, never, never>[] = [];
  const ended = Promise.withResolvers<void>();
  const show = () => {
    for (const [index, lines] of options.block().entries())
      if (handles[index] !== undefined) handles[index].title = asTitle(lines);
  };
  const tasks = options.block().map((lines, index) => ({
    title: asTitle(lines),
    task: (_: unknown, handle: unknown) => {
      handles[index] = handle as (typeof handles)[number];
      // Much may have happened while listr2 was loading.
      handles[index].title = asTitle(options.block()[index]!);
      return ended.promise;
    },
  }));
  const listr = new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    renderer: Renderer,
    rendererOptions: {
      lazy: true,
      icon: { PENDING: "", COMPLETED: "", WAITING: "" },
      ...(options.streams !== undefined && {
        logger: new ListrLogger({
          processOutput: new ProcessOutput(options.streams.stdout, options.streams.stderr),
        }),
      }),
    },
  });
  const running = listr.run();
  const timer = setInterval(() => {
    options.tick();
    show();
  }, frameMs);
  timer.unref();
  return {
    async end() {
      clearInterval(timer);
      show();
      ended.resolve();
      await running;
    },
  };
}

// listr2 indents every line after the first by two of its own.
function asTitle(lines: readonly string[]): string {
  return lines.length === 0
    ? " "
    : lines.map((line, index) => (index === 0 ? line : line.replace(/^ {2}/, ""))).join("\n");
}
