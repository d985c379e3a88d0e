import {
  type Batches,
  type BatchResult,
  type ModelAnswer,
  type RemoteBatch,
  RequestFailure,
} from "../../src/runner/provider.ts";

/** A provider of batches whose course a test decides, and which counts what it sold. */
export interface ScriptedBatches {
  readonly batches: Batches;
  /** Every batch that was created, in order. */
  readonly created: readonly ScriptedBatch[];
  /** How often each request was answered for money. */
  readonly bought: ReadonlyMap<string, number>;
  /** Called before every call, by its name; may throw. */
  before: (call: Call, n: number) => void;
  /** Called after a batch was created, before the caller hears of it; may throw. */
  afterCreate: (batch: ScriptedBatch) => void;
  /** What becomes of a request, the how-many-eth time it is handed in; undefined: no result. */
  result: (id: string, time: number) => "answer" | "again" | "refused" | undefined;
  /** How a batch ends. */
  end: (batch: ScriptedBatch) => Partial<Pick<RemoteBatch, "status" | "refusal" | "again">>;
  /** How often a batch is found to be running. */
  polls: number;
  /** How often `find` does not see a new batch yet. */
  lag: number;
}

/** A call of the provider's interface. */
export type Call = "create" | "find" | "read" | "results" | "cancel";

/** A batch as the provider knows it. */
export interface ScriptedBatch {
  readonly id: string;
  readonly tag: string;
  /** Its requests' names. */
  readonly requests: readonly string[];
}

interface Course {
  polls: number;
  lag: number;
  cancelled: boolean;
  ended: RemoteBatch | undefined;
  readonly results: Map<string, BatchResult>;
}

/** Batches that are answered after two looks, all requests well. */
export function scriptedBatches(limits = { requests: 50_000, bytes: 200_000_000 }): ScriptedBatches {
  const created: ScriptedBatch[] = [];
  const courses = new Map<ScriptedBatch, Course>();
  const bought = new Map<string, number>();
  const handed = new Map<string, number>();
  let calls = 0;

  const script: ScriptedBatches = {
    created,
    bought,
    before: () => {},
    afterCreate: () => {},
    result: () => "answer",
    end: () => ({}),
    polls: 2,
    lag: 0,
    batches: {
      limits,
      line: (id, request) => JSON.stringify({ custom_id: id, messages: request.messages }),
      async create(file, tag) {
        call("create");
        const requests = file
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line).custom_id as string);
        const batch = { id: `batch_${created.length + 1}`, tag, requests };
        created.push(batch);
        courses.set(batch, {
          polls: script.polls,
          lag: script.lag,
          cancelled: false,
          ended: undefined,
          results: new Map(),
        });
        for (const id of requests) handed.set(id, (handed.get(id) ?? 0) + 1);
        script.afterCreate(batch);
        return tell(batch);
      },
      async find(tag) {
        call("find");
        const found = created.filter((batch) => batch.tag === tag && courses.get(batch)!.lag-- <= 0);
        return found.map(tell).toReversed();
      },
      async read(id) {
        call("read");
        const batch = known(id);
        const course = courses.get(batch)!;
        if (course.polls-- <= 0) finish(batch, course);
        return tell(batch);
      },
      async *results({ id }) {
        call("results");
        for (const result of courses.get(known(id))!.results.values()) {
          yield result;
          call("results");
        }
      },
      async cancel(id) {
        call("cancel");
        const batch = known(id);
        courses.get(batch)!.cancelled = true;
        return tell(batch);
      },
    },
  };
  return script;

  function call(name: Call): void {
    calls += 1;
    script.before(name, calls);
  }

  function known(id: string): ScriptedBatch {
    const batch = created.find((one) => one.id === id);
    if (batch === undefined) throw new RequestFailure(`no batch ${id}`, { scope: "stop" });
    return batch;
  }

  function finish(batch: ScriptedBatch, course: Course): void {
    if (course.ended !== undefined) return;
    const end = { status: course.cancelled ? "cancelled" : "completed", ...script.end(batch) };
    if (end.refusal === undefined)
      for (const id of batch.requests) {
        const result = script.result(id, handed.get(id)!);
        if (result === undefined) continue;
        if (result === "answer") bought.set(id, (bought.get(id) ?? 0) + 1);
        course.results.set(id, resultOf(id, result));
      }
    const answered = [...course.results.values()].filter((result) => "answer" in result).length;
    course.ended = {
      ...running(batch),
      state: "ended",
      counts: { total: batch.requests.length, completed: answered, failed: course.results.size - answered },
      files: ["file_1"],
      ...end,
    };
  }

  function tell(batch: ScriptedBatch): RemoteBatch {
    const { ended, cancelled } = courses.get(batch)!;
    if (ended !== undefined) return ended;
    return cancelled ? { ...running(batch), state: "cancelling", status: "cancelling" } : running(batch);
  }

  function running({ id, requests }: ScriptedBatch): RemoteBatch {
    return {
      id,
      state: "running",
      status: "in_progress",
      counts: { total: requests.length, completed: 0, failed: 0 },
      refusal: undefined,
      files: [],
    };
  }
}

function resultOf(id: string, result: "answer" | "again" | "refused"): BatchResult {
  if (result === "answer") return { id, answer: answerTo(id) };
  return {
    id,
    fault: result === "again" ? "the server was busy" : "400: not like that",
    again: result === "again",
  };
}

/** The answer to a request with this name. */
export function answerTo(id: string): ModelAnswer {
  return {
    output_text: `answer to ${id}`,
    tool_calls: [],
    finish_reason: "stop",
    logprobs: null,
    resolved_model: "large-1",
    usage: { input_tokens: 3, output_tokens: 2 },
    latency_ms: 5,
    provider_id: null,
  };
}
