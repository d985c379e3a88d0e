import { type ApiError, notFound } from "./api-error.ts";
import { checkSchema } from "./check-schema.ts";
import { batchLineSchema } from "./schemas.ts";
import { type CompletionRequest, validateRequest } from "./validate.ts";

/** One request of a batch. */
export interface BatchLine {
  readonly customId: string;
  readonly request: CompletionRequest;
  /** Why this request alone is refused. */
  readonly fault: ApiError | undefined;
}

/** Why a whole batch fails, as the batch object tells it. */
export interface BatchError {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  readonly line: number | null;
}

/**
 * Reads the input file of a batch as the API does: a file that is malformed, has two models, two requests of one
 * name, or too many of them fails as a whole; a request whose body is refused fails alone.
 */
export function readBatchInput(
  text: string,
  limits: { readonly maxRequests: number; modelExists(name: string): boolean },
): readonly BatchLine[] | { readonly errors: readonly BatchError[] } {
  const texts = text.split("\n");
  if (texts.at(-1) === "") texts.pop();
  if (texts.length === 0) return failed("empty_file", "The input file is empty.", null);
  if (texts.length > limits.maxRequests) {
    return failed("too_many_tasks", `The batch has more than ${limits.maxRequests} requests.`, null);
  }
  const lines: BatchLine[] = [];
  const errors: BatchError[] = [];
  const names = new Set<string>();
  const model = modelOf(texts[0] ?? "");
  for (const [index, text] of texts.entries()) {
    const read = readLine(text);
    const fault = "code" in read ? read : faultBetweenLines(read, { names, model });
    if (fault !== undefined) errors.push({ ...fault, line: index + 1 });
    else if ("body" in read) {
      names.add(read.custom_id);
      lines.push({
        customId: read.custom_id,
        request: read.body,
        fault: validateRequest(read.body) ?? unknownModel(read.body.model, limits.modelExists),
      });
    }
  }
  // The API, too, shows but the first of them.
  return errors.length > 0 ? { errors: errors.slice(0, 100) } : lines;
}

type LineFault = Omit<BatchError, "line">;

interface InputLine {
  readonly custom_id: string;
  readonly body: CompletionRequest;
}

const checkLine = checkSchema(batchLineSchema);

function readLine(text: string): InputLine | LineFault {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return { code: "invalid_json_line", message: "This line is not parseable as valid JSON.", param: null };
  }
  const fault = checkLine(line);
  if (fault === undefined) return line as InputLine;
  const code = fault.param === "url" || fault.param === "method" ? `invalid_${fault.param}` : fault.code;
  return { code: code ?? "invalid_request", message: fault.message, param: fault.param };
}

function faultBetweenLines(
  line: InputLine,
  { names, model }: { readonly names: ReadonlySet<string>; readonly model: unknown },
): LineFault | undefined {
  if (names.has(line.custom_id)) {
    const message = `The custom_id '${line.custom_id}' was used more than once.`;
    return { code: "duplicate_custom_id", message, param: "custom_id" };
  }
  if (line.body.model !== model) {
    const message = `The model '${line.body.model}' is not that of the first request, '${model}'.`;
    return { code: "mismatched_model", message, param: "body.model" };
  }
  return undefined;
}

function modelOf(text: string): unknown {
  try {
    return JSON.parse(text)?.body?.model;
  } catch {
    return undefined;
  }
}

function unknownModel(name: string, exists: (name: string) => boolean): ApiError | undefined {
  return exists(name) ? undefined : notFound(`The model '${name}' does not exist.`, "model_not_found");
}

function failed(
  code: string,
  message: string,
  line: number | null,
): { readonly errors: readonly BatchError[] } {
  return { errors: [{ code, message, param: null, line }] };
}
