import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { AnswerScript } from "./answer.ts";
import { type FaultKind, faultKinds } from "./faults.ts";
import { startFakeOpenAI } from "./server.ts";

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
  },
});

const module = values.answer === undefined ? {} : await import(pathToFileURL(resolve(values.answer)).href);
const server = await startFakeOpenAI({
  port: Number(values.port),
  latencyMs: Number(values.latency),
  faults: {
    rate: Number(values["fault-rate"]),
    kinds: values.faults.split(",").filter(isFault),
    seed: Number(values.seed),
  },
  ...(values.ledger === undefined ? {} : { ledgerFile: values.ledger }),
  ...(values.key === undefined ? {} : { apiKey: values.key }),
  ...("answer" in module ? { answer: module.answer as AnswerScript } : {}),
});
process.stdout.write(`${server.url}\n`);
process.once("SIGTERM", () => void server.close());

function isFault(name: string): name is FaultKind {
  return (faultKinds as readonly string[]).includes(name);
}
