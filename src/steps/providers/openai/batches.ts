import type { OpenAI } from "openai";
import { type Batches, type RemoteBatch, RequestFailure } from "../../../runner/provider.ts";
import { tryRepeatedly } from "../retry.ts";
import { readBatchResults } from "./batch-results.ts";
import { describeFailure, describeResponse } from "./failure.ts";
import { BadStatus } from "./network.ts";
import { checkOpenAIRequest, toCompletionBody } from "./request.ts";
import type { Api } from "./sdk.ts";
import { tidy } from "./tidy.ts";
import type { Transport } from "./transport.ts";

/** The API's limits, https://platform.openai.com/docs/guides/batch. */
const limits = { requests: 50_000, bytes: 200_000_000 };

const endpoint = "/v1/chat/completions";

/** The metadata key under which a batch's tag stands. */
const tagKey = "distill_job";

const pageSize = 100;

/** What batches are handed in and fetched with. */
export interface BatchesOptions {
  readonly api: Api;
  readonly transport: Pick<Transport, "lines">;
  readonly origin: string;
  /** Of the API, without a slash at the end. */
  readonly path: string;
  readonly keyName: string | undefined;
  readonly apiKey: string | undefined;
}

/** Chat completions in batches: files of requests go up, files of results come down. */
export function openBatches(options: BatchesOptions): Batches {
  const { api, origin } = options;
  return {
    limits,
    line(id, request) {
      const [forbidden] = checkOpenAIRequest(request.parameters);
      if (forbidden !== undefined) throw new RequestFailure(forbidden.message, { scope: "stop" });
      return JSON.stringify({
        custom_id: id,
        method: "POST",
        url: endpoint,
        body: toCompletionBody(request),
      });
    },
    async create(file, tag, signal) {
      // Twice is harmless: a file that no batch takes goes by itself, and costs nothing.
      const input = await again(api, signal, (client) =>
        client.files.create(
          { file: new File([file], "distill.jsonl"), purpose: "batch", expires_after: expiry },
          { signal },
        ),
      );
      if (typeof input?.id !== "string") throw new RequestFailure(`${origin} sent a file that is none`);
      try {
        const batch = await api.call(
          (client) =>
            client.batches.create(
              {
                input_file_id: input.id,
                endpoint,
                completion_window: "24h",
                metadata: { [tagKey]: tag },
              },
              { signal },
            ),
          { signal },
        );
        return readBatch(batch, options);
      } catch (error) {
        if (!(error instanceof RequestFailure)) throw error;
        const refused = isRefusal(error);
        if (refused)
          await api.call((client) => client.files.delete(input.id, { signal }), { signal }).catch(() => {});
        throw new RequestFailure(error.message, {
          scope: refused ? "stop" : error.scope,
          // Of what the server said no to nothing is there; of all else nobody knows.
          taken: !isNo(error),
          cause: error.cause,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        });
      }
    },
    async find(tag, signal) {
      for (let after: string | undefined; ; ) {
        const page = await again(api, signal, (client) =>
          client.batches.list({ limit: pageSize, ...(after !== undefined && { after }) }, { signal }),
        );
        if (!Array.isArray(page.data)) throw new RequestFailure(`${origin} sent no list of batches`);
        const found = page.data.filter((batch) => batch.metadata?.[tagKey] === tag);
        // The newest come first, and what has one tag was created at about the same time.
        if (found.length > 0) return found.map((batch) => readBatch(batch, options));
        const last = page.data.at(-1)?.id;
        if (page.has_more !== true || last === undefined || last === after) return [];
        after = last;
      }
    },
    async read(id, signal) {
      try {
        const batch = await again(api, signal, (client) => client.batches.retrieve(id, { signal }));
        return readBatch(batch, options);
      } catch (error) {
        throw isMissing(error) ? gone(error, id) : error;
      }
    },
    async *results({ id, files }, signal) {
      for (const file of files)
        try {
          yield* readBatchResults(openLines(options, file, signal), options);
        } catch (error) {
          throw isMissing(error) ? gone(error, id) : error;
        }
    },
    async cancel(id, signal) {
      try {
        return readBatch(
          await again(api, signal, (client) => client.batches.cancel(id, { signal })),
          options,
        );
      } catch (error) {
        // It has ended meanwhile.
        if (![400, 409].includes(statusOf(error) ?? 0)) throw error;
        return readBatch(
          await again(api, signal, (client) => client.batches.retrieve(id, { signal })),
          options,
        );
      }
    },
  };
}

/** A batch runs for a day at most; its requests need not lie there for longer than it takes to look at them. */
const expiry = { anchor: "created_at", seconds: 7 * 24 * 60 * 60 } as const;

/** Further attempts at what can be done twice. */
const retries = 5;

/** What can be done twice with the same outcome is done again where a passing fault broke it. */
function again<T>(api: Api, signal: AbortSignal, work: (client: OpenAI) => Promise<T>): Promise<T> {
  return api.call(work, { signal, retries });
}

/** A file's lines; the first is asked for again where a passing fault broke it. */
async function* openLines(
  { transport, origin, path, keyName, apiKey }: BatchesOptions,
  file: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const content = `${path}/files/${encodeURIComponent(file)}/content`;
  const request = { method: "GET", origin, path: content, body: undefined } as const;
  const failing = (error: unknown) => {
    signal.throwIfAborted();
    const context = { origin, keyName, apiKey, model: undefined };
    if (!(error instanceof BadStatus)) return describeFailure(error, context);
    const { status } = error.response;
    return { ...describeResponse(error.response, context), cause: { status } };
  };
  const { lines, first } = await tryRepeatedly(
    async () => {
      const opened = transport.lines(request, { signal, timeoutMs: silenceMs })[Symbol.asyncIterator]();
      try {
        return { outcome: "answered", value: { lines: opened, first: await opened.next() } };
      } catch (error) {
        return failing(error);
      }
    },
    { retries, signal },
  );
  try {
    for (let next = first; next.done !== true; next = await lines.next()) yield next.value;
  } catch (error) {
    const { message, scope, cause } = failing(error);
    throw new RequestFailure(message, { scope, cause });
  } finally {
    await lines.return?.();
  }
}

/** A file of results that keeps silent for so long will not go on, milliseconds. */
const silenceMs = 120_000;

/** True where the server said no, so that nothing was created: neither a time-out nor a fault of its own. */
function isNo(error: unknown): boolean {
  const status = statusOf(error) ?? 500;
  return status >= 300 && status < 500;
}

/** True where it would say no again. */
function isRefusal(error: unknown): boolean {
  return isNo(error) && ![408, 409, 429].includes(statusOf(error)!);
}

function isMissing(error: unknown): error is RequestFailure {
  return statusOf(error) === 404;
}

function gone({ message, cause }: RequestFailure, id: string): RequestFailure {
  return new RequestFailure(`${id} is not known any more: ${message}`, {
    scope: "stop",
    cause,
    hint: "check base_url and the key's project; where it is gone for good: distill cancel --forget",
  });
}

function statusOf(error: unknown): number | undefined {
  const cause = error instanceof RequestFailure ? error.cause : undefined;
  return (cause as { readonly status?: number } | undefined)?.status;
}

/** Statuses of a batch on which nothing follows. */
const ended: ReadonlySet<string> = new Set(["completed", "failed", "expired", "cancelled"]);

/** The code of a batch that is refused because too many tokens wait at the provider already. */
const fullQueue = "token_limit_exceeded";

function readBatch(
  batch: OpenAI.Batch,
  { origin, apiKey }: Pick<BatchesOptions, "origin" | "apiKey">,
): RemoteBatch {
  if (typeof batch?.id !== "string" || typeof batch.status !== "string")
    throw new RequestFailure(`${origin} sent a batch that is none`);
  const { id, status, request_counts: counts } = batch;
  const faults = Array.isArray(batch.errors?.data) ? batch.errors.data : [];
  const refused = status === "failed";
  return {
    id,
    state: ended.has(status) ? "ended" : status === "cancelling" ? "cancelling" : "running",
    status,
    counts: {
      total: counts?.total ?? 0,
      completed: counts?.completed ?? 0,
      failed: counts?.failed ?? 0,
    },
    refusal: refused ? tidy(describeFaults(faults), apiKey) : undefined,
    ...(refused && faults.some(({ code }) => code === fullQueue) ? { again: true } : {}),
    files: [batch.output_file_id, batch.error_file_id].filter((file) => typeof file === "string"),
  };
}

function describeFaults(faults: readonly OpenAI.BatchError[]): string {
  const [first] = faults;
  if (first === undefined) return "it failed, and no reason was told";
  const line = first.line == null ? "" : `line ${first.line}: `;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  return `${line}${first.message ?? first.code ?? "no reason was told"}${more}`;
}
