import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { AnswerScript } from "./answer.ts";
import { type FaultKind, faultKinds } from "./faults.ts";
import { startFakeOpenAI } from "./server.ts";
import type { PreloadedCompletion } from "./stored.ts";

// node test/support/fake-openai/main.ts --latency 20 --port 0 --ledger calls.jsonl
// The first line on stdout is the URL. Ends by SIGTERM.
const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    latency: { type: "string", default: "0" },
    ledger: { type: "string" },
    key: { type: "string" },
    /** A module that exports `answer`, an AnswerScript. */
    answer: { type: "string" },
    faults: { type: "string", default: "" },
    "fault-rate": { type: "string", default: "0" },
    seed: { type: "string", default: "0" },
    /** JSON such as `{"POST /batches":["server_error"]}`. */
    "route-faults": { type: "string", default: "{}" },
    /** JSON such as `{"requestsPerMinute":600,"tokensPerMinute":60000}`. */
    "rate-limits": { type: "string", default: "{}" },
    /** JSON such as `{"pollsUntilDone":2,"failRate":0.1}`. */
    batch: { type: "string", default: "{}" },
    /** JSON such as `{"gpt-4o":"2026-12-24"}`. */
    "shutdown-dates": { type: "string", default: "{}" },
    /** A JSONL file of completions that are stored from the start. */
    preload: { type: "string" },
  },
});

const module = values.answer === undefined ? {} : await import(pathToFileURL(resolve(values.answer)).href);
const server = await startFakeOpenAI({
  port: Number(values.port),
  latencyMs: Number(values.latency),
  faults: {
    rate: Number(values["fault-rate"]),
    kinds: values.faults === "" ? [] : values.faults.split(",").map(faultKind),
    seed: Number(values.seed),
  },
  routeFaults: JSON.parse(values["route-faults"]),
  rateLimits: JSON.parse(values["rate-limits"]),
  batch: JSON.parse(values.batch),
  shutdownDates: JSON.parse(values["shutdown-dates"]),
  ...(values.preload === undefined ? {} : { stored: readPreloaded(values.preload) }),
  ...(values.ledger === undefined ? {} : { ledgerFile: values.ledger }),
  ...(values.key === undefined ? {} : { apiKey: values.key }),
  ...("answer" in module ? { answer: module.answer as AnswerScript } : {}),
});
process.stdout.write(`${server.url}\n`);
process.once("SIGTERM", () => void server.close());

function faultKind(name: string): FaultKind {
  const kind = faultKinds.find((one) => one === name);
  if (kind === undefined)
    throw new Error(`no fault is called "${name}"; there are: ${faultKinds.join(", ")}`);
  return kind;
}

function readPreloaded(file: string): readonly PreloadedCompletion[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}
