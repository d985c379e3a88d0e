import { createInterface } from "node:readline/promises";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/**
 * Asks on a terminal before something that cannot be taken back; elsewhere it needs `--yes`.
 *
 * @throws Stop where the answer is no, or nobody can be asked
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes === true) return;
  if (!isTerminal())
    throw new Stop(exit.usage, "nothing was removed: nobody is here to be asked", "say --yes, or --dry-run");
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on("SIGINT", interrupt);
  try {
    const untouched = "nothing was removed";
    const answer = await askHere(`${question} [y/N] `, { signal: interrupted.signal, untouched });
    if (!isYes(answer)) throw new Stop(exit.usage, untouched);
  } finally {
    process.off("SIGINT", interrupt);
  }
}

/** True where somebody can be asked. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** True for an answer that agrees. */
export function isYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer.trim());
}

/** How a question is asked. */
export interface Asking {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** What holds where nobody answers, such as "nothing was sent". */
  readonly untouched: string;
  /** The terminal, where it is not that of the process. */
  readonly input?: NodeJS.ReadableStream;
  readonly output?: NodeJS.WritableStream;
}

/**
 * Gives the line with which a question is answered; an empty one at the end of the input.
 *
 * @throws Stop with exit code 130 where the signal is aborted
 */
export async function askHere(question: string, asking: Asking): Promise<string> {
  const { signal, untouched, input = process.stdin, output = process.stderr } = asking;
  // Not as a terminal: Ctrl-C must reach whoever listens for it.
  const lines = createInterface({ input, output, terminal: false });
  const ended = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)));
  try {
    // At the end of the input an open question is never answered.
    const answer = await Promise.race([lines.question(question, { signal }), ended]);
    if (answer === undefined) output.write("\n");
    return answer ?? "";
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Stop(exit.interrupted, untouched);
  } finally {
    lines.close();
  }
}
