import { printable } from "../runner/sanitize.ts";
import { terminalWidth, wrapWords } from "./fit-line.ts";

/** Tells on standard error what limits an answer; later lines of one note are set in. */
export function tellNotes(notes: readonly string[]): void {
  for (const note of notes)
    process.stderr.write(`${wrapWords(printable(note), terminalWidth - 2).join("\n  ")}\n`);
}
