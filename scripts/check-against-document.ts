// node scripts/check-against-document.ts OPENAPI.json LEDGER.jsonl...
// Checks every request that the fake server accepted, faults played on top or not, against OpenAI's API document:
// path, method, query, JSON bodies, forms, and the lines of files for batches. Ends with 1 where one is wrong.
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { LedgerLine } from "../test/support/fake-openai/ledger.ts";
import type { FormPart } from "../test/support/fake-openai/read-body.ts";

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: { readonly type?: string };
  }[];
  readonly requestBody?: { readonly content: { readonly [type: string]: unknown } };
}

interface Document {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
}

type Arrival = Extract<LedgerLine, { readonly event: "request" }>;

const [documentFile, ...ledgerFiles] = process.argv.slice(2);
if (documentFile === undefined || ledgerFiles.length === 0) {
  console.error("usage: node scripts/check-against-document.ts OPENAPI.json LEDGER.jsonl...");
  process.exit(2);
}

const document = JSON.parse(readFileSync(documentFile, "utf8")) as Document;
// The document is no strict JSON Schema: it has examples, and formats of its own.
const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false });
ajv.addSchema(document, "document");
const compiled = new Map<string, ValidateFunction>();
const counts = new Map<string, number>();
let [checked, wrong, unanswered] = [0, 0, 0];

for (const file of ledgerFiles) {
  const open = new Map<number, Arrival>();
  for await (const text of createInterface({ input: createReadStream(file) })) {
    const line = JSON.parse(text) as LedgerLine;
    if (line.event === "request") {
      open.set(line.order, line);
      continue;
    }
    const arrival = open.get(line.order);
    open.delete(line.order);
    // What a fault answers was found valid first.
    if (arrival !== undefined && (line.status < 400 || line.fault !== undefined)) judge(file, arrival);
  }
  unanswered += open.size;
}

for (const [name, count] of [...counts].sort()) console.log(`${count}\t${name}`);
if (unanswered > 0) console.log(`${unanswered} without an answer were not judged`);
console.log(`${checked - wrong} of ${checked} requests valid`);
process.exitCode = wrong > 0 || checked === 0 ? 1 : 0;

function judge(file: string, arrival: Arrival): void {
  const url = new URL(arrival.path, "http://ledger");
  const path = findPath(url.pathname.replace(/^\/v1/, ""));
  const method = arrival.method.toLowerCase();
  const operation = path === undefined ? undefined : document.paths[path]?.[method];
  const place = `${file}:${arrival.order}`;
  if (path === undefined || operation === undefined) {
    count(`${arrival.method} ${url.pathname}`, place, "is not in the document");
    return;
  }
  const name = `${arrival.method} ${path}`;
  const at = `#/paths/${pointerPart(path)}/${method}`;
  count(
    name,
    place,
    faultOfQuery(url.searchParams, operation, at) ?? faultOfBody(arrival.body, operation, at),
  );
  if (!Array.isArray(arrival.body) || fieldsOf(arrival.body).purpose !== "batch") return;
  const lines =
    (arrival.body as readonly FormPart[]).find((part) => part.name === "file")?.content.split("\n") ?? [];
  for (const [index, text] of lines.entries()) {
    if (text !== "") count("line of a batch", `${place} line ${index + 1}`, faultOfBatchLine(text));
  }
}

function count(name: string, place: string, fault: string | undefined): void {
  checked++;
  counts.set(name, (counts.get(name) ?? 0) + 1);
  if (fault === undefined) return;
  wrong++;
  console.log(`${place}: ${name} ${fault}`);
}

/** The document's own path for one of a request; exact ones before those with names in braces. */
function findPath(path: string): string | undefined {
  if (Object.hasOwn(document.paths, path)) return path;
  const parts = path.split("/");
  return Object.keys(document.paths).find((pattern) => {
    const wanted = pattern.split("/");
    return (
      wanted.length === parts.length &&
      wanted.every((part, index) => part === parts[index] || (part.startsWith("{") && parts[index] !== ""))
    );
  });
}

function faultOfQuery(query: URLSearchParams, operation: Operation, at: string): string | undefined {
  const given: { [name: string]: unknown } = {};
  for (const [name, value] of query) {
    const [, outer, key] = /^(.+?)\[(.+)\]$/.exec(name) ?? [];
    if (outer === undefined || key === undefined) given[name] = value;
    else given[outer] = { ...(given[outer] as object | undefined), [key]: value };
  }
  const known = operation.parameters ?? [];
  const stranger = Object.keys(given).find(
    (name) => !known.some((parameter) => parameter.in === "query" && parameter.name === name),
  );
  if (stranger !== undefined) return `has an unknown query parameter '${stranger}'`;
  for (const [index, { name, required, schema, in: place }] of known.entries()) {
    if (place !== "query") continue;
    const value = given[name];
    if (value === undefined && required) return `lacks the query parameter '${name}'`;
    if (value === undefined) continue;
    const typed = schema.type === "integer" ? Number(value) : value;
    const fault = faultOf(typed, `${at}/parameters/${index}/schema`);
    if (fault !== undefined) return `has a bad query parameter '${name}': ${fault}`;
  }
  return undefined;
}

function faultOfBody(body: unknown, operation: Operation, at: string): string | undefined {
  if (operation.requestBody === undefined) return body === undefined ? undefined : "has a body";
  const type = Array.isArray(body) ? "multipart/form-data" : "application/json";
  if (!Object.hasOwn(operation.requestBody.content, type)) return `does not take ${type}`;
  const value = Array.isArray(body) ? fieldsOf(body) : body;
  return faultOf(value, `${at}/requestBody/content/${pointerPart(type)}/schema`);
}

/** A form as the object that its schema describes. */
function fieldsOf(parts: readonly FormPart[]): { readonly [name: string]: unknown } {
  const fields: { [name: string]: unknown } = {};
  for (const { name, content } of parts) {
    const [, outer, key] = /^(.+)\[(.+)\]$/.exec(name) ?? [];
    if (outer === undefined || key === undefined) fields[name] = content;
    else {
      const value = /^\d+$/.test(content) ? Number(content) : content;
      fields[outer] = { ...(fields[outer] as object | undefined), [key]: value };
    }
  }
  return fields;
}

function faultOfBatchLine(text: string): string | undefined {
  let line: { readonly method?: unknown; readonly url?: unknown; readonly body?: unknown };
  try {
    line = JSON.parse(text);
  } catch {
    return "is no JSON";
  }
  if (line.method !== "POST" || line.url !== "/v1/chat/completions") return "is no POST /v1/chat/completions";
  return faultOf(line.body, "#/components/schemas/CreateChatCompletionRequest");
}

function faultOf(value: unknown, pointer: string): string | undefined {
  let validate = compiled.get(pointer);
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `document${pointer}` });
    compiled.set(pointer, validate);
  }
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

function pointerPart(part: string): string {
  return encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
}
