import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, statSync } from "node:fs";
import { cutLines } from "./cut-markdown.mjs";

/**
 * Adds Markdown to the job's summary, as much as GitHub takes of one step.
 *
 * @param {string} file Empty where there is no summary.
 * @param {string} text
 */
export function writeSummary(file, text) {
  if (file === "" || text === "") return;
  const there = existsSync(file) ? statSync(file).size : 0;
  const limit = SUMMARY_BYTES - there - ROOM_FOR_MORE;
  const note = "The rest did not fit into a summary: `distill plan`, `verify` and `diff` print it.";
  appendFileSync(file, `${cutLines({ text, limit, note })}\n\n`);
}

/** GitHub refuses the whole summary of a step that writes more. */
const SUMMARY_BYTES = 1024 * 1024;

/** For what is told after a long text, as why there is no comment. */
const ROOM_FOR_MORE = 4096;

/**
 * Hands values to the steps that follow.
 *
 * @param {string} file Empty where nobody takes them.
 * @param {{ readonly [name: string]: string }} outputs
 */
export function writeOutputs(file, outputs) {
  if (file === "") return;
  for (const [name, value] of Object.entries(outputs)) {
    // Nobody who chose the value can know the line that ends it.
    const end = randomBytes(16).toString("hex");
    appendFileSync(file, `${name}<<${end}\n${value}\n${end}\n`);
  }
}
