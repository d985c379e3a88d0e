import { type BatchResult, RequestFailure } from "../../../runner/provider.ts";
import { readCompletion } from "./completion.ts";

/**
 * Reads a file of results line by line; trusts none of it.
 * @throws RequestFailure where a line is broken, as in a download that ends early
 */
export function* readBatchResults(text: string, origin: string): Generator<BatchResult> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
    if (line.trim() !== "") yield readLine(line, origin);
  }
}

type Fields = { readonly [name: string]: unknown };

function readLine(text: string, origin: string): BatchResult {
  const line = parseLine(text, origin);
  const id = line.custom_id;
  if (typeof id !== "string") throw new RequestFailure(`${origin} sent a batch's result without custom_id`);
  if (!isFields(line.response)) return { id, ...readFault(line.error) };
  const { status_code: status, body } = line.response;
  if (status !== 200) {
    const error = isFields(body) ? body.error : undefined;
    const said = readFault(error).fault;
    return { id, fault: `${String(status)}: ${said}`, again: isPassing(status) };
  }
  const read = readCompletion(body, 0);
  return "answer" in read ? { id, answer: { ...read.answer, latency_ms: null } } : { id, ...read };
}

function parseLine(text: string, origin: string): Fields {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {}
  if (isFields(line)) return line;
  throw new RequestFailure(`${origin} sent a file of results that ends or breaks in the middle`);
}

/** Of a request that was not carried out, as in a batch that expired or was cancelled. */
function readFault(error: unknown): { readonly fault: string; readonly again: boolean } {
  const { message, code } = isFields(error) ? error : {};
  const said = typeof message === "string" ? message : code;
  return { fault: oneLine(typeof said === "string" ? said : "no reason was told"), again: true };
}

function isPassing(status: unknown): boolean {
  return typeof status !== "number" || status >= 500 || [408, 409, 429].includes(status);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function oneLine(text: string): string {
  const line = text
    .slice(0, 2000)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .replace(/\.$/, "");
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
