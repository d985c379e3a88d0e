import type { JSONSchema } from "json-schema-to-ts";
import type { Scope } from "../templating/template.ts";
import type { Execution, Model, Prompt } from "./asking.ts";
import type { Grader } from "./grader.ts";
import type { OutputWriter } from "./output-writer.ts";
import type { RemoteCompletion } from "./provider.ts";
import type { ReportFault } from "./report-fault.ts";
import type { Json, JsonObject, Row } from "./row.ts";
import type { TrainerDefinition } from "./trainer.ts";

/*
 * What a step is. Parameters are JSON Schema literals; these keywords of ours
 * say what a value refers to, and the plan collects, checks and hashes by them:
 *
 *   artifact: "rows" | "results" | "model" | "verdict" | "file"   names a step, step.output, dataset or model
 *   names: "grader" | "prompt" | "trainer" | "provider"           names an entry of that section; a prompt may be
 *                                                                 as_stored, and local stands beside the providers
 *   file: true | "placed"                                         a path inside the project, hashed by content; "placed": and by path
 *   template: "rows"      a template over the rows of the parameter that it names
 *   expression: "rows"    CEL over the rows of the parameter that it names
 *   returns: "bool"       beside expression: what it must give, as far as that is known before a row is read
 *   value: "rows"         a template where it holds "{{", else CEL
 *   tags: true            metadata: of its entries only those that something downstream reads are hashed
 */

/** What flows along an edge of the graph. */
export type ArtifactKind = "rows" | "results" | "model" | "verdict" | "file";

/** A finished output: content in the store. */
export interface Artifact {
  readonly kind: ArtifactKind;
  /** sha256 of the content, hex. */
  readonly digest: string;
  /** Absolute path of the content, verified when it was handed out. */
  readonly path: string;
}

/** What the rows of an output carry, as far as it can be known before the run. */
export interface RowShape {
  /** Columns of `item` beyond those of the dataset that the rows began as; undefined where they cannot be known. */
  readonly columns: readonly string[] | undefined;
  /** True where every row has an answer. */
  readonly sample: boolean;
  /** Metadata keys; undefined where they cannot be known. */
  readonly metadata: readonly string[] | undefined;
}

/** One output that a step declares. */
export interface OutputDeclaration {
  readonly kind: ArtifactKind;
  readonly description: string;
  /** True for the output that the step's bare name means. */
  readonly main?: boolean;
  /** Rows only: what they carry; `shapeOf` gives the shape of an input by its reference. */
  readonly shape?: (shapeOf: (reference: string) => RowShape) => RowShape;
}

/** What `check` sees: parameters with defaults filled, and what the references mean. */
export interface CheckContext<P> {
  readonly params: P;
  readonly fault: ReportFault;
  /** For a model reference: the type of its provider and what that calls it, or the step type that makes it. */
  readonly modelSource: (reference: string) => {
    readonly provider: string | undefined;
    readonly model?: string | undefined;
    readonly step: string | undefined;
  };
  /** Whose answers a grader of results takes for right; undefined where it judges by something else. */
  readonly agreementSource: (results: string, grader: string) => ReferenceSource | undefined;
  /** The parameters of another step, by id; undefined where there is none. */
  readonly stepParams: (id: string) => { readonly uses: string; readonly params: JsonObject } | undefined;
}

/** Whose answers rows bring along, for graders to compare with. */
export type ReferenceSource =
  /** A model of the spec. */
  | { readonly from: "model"; readonly name: string }
  /** Completions that were stored before: of this model as its provider calls it, of any where undefined. */
  | { readonly from: "stored"; readonly model: string | undefined };

/** Requests that a step would send to a model if nothing were kept. */
export interface Estimate {
  /** A model reference of the spec. */
  readonly model: string;
  /** Undefined where the number of items is not known before the run. */
  readonly answers: number | undefined;
}

/** What `estimate` sees. */
export interface EstimateContext<P> {
  readonly params: P;
  /** Items of a rows reference; undefined where they are not known before the run. */
  readonly items: (reference: string) => number | undefined;
}

/**
 * What a step tells of its run, kept in the manifest. Everything is stable under a rerun but `measured`,
 * which holds latencies and the like and never reaches the lock.
 */
export interface StepSummary {
  /** Figures by stable names: models and graders stand here by digest, never by name. */
  readonly facts: JsonObject;
  /** Fresh measurements: latency and time. */
  readonly measured?: JsonObject;
}

/** Which kept completions are meant. All that is given must hold. */
export interface CompletionQuery {
  /** As its provider calls it. */
  readonly model?: string;
  /** The step that stored them; only the project's own store knows. */
  readonly step?: string;
  readonly metadata?: { readonly [key: string]: string };
  /** Seconds since the epoch, both inclusive. */
  readonly created?: { readonly from?: number; readonly to?: number };
  /** At most so many, from the oldest on. */
  readonly limit?: number;
}

/** A step's whole world. It reads no environment, clock or network but through this. */
export interface StepContext<P> {
  readonly id: string;
  readonly params: P;
  readonly execution: Execution;
  readonly signal: AbortSignal;
  /** The rows of a rows reference, in order. */
  rows(reference: string): AsyncIterable<Row>;
  /** The lines of any artifact of JSON lines, such as results. */
  lines(reference: string): AsyncIterable<Json>;
  /** The verified content of a reference. */
  artifact(reference: string): Promise<Artifact>;
  /** Absolute path of a file parameter. */
  file(path: string): string;
  /** What a reference is called in figures that outlive names: the model's or grader's digest. */
  digestOf(kind: "model" | "grader", reference: string): string;
  model(reference: string): Promise<Model>;
  grader(name: string): Promise<Grader>;
  prompt(name: string): Prompt;
  /**
   * Completions that are kept. Those of a provider: the oldest first, those of one second by id. Those of the project's
   * store (`local`): by id, since when they were kept is this store's own affair.
   */
  completions(from: string, query: CompletionQuery): AsyncIterable<RemoteCompletion>;
  /** The facts that a `pinned` step told when it first looked, and that must come out again; undefined where it looks afresh. */
  readonly pinned: JsonObject | undefined;
  trainer(name: string): TrainerDefinition;
  /** The how-many-eth look at these test rows a step with `countsLooks` takes, from 1; 1 for all others. */
  readonly look: number;
  /** Metadata keys that something downstream reads: the only ones that rows carry. */
  readonly metadataRead: (key: string) => boolean;
  /** The definition of a model that is not asked but trained. */
  base(reference: string): { readonly provider: string; readonly model: string };
  /** Compiles a `template`, `expression` or `value` parameter; its faults were found in the plan. */
  evaluator(text: string, kind: "template" | "expression" | "value"): (scope: Scope) => unknown;
  output(name: string): OutputWriter;
  progress(done: number, total: number, note?: string): void;
  warn(message: string): void;
  /** Runs a program that the spec brings: only where the user allowed execution. */
  exec(command: ExecRequest): Promise<ExecOutcome>;
}

/** A program to run without a shell, in a folder that holds only what was declared. */
export interface ExecRequest {
  readonly argv: readonly string[];
  /** Files placed into the working folder: relative path → absolute source. */
  readonly files: { readonly [path: string]: string };
  readonly env: { readonly [name: string]: string };
  /** Names of environment variables that are passed through, such as secrets. */
  readonly passEnv: readonly string[];
  readonly timeoutMs: number;
}

/** What came of a program. */
export interface ExecOutcome {
  /** The working folder; it lasts until the step is done. */
  readonly directory: string;
  readonly stdout: string;
}

/** What a model artifact needs to be asked: its file, and the models that it stands on. */
export interface OpenModelContext<P> {
  readonly params: P;
  readonly artifact: Artifact;
  /** Another model of the spec, such as a cascade's first. */
  model(reference: string): Promise<Model>;
  /** Opens a tuned model's file with the provider that serves it. */
  serve(provider: string, path: string): Promise<Pick<Model, "free" | "kept" | "answer">>;
  evaluator: StepContext<P>["evaluator"];
}

/** How figures are told: names stand for digests only here. */
export interface NameContext {
  readonly id: string;
  /** The name that a model's or grader's digest has in the spec. */
  name(digest: string): string;
}

/** What a done step writes its evidence from. */
export interface EvidenceContext<P> {
  readonly params: P;
  /** The lines of an output of the step itself. */
  output(name: string): AsyncIterable<Json>;
  /** The lines of a referenced artifact. */
  lines(reference: string): AsyncIterable<Json>;
  /** The rows of a rows reference, in order. */
  rows(reference: string): AsyncIterable<Row>;
  digestOf(kind: "model" | "grader", reference: string): string;
  /** Compiles an `expression` or `value` parameter. */
  evaluator: StepContext<P>["evaluator"];
  /** An id or text as it stands in committed files: salted and hashed, 16 hex digits. */
  seal(text: string): string;
}

/** What a step's facts are told again from, where there is no store. */
export interface RecomputeContext<P> {
  readonly params: P;
  digestOf(kind: "model" | "grader", reference: string): string;
  /** The step's own lines of evidence. */
  readonly own: readonly JsonObject[];
  /** The lines of evidence of the step that gave a referenced artifact. */
  evidenceOf(reference: string): readonly JsonObject[];
  readonly look: number;
}

/** One line of a step's figures for the lock and `--json`: flat, stable, sorted by the runner. */
export type Metrics = { readonly [name: string]: number | string | boolean };

/** What a step type is. One file each; schema, types, documentation and behaviour in one place. */
export interface StepDefinition<P = unknown> {
  readonly name: string;
  /** Rises only when the same inputs give another result. */
  readonly version: number;
  readonly summary: string;
  /** Schema of the step's own keys (not uses, after, requires, execution). */
  readonly params: JSONSchema;
  outputs(params: P): { readonly [name: string]: OutputDeclaration };
  check?(context: CheckContext<P>): void;
  /** Names of steps that it comes after where the spec has them, without taking their outputs: an edge that only orders. */
  follows?(params: P): readonly string[];
  estimate?(context: EstimateContext<P>): readonly Estimate[];
  run(context: StepContext<P>): Promise<StepSummary>;
  /** Steps with a `tags` parameter: brings the tags of a cached step's completions up to date. */
  retag?(context: StepContext<P>): Promise<void>;
  /** Steps with a `model` output: how it is asked. */
  openModel?(context: OpenModelContext<P>): Promise<Pick<Model, "free" | "kept" | "answer" | "prefetch">>;
  /** Lines without any text, in a stable order, from which `recompute` tells the facts, or `diff` which rows changed. */
  evidence?(context: EvidenceContext<P>): AsyncIterable<JsonObject>;
  /**
   * The facts again from evidence alone: equal to those of `run`, to the last digit.
   * @throws StepFailure where the lines are none that `evidence` writes
   */
  recompute?(context: RecomputeContext<P>): JsonObject;
  /** Where its lines of evidence do not bear out the facts of a step without `recompute`: what they say instead. */
  contradiction?(facts: JsonObject, own: readonly JsonObject[]): string | undefined;
  /** True where the step decides by test rows: every other result on the same rows counts as a further look. */
  readonly countsLooks?: boolean;
  /** True where a step looks at the world and not at contents alone: what it found first stands until `--refresh`. */
  readonly pinned?: boolean;
  /** What a person sees after the step's name: a line, and lines below it. */
  lines?(facts: JsonObject, names: NameContext): readonly string[];
  metrics?(facts: JsonObject, names: NameContext): Metrics;
}

/** Gives a step definition its parameter type from its schema. */
export function defineStep<P>(definition: StepDefinition<P>): StepDefinition<P> {
  return definition;
}
