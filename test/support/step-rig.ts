import { createHmac, hash } from "node:crypto";
import { Ajv } from "ajv";
import type { Execution, Model, Prompt } from "../../src/runner/asking.ts";
import type { Grader, GraderDefinition } from "../../src/runner/grader.ts";
import type { RemoteCompletion } from "../../src/runner/provider.ts";
import type { Grade, Json, JsonObject, Row, Sample } from "../../src/runner/row.ts";
import { annotationKeywords } from "../../src/runner/schema.ts";
import type {
  Artifact,
  CheckContext,
  CompletionQuery,
  ExecOutcome,
  ExecRequest,
  ReferenceSource,
  StepContext,
  StepDefinition,
} from "../../src/runner/step.ts";
import { compileText } from "../../src/runner/texts.ts";
import type { TrainerDefinition } from "../../src/runner/trainer.ts";
import { compileMessages } from "../../src/templating/render-messages.ts";

/** Everything around a step, in memory. */
export interface RigWorld {
  readonly rows?: { readonly [reference: string]: readonly Row[] };
  readonly lines?: { readonly [reference: string]: readonly unknown[] };
  readonly artifacts?: { readonly [reference: string]: Artifact };
  readonly models?: { readonly [name: string]: Model };
  readonly graders?: { readonly [name: string]: Grader };
  readonly prompts?: {
    readonly [name: string]: { readonly request?: JsonObject; readonly messages: readonly Json[] };
  };
  readonly trainers?: { readonly [name: string]: TrainerDefinition };
  readonly bases?: { readonly [name: string]: { readonly provider: string; readonly model: string } };
  readonly metadataRead?: readonly string[];
  readonly look?: number;
  /** By where they are kept, the oldest first; what is asked of them is for the test to look at. */
  readonly completions?: {
    readonly [from: string]: (query: CompletionQuery) => readonly RemoteCompletion[];
  };
  readonly pinned?: JsonObject;
  readonly execution?: Partial<Execution>;
  readonly signal?: AbortSignal;
  readonly exec?: (request: ExecRequest) => Promise<ExecOutcome>;
  /** By reference: the lines of evidence of the step that gave it. */
  readonly evidence?: { readonly [reference: string]: readonly JsonObject[] };
  /** What `check` is told of models and other steps. */
  readonly modelSources?: { readonly [name: string]: ReturnType<CheckContext<unknown>["modelSource"]> };
  /** By results and grader: whose answers it takes for right. */
  readonly agreement?: { readonly [resultsAndGrader: string]: ReferenceSource };
  readonly steps?: { readonly [id: string]: { readonly uses: string; readonly params: JsonObject } };
}

/** A line that a step wrote: fields of rows and of results, as JSON gives them back. */
export interface WrittenLine {
  readonly id: string;
  readonly model: string;
  readonly item: { readonly [column: string]: Json };
  readonly sample: Sample;
  readonly grades: { readonly [grader: string]: Grade };
  readonly dropped: { readonly rule: string; readonly reason: string };
}

/** What a step did. */
export interface RigResult {
  readonly facts: JsonObject;
  readonly measured: JsonObject | undefined;
  /** By output: rows written one by one, as JSON gives them back. */
  readonly rows: { readonly [output: string]: readonly WrittenLine[] };
  /** By output: contents written at once. */
  readonly bytes: { readonly [output: string]: Uint8Array };
  readonly warnings: readonly string[];
  /** What a person sees, with digests named as the world names them. */
  readonly lines: readonly string[];
  readonly metrics: JsonObject;
}

/** A step in a world of the test's own: parameters are validated and filled as the runner would. */
export function stepRig<P>(definition: StepDefinition<P>, params: JsonObject, world: RigWorld = {}) {
  const filled = fillParams(definition.params, params) as P;
  return {
    params: filled,
    /** Faults of the step's own as `pointer: message (hint)`. */
    check(): readonly string[] {
      const faults: string[] = [];
      definition.check?.({
        params: filled,
        fault: (pointer, message, hint) =>
          faults.push(`${pointer}: ${message}${hint === undefined ? "" : ` (${hint})`}`),
        modelSource: (name) => world.modelSources?.[name] ?? { provider: "scripted", step: undefined },
        agreementSource: (results, grader) => world.agreement?.[`${results} ${grader}`],
        stepParams: (id) => world.steps?.[id],
      });
      return faults;
    },
    async run(): Promise<RigResult> {
      const captured = capture();
      const { facts, measured } = await definition.run(openContext(filled, world, captured));
      const plain = JSON.parse(JSON.stringify(facts)) as JsonObject;
      const names = { id: "step", name: (digest: string) => nameOf(digest, world) };
      return {
        facts: plain,
        measured,
        rows: captured.rows,
        bytes: captured.bytes,
        warnings: captured.warnings,
        lines: definition.lines?.(plain, names) ?? [],
        metrics: (definition.metrics?.(plain, names) ?? {}) as JsonObject,
      };
    },
    /** The lines of evidence of a run, as JSON gives them back. */
    async evidence({ rows }: Pick<RigResult, "rows">): Promise<readonly JsonObject[]> {
      const { lines, evaluator, digestOf, ...context } = openContext(filled, world, capture());
      const written: JsonObject[] = [];
      for await (const line of definition.evidence!({
        params: filled,
        output: (name) => streamOf((rows[name] ?? []) as unknown as readonly Json[]),
        lines,
        rows: context.rows,
        digestOf,
        evaluator,
        seal,
      }))
        written.push(JSON.parse(JSON.stringify(line)));
      return written;
    },
    /** The facts again, from lines of evidence alone. */
    recompute(own: readonly JsonObject[]): JsonObject {
      const { digestOf, look } = openContext(filled, world, capture());
      const evidenceOf = (reference: string) => find(world.evidence, reference, "evidence");
      const facts = definition.recompute!({ params: filled, digestOf, own, evidenceOf, look });
      return JSON.parse(JSON.stringify(facts));
    },
    context: () => openContext(filled, world, capture()),
  };
}

/** An id or text as the rig writes it into evidence. */
export function seal(text: string): string {
  return createHmac("sha256", "salt").update(text).digest("hex").slice(0, 16);
}

/** What lies in JSON under these keys, one below the other. */
export function dig(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) => (inner as { readonly [key: string]: unknown } | undefined)?.[key],
    value,
  );
}

/** Validates parameters by a fragment in Ajv's strict mode and fills its defaults. */
export function fillParams(schema: unknown, params: JsonObject): JsonObject {
  const ajv = new Ajv({ strict: true, strictTypes: false, useDefaults: true, allErrors: true });
  for (const keyword of annotationKeywords) ajv.addKeyword(keyword);
  const filled = structuredClone(params);
  const validate = ajv.compile(schema as object);
  if (!validate(filled)) throw new Error(ajv.errorsText(validate.errors));
  return filled;
}

/** A row of a dataset, or of a model's answers where a sample is given. */
export function rowOf(id: string, item: JsonObject = {}, rest: Partial<Row> = {}): Row {
  return { id, item, messages: [], sample: null, metadata: {}, grades: {}, ...rest };
}

/** A sample around its text. */
export function sampleOf(output_text: string, rest: Partial<Sample> = {}): Sample {
  let output_json: Json = null;
  if (/^\s*[[{]/.test(output_text)) output_json = JSON.parse(output_text);
  return {
    index: 0,
    output_text,
    output_json,
    tool_calls: [],
    finish_reason: "stop",
    logprobs: null,
    ...rest,
  };
}

/** A grader of a definition, opened as the runner would. */
export function openGrader<P>(name: string, definition: GraderDefinition<P>, params: JsonObject): Grader {
  const grade = definition.open({
    params: fillParams(definition.params, params) as P,
    template: (text) => {
      const render = evaluatorOf(text, "template");
      return (row) => String(render({ ...row }));
    },
  });
  return { name, digest: hash("sha256", `grader ${name}`), grade: async (row) => grade(row) };
}

/** A grader by a function of a row. */
export function scriptedGrader(name: string, grade: (row: Row) => Grade): Grader {
  return { name, digest: hash("sha256", `grader ${name}`), grade: async (row) => grade(row) };
}

interface Captured {
  readonly rows: Record<string, WrittenLine[]>;
  readonly bytes: Record<string, Uint8Array>;
  readonly warnings: string[];
}

function capture(): Captured {
  return { rows: {}, bytes: {}, warnings: [] };
}

function openContext<P>(params: P, world: RigWorld, captured: Captured): StepContext<P> {
  const execution: Execution = {
    concurrency: 4,
    timeoutMs: 1000,
    retries: 0,
    maxFailedRows: 20,
    mode: "live",
    deadlineMs: undefined,
    ...world.execution,
  };
  return {
    id: "step",
    params,
    execution,
    signal: world.signal ?? new AbortController().signal,
    rows: (reference) => streamOf(find(world.rows, reference, "rows")),
    lines: (reference) => streamOf(find(world.lines, reference, "lines") as readonly Json[]),
    artifact: async (reference) => find(world.artifacts, reference, "artifact"),
    file: (path) => `/project/${path}`,
    digestOf: (kind, reference) =>
      kind === "model"
        ? find(world.models, reference, "model").digest
        : find(world.graders, reference, "grader").digest,
    model: async (reference) => find(world.models, reference, "model"),
    grader: async (name) => find(world.graders, name, "grader"),
    prompt: (name) => openPrompt(find(world.prompts, name, "prompt")),
    completions: (from, query) => streamOf(find(world.completions, from, "completions")(query)),
    pinned: world.pinned,
    trainer: (name) => find(world.trainers, name, "trainer"),
    look: world.look ?? 1,
    metadataRead: (key) => world.metadataRead?.includes(key) ?? true,
    base: (reference) => find(world.bases, reference, "base"),
    evaluator: evaluatorOf,
    output: (name) => ({
      row: (value) => {
        captured.rows[name] ??= [];
        captured.rows[name].push(JSON.parse(JSON.stringify(value)));
      },
      bytes: (content) => {
        captured.bytes[name] = typeof content === "string" ? Buffer.from(content) : content;
      },
    }),
    progress: () => {},
    warn: (message) => captured.warnings.push(message),
    exec: (request) => {
      if (world.exec === undefined) throw new Error("this world runs no program");
      return world.exec(request);
    },
  };
}

function find<T>(entries: { readonly [name: string]: T } | undefined, name: string, what: string): T {
  const entry = entries?.[name];
  if (entry === undefined) throw new Error(`the rig has no ${what} "${name}"`);
  return entry;
}

async function* streamOf<T>(entries: readonly T[]): AsyncGenerator<T> {
  yield* entries;
}

function evaluatorOf(text: string, kind: "template" | "expression" | "value") {
  const compiled = compileText(text, kind);
  if (!compiled.ok) throw new Error(compiled.problems.map((problem) => problem.message).join("; "));
  return compiled.evaluate;
}

function openPrompt({
  request = {},
  messages,
}: {
  readonly request?: JsonObject;
  readonly messages: readonly Json[];
}): Prompt {
  const compiled = compileMessages(messages as never);
  if (!compiled.ok) throw new Error(compiled.problems.map((problem) => problem.message).join("; "));
  return { request, render: (scope) => compiled.prompt.render(scope) };
}

function nameOf(digest: string, world: RigWorld): string {
  const named = [...Object.entries(world.models ?? {}), ...Object.entries(world.graders ?? {})];
  return named.find(([, entry]) => entry.digest === digest)?.[0] ?? digest;
}
