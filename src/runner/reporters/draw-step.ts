import { widthOf } from "../cells.ts";
import type { StepState } from "./step-state.ts";
import { foreign, foreignLines, lineWidth, type Paint, pad, wrapText } from "./text-layout.ts";

/** How steps are drawn. */
export interface StepStyle {
  /** Columns of the longest name. */
  readonly nameWidth: number;
  readonly paint: Paint;
  /** True where only the first of a step's lines is told. */
  readonly brief: boolean;
  /** For a step that runs: what stands before its name. */
  readonly spinner: string;
  readonly nowMs: number;
}

/**
 * Draws one step:
 *
 *     ✓ select     1,612 of 1,880 rows kept                                0.2 s
 *                  complete     −0    sure        −241
 */
export function drawStep(step: StepState, style: StepStyle): readonly string[] {
  const { paint, nameWidth } = style;
  const { mark, tone, right } = looks[step.phase](step, style);
  const column = 2 + 1 + 1 + nameWidth + 2;
  const [first = "", ...rest] =
    step.phase === "running" ? drawProgress(step, lineWidth - column - widthOf(right)) : tell(step);
  const told = wrapText(first, lineWidth - column - (right === "" ? 0 : widthOf(right) + 2));
  const head = `  ${mark === " " ? mark : paint(tone, mark)} ${pad(foreign(step.id), nameWidth)}  `;
  const gap = lineWidth - column - widthOf(told[0] ?? "");
  const lines = [
    right === ""
      ? head + (told[0] ?? "")
      : `${head}${told[0] ?? ""}${paint("dim", pad(right, gap, "start"))}`,
  ];
  const indent = " ".repeat(column);
  for (const line of told.slice(1)) lines.push(indent + line);
  const extra = style.brief && isDone(step) ? [] : rest;
  for (const line of extra)
    for (const part of wrapText(line, lineWidth - column - 2)) lines.push(`${indent}  ${part}`);
  for (const warning of step.warnings)
    for (const [index, part] of wrapText(foreign(warning), lineWidth - column - 2).entries())
      lines.push(`${indent}${index === 0 ? paint("yellow", "!") : " "} ${part}`);
  return lines.map((line) => line.trimEnd());
}

/** A time that a step took: `0.2 s`, `1 min 05 s`, `2 h 05 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

type Look = { readonly mark: string; readonly tone: Parameters<Paint>[0]; readonly right: string };

const looks: { readonly [P in StepState["phase"]]: (step: StepState, style: StepStyle) => Look } = {
  waiting: () => ({ mark: " ", tone: "dim", right: "" }),
  running: ({ startedMs, progress }, { spinner, nowMs }) => {
    const seconds = Math.floor((nowMs - startedMs) / 1000);
    return {
      mark: spinner,
      tone: "cyan",
      right: progress === undefined && seconds > 0 ? `${seconds} s` : "",
    };
  },
  ran: ({ seconds }) => ({ mark: "✓", tone: "green", right: formatSeconds(seconds) }),
  cached: () => ({ mark: "✓", tone: "green", right: "cached" }),
  failed: ({ seconds }) => ({ mark: "✗", tone: "red", right: formatSeconds(seconds) }),
  incomplete: ({ seconds }) => ({ mark: "!", tone: "yellow", right: formatSeconds(seconds) }),
  skipped: () => ({ mark: "–", tone: "dim", right: "" }),
};

function isDone({ phase }: StepState): boolean {
  return phase === "ran" || phase === "cached";
}

/** What a step says beside its name, and below it. */
function tell(step: StepState): readonly string[] {
  if (step.phase === "waiting") return ["waits"];
  const own = step.lines.flatMap(foreignLines);
  // What a cached step said in full when it ran need not be said again.
  if (step.phase === "cached") return own.slice(0, 1);
  if (step.phase === "ran") return own;
  const [message = "", ...more] = step.message === undefined ? [] : foreignLines(step.message);
  const hint = step.hint === undefined ? [] : foreignLines(step.hint);
  return [message === "" ? step.phase : `${step.phase}: ${message}`, ...more, ...hint];
}

function drawProgress({ progress }: StepState, columns: number): readonly string[] {
  if (progress === undefined) return [];
  const count = (value: number) => value.toLocaleString("en-US");
  const note = progress.note === undefined ? "" : `   ${foreign(progress.note)}`;
  if (progress.total <= 0) return [`${count(progress.done)}${note}`];
  const total = count(progress.total);
  const figures = `${count(progress.done).padStart(total.length)}/${total}${note}`;
  const room = columns - widthOf(figures) - 2;
  return [room < 10 ? figures : `${drawBar(progress.done / progress.total, Math.min(room, 31))}  ${figures}`];
}

function drawBar(share: number, columns: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * columns);
  return full >= columns ? "━".repeat(columns) : `${"━".repeat(full)}╺${"─".repeat(columns - full - 1)}`;
}
