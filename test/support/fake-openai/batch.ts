import { hash } from "node:crypto";
import { createRandom } from "../../../src/stats/random.ts";
import type { Completion } from "./answer.ts";
import { type BatchOptions, stageOf } from "./batch-course.ts";
import { type BatchError, type BatchLine, readBatchInput } from "./batch-input.ts";
import type { Expiry, Files } from "./files.ts";
import type { CompletionRequest } from "./validate.ts";

/** What a batch needs of the rest of the server. */
export interface BatchWorld {
  readonly options: BatchOptions;
  readonly files: Files;
  modelExists(name: string): boolean;
  /** How often this very request had arrived before; counts this one. */
  arrived(request: CompletionRequest): number;
  /** A good answer, bought by asking. */
  buy(request: CompletionRequest): Promise<Completion>;
}

/** The body of a valid `POST /v1/batches`. */
export interface BatchOrder {
  readonly input_file_id: string;
  readonly endpoint: string;
  readonly completion_window: string;
  readonly metadata?: { readonly [key: string]: string } | null;
  readonly output_expires_after?: Expiry;
}

/** A batch and how far it has come. */
export interface Batch {
  readonly id: string;
  readonly order: BatchOrder;
  readonly createdMs: number;
  /** In the order in which they are answered. */
  readonly lines: readonly BatchLine[];
  /** Why it fails as a whole; empty where it does not. */
  readonly errors: readonly BatchError[];
  /** Lines of the two files with its results. */
  readonly output: string[];
  readonly failures: string[];
  /** When it came into its states, in seconds since the epoch. */
  readonly times: Map<BatchState, number>;
  readonly usage: { input: number; output: number };
  state: BatchState;
  polls: number;
  answered: number;
  outputFile: string | null;
  errorFile: string | null;
  /** Whoever comes while requests are being answered waits for it. */
  moving: Promise<void>;
}

/** A batch's status, in the API's words. */
export type BatchState = (typeof states)[number] | "validating";

const states = [
  "in_progress",
  "finalizing",
  "completed",
  "failed",
  "expired",
  "cancelling",
  "cancelled",
] as const;

/** A batch that nobody has looked at yet. */
export function newBatch(id: string, order: BatchOrder, { files, options, modelExists }: BatchWorld): Batch {
  const text = files.read(order.input_file_id)?.content ?? "";
  const input = readBatchInput(text, { maxRequests: options.maxRequests ?? 50_000, modelExists });
  const random = createRandom(options.seed ?? 0);
  const lines = "errors" in input ? [] : input.map((line) => ({ line, rank: random() }));
  return {
    id,
    order,
    createdMs: Date.now(),
    lines: lines.sort((a, b) => a.rank - b.rank).map(({ line }) => line),
    errors: "errors" in input ? input.errors : [],
    output: [],
    failures: [],
    times: new Map(),
    usage: { input: 0, output: 0 },
    state: "validating",
    polls: 0,
    answered: 0,
    outputFile: null,
    errorFile: null,
    moving: Promise.resolve(),
  };
}

/** Brings a batch to where it stands after so many more polls. */
export function advanceBatch(batch: Batch, world: BatchWorld, polls: number): Promise<void> {
  batch.moving = batch.moving.then(() => move(batch, world, polls));
  return batch.moving;
}

/** True where nothing changes any more. */
export function hasEnded({ state }: Batch): boolean {
  return ["failed", "completed", "expired", "cancelled"].includes(state);
}

/** A batch comes into a state. */
export function enterState(batch: Batch, state: BatchState): void {
  if (batch.state === state) return;
  batch.state = state;
  batch.times.set(state, Math.floor(Date.now() / 1000));
}

/** As the API tells it. */
export function describeBatch(batch: Batch): { readonly id: string } {
  const created_at = Math.floor(batch.createdMs / 1000);
  const { usage, state } = batch;
  const told = {
    id: batch.id,
    object: "batch",
    endpoint: batch.order.endpoint,
    model: batch.lines[0]?.request.model ?? null,
    errors: state === "failed" ? { object: "list", data: batch.errors } : null,
    input_file_id: batch.order.input_file_id,
    completion_window: batch.order.completion_window,
    status: state,
    output_file_id: batch.outputFile,
    error_file_id: batch.errorFile,
    created_at,
    expires_at: created_at + 24 * 60 * 60,
    ...Object.fromEntries(states.map((one) => [`${one}_at`, batch.times.get(one) ?? null])),
    request_counts: {
      total: state === "validating" ? 0 : batch.lines.length,
      completed: batch.output.length,
      failed: batch.failures.length,
    },
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.input + usage.output,
    },
    metadata: batch.order.metadata ?? null,
  };
  return told;
}

async function move(batch: Batch, world: BatchWorld, polls: number): Promise<void> {
  if (hasEnded(batch)) return;
  batch.polls += polls;
  if (batch.state === "cancelling") {
    if (polls > 0) finish(batch, "cancelled", world);
    return;
  }
  const { lines, createdMs } = batch;
  const elapsedMs = Date.now() - createdMs;
  const stage = stageOf({ total: lines.length, polls: batch.polls, elapsedMs }, world.options);
  if (stage.state === "validating") return;
  if (batch.errors.length > 0) return enterState(batch, "failed");
  for (const line of lines.slice(batch.answered, stage.answered)) await answerLine(batch, line, world);
  batch.answered = Math.max(batch.answered, stage.answered);
  if (stage.state === "completed" || stage.state === "expired") finish(batch, stage.state, world);
  else enterState(batch, stage.state);
}

/** One request: into the output, among the failures, or into neither. */
async function answerLine(batch: Batch, line: BatchLine, world: BatchWorld): Promise<void> {
  const { failRate = 0, dropRate = 0, seed = 0 } = world.options;
  const fail = (status: number, error: object) => {
    batch.failures.push(resultLine(batch, line, { response: { status, body: { error } } }));
  };
  if (line.fault !== undefined) {
    const { status, ...error } = line.fault;
    return fail(status, error);
  }
  const digest = hash("sha256", JSON.stringify([seed, line.request, world.arrived(line.request)]));
  const draw = Number.parseInt(digest.slice(0, 8), 16) / 0x100000000;
  if (draw < dropRate) return;
  if (draw < dropRate + failRate) {
    const message = "The server had an error while processing your request.";
    return fail(500, { message, type: "server_error", param: null, code: "server_error" });
  }
  const completion = await world.buy(line.request);
  batch.usage.input += completion.usage.prompt_tokens;
  batch.usage.output += completion.usage.completion_tokens;
  batch.output.push(resultLine(batch, line, { response: { status: 200, body: completion } }));
}

interface Outcome {
  readonly response?: { readonly status: number; readonly body: object };
  readonly error?: { readonly code: string; readonly message: string };
}

function resultLine(batch: Batch, line: BatchLine, { response, error }: Outcome): string {
  const name = `${batch.id}_${batch.output.length + batch.failures.length}`;
  return JSON.stringify({
    id: `batch_req_${name}`,
    custom_id: line.customId,
    response:
      response === undefined
        ? null
        : { status_code: response.status, request_id: `req_${name}`, body: response.body },
    error: error ?? null,
  });
}

function finish(batch: Batch, state: "completed" | "expired" | "cancelled", { files }: BatchWorld): void {
  if (state === "expired") {
    const message = "This request could not be executed before the completion window expired.";
    for (const line of batch.lines.slice(batch.answered)) {
      batch.failures.push(resultLine(batch, line, { error: { code: "batch_expired", message } }));
    }
  }
  const keep = (name: string, texts: readonly string[]) => {
    if (texts.length === 0) return null;
    const file = {
      filename: `${batch.id}_${name}.jsonl`,
      purpose: "batch_output",
      content: texts.map((text) => `${text}\n`).join(""),
      expiry: batch.order.output_expires_after,
    };
    return files.add(file).id;
  };
  batch.outputFile = keep("output", batch.output);
  batch.errorFile = keep("error", batch.failures);
  enterState(batch, state);
}
