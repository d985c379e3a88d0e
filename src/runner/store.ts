import type { Jobs } from "./batch/job.ts";
import type { Erased, EraseWish, Tombstone } from "./erasure.ts";
import type { ModelAnswer } from "./provider.ts";
import type { Json, JsonObject } from "./row.ts";
import type { ArtifactKind, StepSummary } from "./step.ts";

/** One output in a manifest. */
export interface OutputRecord {
  readonly kind: ArtifactKind;
  /** sha256 of the content, hex. */
  readonly digest: string;
  readonly bytes: number;
  /** Lines of a JSON-lines output; null for others. */
  readonly rows: number | null;
  /** Distinct item ids of a rows output; null for others. */
  readonly items: number | null;
}

/** What a finished step left: written last, after its files are safe. */
export interface Manifest {
  readonly key: string;
  readonly step: string;
  readonly version: number;
  /** What the key was computed from. */
  readonly ingredients: JsonObject;
  readonly outputs: { readonly [name: string]: OutputRecord };
  readonly summary: StepSummary;
  /** Seconds that the step took when it ran. */
  readonly seconds: number;
  /** Answers that it bought from providers that are not free. */
  readonly requests: number;
  /** First-paid cost, US dollars; null: not recorded. */
  readonly cost_usd: number | null;
  /** Days of the price lists that the cost comes from; left out where it comes from none. */
  readonly prices_as_of?: readonly string[];
  readonly tokens: { readonly input: number; readonly output: number } | null;
  /** Model names that providers resolved, by model digest. */
  readonly resolved_models: { readonly [digest: string]: readonly string[] };
}

/** A stored completion: the request with its answer. */
export interface StoredAnswer {
  readonly key: string;
  readonly provider: JsonObject;
  readonly model: string;
  readonly request: JsonObject;
  readonly sample: number;
  readonly answer: ModelAnswer;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** What it cost when it was bought, US dollars; null or left out: not recorded. */
  readonly paid_usd?: number | null;
  /** The day of the price list that this comes from; left out where it comes from none. */
  readonly prices_as_of?: string;
}

/** Which metadata a completion was stored under, and by what. */
export interface Tags {
  readonly answer: string;
  readonly spec: string;
  readonly step: string;
  readonly item: string;
  readonly metadata: { readonly [key: string]: string };
}

/** What was said of a completion by hand, on import or by `completions tag`: beside what every step says of it. */
export const byHand = { spec: "", step: "", item: "" } as const;

/** True for tags that no step gave. */
export function isByHand({ spec, step }: Pick<Tags, "spec" | "step">): boolean {
  return spec === byHand.spec && step === byHand.step;
}

/** Which completions are meant. All that is given must hold. */
export interface CompletionFilter {
  readonly model?: string;
  readonly step?: string;
  readonly metadata?: { readonly [key: string]: string };
  /** A prefix of the answer's key. */
  readonly id?: string;
  /** At most so many, from the oldest on. */
  readonly limit?: number;
  /** Only those that were kept later than this one, given by its key. */
  readonly after?: string;
  /** Only the newest so many, still the newest last. */
  readonly last?: number;
  /** Only those that were kept at this time or later, milliseconds since the epoch. */
  readonly createdFrom?: number;
  /** Only those that were kept before this time. */
  readonly createdBefore?: number;
  /** True where copies of a provider's completions are left out whose answers were bought here: they are the same ones. */
  readonly withoutCopies?: boolean;
}

/** One completion as it is listed. */
export interface CompletionRecord extends StoredAnswer {
  readonly tags: readonly Tags[];
}

/** An answer on its way from one store to another, with the tags that it has in the first. */
export interface ForeignAnswer {
  readonly answer: StoredAnswer;
  readonly tags: readonly Tags[];
}

/** What became of answers that another store kept. */
export interface TakenIn {
  readonly added: number;
  /** Said the same here already. */
  readonly there: number;
  /** Say something else here, which stands. */
  readonly other: number;
  /** Were erased here, and stay out. */
  readonly erased: number;
}

/** What clearing up must leave beside what runs need. */
export interface Keep {
  /** Digests and keys that locks name, hex: steps, contents and answers that are called so stay. */
  readonly named: ReadonlySet<string>;
  /** False where all answers stay; true where those go that no step which stays has asked for. */
  readonly dropAnswers: boolean;
  /** True where nothing is removed, only counted. */
  readonly dryRun: boolean;
}

/** What clearing up removed, or would. */
export interface Collected {
  readonly steps: { readonly removed: number; readonly kept: number };
  readonly files: { readonly removed: number; readonly kept: number };
  readonly answers: { readonly removed: number; readonly kept: number };
  /** Values that had been set aside. */
  readonly damaged: number;
  /** Bytes of all that was removed. */
  readonly bytes: number;
  /** Steps that stay and whose answers were never written down: for their sake all answers stay. */
  readonly unlinked: number;
}

/** A folder in which a step writes its outputs before they count. */
export interface Stage {
  readonly directory: string;
  /** Removes it; nothing of it remains. */
  discard(): Promise<void>;
}

/** A value that does not fit its sha256 any more. It has been set aside. */
export interface Damage {
  readonly what:
    | "object"
    | "manifest"
    | "answer"
    | "tags"
    | "asked"
    | "job"
    | "run"
    | "note"
    | "file"
    | "tombstone"
    | "database";
  /** The digest, key or name of what is damaged. */
  readonly key: string;
  readonly detail: string;
}

/** Something that is held until it is released or its holder dies. */
export interface Lease {
  release(): void;
}

/** One run of a spec, for `status` and `explain`. */
export interface RunRecord {
  readonly id: string;
  readonly spec: string;
  readonly started: number;
  readonly finished: number | null;
  readonly steps: readonly { readonly id: string; readonly key: string | null; readonly status: string }[];
}

/** The record at the project root: manifests, files by content, completions, runs. */
export interface Store {
  readonly directory: string;
  /** The manifest of a finished step whose files are all there; undefined where there is none. Damage is reported through `onDamage`. */
  lookup(key: string): Manifest | undefined;
  stage(): Promise<Stage>;
  /**
   * Takes the staged files (named as in `manifest.outputs`) into the record, syncs them, and writes the manifest last,
   * with the keys of the answers that the step asked for.
   */
  commit(manifest: Manifest, stage: Stage, answers?: readonly string[]): Promise<void>;
  /** Absolute path of a content after its sha256 was checked; undefined (and set aside) where it does not fit or is missing. */
  open(digest: string): Promise<string | undefined>;
  /** Forgets a manifest, so that its step runs again. */
  forget(key: string): void;
  /** Keys of the answers that a finished step asked for and that are kept, in the order in which they were kept; undefined where they were never written down. */
  asked(key: string): readonly string[] | undefined;

  /** Answers with their tags, for another store; those that are not kept are left out. */
  giveAnswers(keys: readonly string[]): Iterable<ForeignAnswer>;
  /** Takes in a content of another store from a file that fits it; the file is gone. */
  takeInContent(source: string, output: Pick<OutputRecord, "digest" | "bytes">): Promise<void>;
  /** Takes in answers of another store, durably. What is here stands. */
  takeInAnswers(foreign: readonly ForeignAnswer[]): TakenIn;
  /** Takes in a step of another store whose contents are here, with the keys of its answers where all of them are; the one that is here stands, and is what comes back. */
  takeInStep(manifest: Manifest, answers: readonly string[] | undefined): Manifest;

  answer(key: string): StoredAnswer | undefined;
  /** Keeps an answer durably, with its tags; the first one committed stands, and is what comes back. Many at once share one sync. */
  keepAnswer(answer: StoredAnswer, tags?: Omit<Tags, "answer">): Promise<StoredAnswer>;
  /** Tags a step's completions: adds to what is there, and replaces only what the step said of the same answer and item. Answers that were never kept are left out. */
  tag(spec: string, step: string, tags: readonly Tags[]): void;
  /** Completions that a filter means, the newest last, read page by page. */
  completions(filter: CompletionFilter): Iterable<CompletionRecord>;

  /** Batches at providers. */
  readonly jobs: Jobs;

  /** Holds a name until released; undefined where another process holds it. */
  tryLease(name: string): Lease | undefined;
  /** Who holds a name, as far as it was written down. */
  holder(name: string): { readonly pid: number } | undefined;
  /** Keeps anybody from clearing up until released, as every run does from its start to its finish. */
  use(): Lease;

  startRun(spec: string): string;
  finishRun(id: string, steps: RunRecord["steps"]): void;
  /** Runs of a spec, the newest first. */
  runs(spec: string): Iterable<RunRecord>;
  /** Every spec that was run, by its path from the project root. */
  specs(): readonly string[];

  /** sha256 of a file, remembered by size, modification time and inode. */
  digestFile(path: string): Promise<string>;
  /** A small value remembered for a content, such as its columns. */
  remember(topic: string, key: string, value: Json): void;
  recall(topic: string, key: string): Json | undefined;
  /** Checks every value against its sha256. Damaged ones are set aside. */
  verify(onProgress?: (done: number, total: number) => void): Promise<readonly Damage[]>;
  /** Clears up: removes what neither locks nor the newest runs need. Undefined where somebody works in the store. */
  collect(keep: Keep): Collected | undefined;
  /** Finds what is meant and removes it for good, with tombstones in its place. Undefined where somebody works in the store. */
  erase(wish: EraseWish): Promise<Erased | undefined>;
  /** What is left of something that was erased and is not there again, by its key or digest. */
  tombstone(id: string): Tombstone | undefined;
  /** True where this completion was erased, be it under its own key or under another one. */
  isErased(answer: Pick<StoredAnswer, "key" | "provider" | "request" | "answer">): boolean;
  /** All of them, in the order in which they were put up. */
  tombstones(): Iterable<Tombstone>;
  close(): void;
}
