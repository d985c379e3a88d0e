import type { OpenAI } from "openai";
import { type Batches, type RemoteBatch, RequestFailure } from "../../../runner/provider.ts";
import { readBatchResults } from "./batch-results.ts";
import { checkOpenAIRequest, toCompletionBody } from "./request.ts";
import type { Api } from "./sdk.ts";

/** The API's limits, https://platform.openai.com/docs/guides/batch. */
const limits = { requests: 50_000, bytes: 200_000_000 };

const endpoint = "/v1/chat/completions";

/** The metadata key under which a batch's tag stands. */
const tagKey = "distill_job";

const pageSize = 100;

/** Chat completions in batches: files of requests go up, files of results come down. */
export function openBatches(api: Api, origin: string): Batches {
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
        return readBatch(batch, origin);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        await api.call((client) => client.files.delete(input.id, { signal }), { signal }).catch(() => {});
        throw new RequestFailure(error.message, {
          scope: "stop",
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
        if (found.length > 0) return found.map((batch) => readBatch(batch, origin));
        const last = page.data.at(-1)?.id;
        if (page.has_more !== true || last === undefined || last === after) return [];
        after = last;
      }
    },
    async read(id, signal) {
      return readBatch(await again(api, signal, (client) => client.batches.retrieve(id, { signal })), origin);
    },
    async *results({ files }, signal) {
      for (const file of files) {
        const text = await again(api, signal, async (client) =>
          (await client.files.content(file, { signal })).text(),
        );
        yield* readBatchResults(text, origin);
      }
    },
    async cancel(id, signal) {
      try {
        return readBatch(await again(api, signal, (client) => client.batches.cancel(id, { signal })), origin);
      } catch (error) {
        // It has ended meanwhile.
        if (![400, 409].includes(statusOf(error) ?? 0)) throw error;
        return readBatch(
          await again(api, signal, (client) => client.batches.retrieve(id, { signal })),
          origin,
        );
      }
    },
  };
}

/** A batch runs for a day at most; its requests need not lie there for longer than it takes to look at them. */
const expiry = { anchor: "created_at", seconds: 7 * 24 * 60 * 60 } as const;

/** What can be done twice with the same outcome is done again where a passing fault broke it. */
function again<T>(api: Api, signal: AbortSignal, work: (client: OpenAI) => Promise<T>): Promise<T> {
  return api.call(work, { signal, retries: 5 });
}

/** True where the server said no, so that nothing was created: neither a time-out nor a fault of its own. */
function isRefusal(error: unknown): error is RequestFailure {
  const status = statusOf(error) ?? 500;
  return error instanceof RequestFailure && status < 500 && ![408, 409, 429].includes(status);
}

function statusOf(error: unknown): number | undefined {
  const cause = error instanceof RequestFailure ? error.cause : undefined;
  return (cause as { readonly status?: number } | undefined)?.status;
}

/** Statuses of a batch on which nothing follows. */
const ended: ReadonlySet<string> = new Set(["completed", "failed", "expired", "cancelled"]);

/** The code of a batch that is refused because too many tokens wait at the provider already. */
const fullQueue = "token_limit_exceeded";

function readBatch(batch: OpenAI.Batch, origin: string): RemoteBatch {
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
    refusal: refused ? describeFaults(faults) : undefined,
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
