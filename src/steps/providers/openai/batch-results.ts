import { type BatchResult, RequestFailure } from "../../../runner/provider.ts";
import { readCompletion } from "./completion.ts";
import { tidy } from "./tidy.ts";

/** Whose results are read. */
export interface ResultsContext {
  readonly origin: string;
  /** Taken out of every text that the server wrote. */
  readonly apiKey: string | undefined;
}

/**
 * Reads a file of results line by line; trusts none of it.
 * @throws RequestFailure where a line is broken, as in a download that ends early
 */
export async function* readBatchResults(
  lines: AsyncIterable<string>,
  context: ResultsContext,
): AsyncGenerator<BatchResult> {
  for await (const line of lines) if (line.trim() !== "") yield readResult(line, context);
}

type Fields = { readonly [name: string]: unknown };

function readResult(text: string, { origin, apiKey }: ResultsContext): BatchResult {
  const line = parseLine(text, origin);
  const id = line.custom_id;
  if (typeof id !== "string") throw new RequestFailure(`${origin} sent a batch's result without custom_id`);
  if (!isFields(line.response)) return { id, fault: tidy(readFault(line.error), apiKey), again: true };
  const { status_code: status, body } = line.response;
  if (status !== 200) {
    const error = isFields(body) ? body.error : undefined;
    return { id, fault: tidy(`${String(status)}: ${readFault(error)}`, apiKey), again: isPassing(status) };
  }
  const read = readCompletion(body, 0);
  if ("answer" in read) return { id, answer: { ...read.answer, latency_ms: null } };
  return { id, fault: tidy(read.fault, apiKey), again: read.again };
}

function parseLine(text: string, origin: string): Fields {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {}
  if (isFields(line)) return line;
  throw new RequestFailure(`${origin} sent a file of results that ends or breaks in the middle`);
}

/** Why a request got no answer, as the server tells it. */
function readFault(error: unknown): string {
  const { message, code } = isFields(error) ? error : {};
  const said = typeof message === "string" ? message : code;
  return typeof said === "string" ? said : "no reason was told";
}

function isPassing(status: unknown): boolean {
  return typeof status !== "number" || status >= 500 || [408, 409, 429].includes(status);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
