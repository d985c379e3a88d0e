import { printable } from "../runner/sanitize.ts";
import { describeSending, describeSpending } from "./describe-spending.ts";
import { terminalWidth, wrapWords } from "./fit-line.ts";
import type { Sending } from "./model-book.ts";
import type { PlannedStep, ToldPlan } from "./tell-plan.ts";

/**
 * A plan for a terminal of 80 columns: a line for every step that does not simply stay, with the reason and what it
 * asks for.
 *
 *   select     run     rule sure: >= 0.6 → >= 0.7
 *   student    run     its rows change
 *   tune       run     student changes        300 answers of student
 *   4 more     reuse
 */
export function formatPlan({ steps, removed, sendings, against }: ToldPlan): string {
  if (steps.length === 0) return "  no step is selected\n";
  const staying = steps.filter(({ action, id, past }) => action === "reuse" && (past?.id ?? id) === id);
  const lines: readonly PlanLine[] = [
    ...steps
      .filter((step) => !staying.includes(step))
      .map((step) => ({
        name: step.id,
        verb: step.erased ? "stop" : verbs[step.action],
        reason: step.reason,
        asks: describeAsks(step),
      })),
    ...removed.map((id) => ({ name: id, verb: "gone", reason: "not in the spec any more", asks: "" })),
    ...stayingLine(staying.length, steps.length, against?.rev),
  ];
  return `${drawLines(lines).join("\n")}\n${closingLines(steps, sendings).join("\n")}\n`;
}

interface PlanLine {
  readonly name: string;
  readonly verb: string;
  readonly reason: string;
  readonly asks: string;
}

const verbs = { reuse: "reuse", run: "run", open: "maybe" } as const;

function stayingLine(staying: number, all: number, rev: string | undefined): readonly PlanLine[] {
  if (staying === 0) return [];
  const name = staying < all ? `${staying} more` : `all ${all}`;
  const reason = staying < all ? "" : rev === undefined ? "nothing changed" : `nothing changed since ${rev}`;
  return [{ name, verb: "reuse", reason, asks: "" }];
}

function drawLines(lines: readonly PlanLine[]): readonly string[] {
  const shown = lines.map((line) => ({
    ...line,
    name: printable(line.name),
    reason: printable(line.reason),
    asks: printable(line.asks),
  }));
  const names = Math.max(...shown.map(({ name }) => name.length));
  const head = `  ${" ".repeat(names)}  ${" ".repeat(longestVerb)}   `.length;
  const room = terminalWidth - head;
  // A long reason must not push the column of all others out of the picture.
  const asking = shown.filter(({ reason, asks }) => asks !== "" && reason.length <= room / 2);
  const reasons = Math.max(0, ...asking.map(({ reason }) => reason.length));
  return shown.flatMap(({ name, verb, reason, asks }) => {
    const first = `  ${name.padEnd(names)}  ${verb.padEnd(longestVerb)}   `;
    const oneLine = `${reason.padEnd(reasons)}   ${asks}`;
    const texts =
      asks !== "" && oneLine.length <= room
        ? [oneLine]
        : [...wrapWords(reason, room), ...(asks === "" ? [] : wrapWords(asks, room))];
    return texts.map((text, index) => `${index === 0 ? first : " ".repeat(head)}${text}`.trimEnd());
  });
}

const longestVerb = 5;

function describeAsks({ action, asks }: PlannedStep): string {
  if (action === "reuse") return "";
  const known = asks.filter(({ answers }) => answers !== undefined && answers > 0);
  if (known.length === 0) return "";
  const sum = known.reduce((total, { answers }) => total + answers!, 0);
  const upTo = known.some((one) => one.upTo) ? "up to " : "";
  const models = known.map(({ model }) => model).join(", ");
  return `${upTo}${sum.toLocaleString("en-US")} ${sum === 1 ? "answer" : "answers"} of ${models}`;
}

function closingLines(steps: readonly PlannedStep[], sendings: readonly Sending[]): readonly string[] {
  const sentences = [
    `To send: ${sendings.length === 0 ? "0 requests" : sendings.map(describeSending).join("; ")}.`,
    `To spend: ${describeSpending(sendings)}.`,
    ...describeKept(steps),
    ...describeTime(steps),
  ];
  return wrapWords(printable(sentences.join(" ")), terminalWidth - 2).map((line) => `  ${line}`);
}

/** Steps that this store has run already, so that a run here has nothing to do for them. */
function describeKept(steps: readonly PlannedStep[]): readonly string[] {
  const running = steps.filter(({ action }) => action !== "reuse");
  const kept = running.filter(({ kept }) => kept);
  if (kept.length === 0) return [];
  return [
    kept.length === running.length
      ? "This store keeps all of it already."
      : `This store keeps ${kept.map(({ id }) => id).join(", ")} already.`,
  ];
}

function describeTime(steps: readonly PlannedStep[]): readonly string[] {
  const running = steps.filter(({ action, kept }) => action !== "reuse" && !kept);
  const known = running.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]));
  if (known.length === 0) return [];
  const sum = known.reduce((total, one) => total + one, 0);
  const time = sum < 120 ? `${Math.max(1, Math.round(sum))} s` : `${Math.round(sum / 60)} min`;
  return [`${known.length < running.length ? "At least" : "About"} ${time}.`];
}
