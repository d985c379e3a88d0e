import { hash } from "node:crypto";
import type { ForeignAnswer, StoredAnswer, Tags } from "../store.ts";
import type { Expected } from "./checked.ts";
import { isCount, isDigest, isRecord } from "./shape.ts";

/** Answers in one file, as a step's record names it. */
export interface PackReference extends Expected {
  readonly answers: number;
}

/** A pack with its content: a line an answer, `SHA256 JSON`, so that damage costs no more than the lines that it hit. */
export interface AnswerPack extends PackReference {
  readonly content: Buffer;
}

/**
 * Packs answers in the order in which they come. That is the order in which they were kept: a step that asks for more
 * than one before it repeats the packs of that one and adds to them.
 */
export function* packAnswers(answers: Iterable<ForeignAnswer>): Generator<AnswerPack> {
  let lines: Buffer[] = [];
  let bytes = 0;
  for (const answer of answers) {
    const line = formatLine(answer);
    lines.push(line);
    bytes += line.length;
    if (lines.length < PACK.answers && bytes < PACK.bytes) continue;
    yield toPack(lines);
    lines = [];
    bytes = 0;
  }
  if (lines.length > 0) yield toPack(lines);
}

/** The answers of a pack's lines that fit their sha256, and how many do not. */
export function readPack(content: Buffer): {
  readonly answers: readonly ForeignAnswer[];
  readonly unfit: number;
} {
  const answers: ForeignAnswer[] = [];
  let unfit = 0;
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(0x0a, start);
    const line = content.subarray(start, end < 0 ? content.length : end);
    start += line.length + 1;
    const answer = readLine(line);
    if (answer === undefined) unfit += 1;
    else answers.push(answer);
  }
  return { answers, unfit };
}

/** So many at most, and so many bytes unless a single one is longer. */
const PACK = { answers: 500, bytes: 4 << 20 };

const SEAL = 64;

function toPack(lines: readonly Buffer[]): AnswerPack {
  const content = Buffer.concat(lines);
  return { digest: hash("sha256", content), bytes: content.length, answers: lines.length, content };
}

function formatLine({ answer, tags }: ForeignAnswer): Buffer {
  const text = JSON.stringify({ answer, tags });
  return Buffer.from(`${hash("sha256", text)} ${text}\n`);
}

function readLine(line: Buffer): ForeignAnswer | undefined {
  const text = line.subarray(SEAL + 1);
  if (line[SEAL] !== 0x20 || line.toString("latin1", 0, SEAL) !== hash("sha256", text)) return undefined;
  try {
    const value = JSON.parse(text.toString());
    return isForeignAnswer(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** True for an answer with tags of its own. */
export function isForeignAnswer(value: unknown): value is ForeignAnswer {
  if (!isRecord(value) || !isStoredAnswer(value.answer) || !Array.isArray(value.tags)) return false;
  const { key } = value.answer;
  return value.tags.every((tags) => isTags(tags) && tags.answer === key);
}

function isStoredAnswer(value: unknown): value is StoredAnswer {
  return (
    isRecord(value) &&
    isDigest(value.key) &&
    isRecord(value.provider) &&
    typeof value.model === "string" &&
    isRecord(value.request) &&
    isCount(value.sample) &&
    typeof value.created === "number" &&
    isRecord(value.answer) &&
    typeof value.answer.output_text === "string" &&
    Array.isArray(value.answer.tool_calls) &&
    REASONS.has(value.answer.finish_reason) &&
    (value.answer.logprobs === null || Array.isArray(value.answer.logprobs)) &&
    (value.answer.resolved_model === null || typeof value.answer.resolved_model === "string") &&
    (value.answer.usage === null || isUsage(value.answer.usage)) &&
    (value.answer.latency_ms === null || typeof value.answer.latency_ms === "number") &&
    (value.answer.provider_id === null || typeof value.answer.provider_id === "string")
  );
}

const REASONS: ReadonlySet<unknown> = new Set(["stop", "length", "tool_calls", "content_filter", "refusal"]);

function isUsage(value: unknown): boolean {
  return isRecord(value) && typeof value.input_tokens === "number" && typeof value.output_tokens === "number";
}

function isTags(value: unknown): value is Tags {
  return (
    isRecord(value) &&
    [value.answer, value.spec, value.step, value.item].every((name) => typeof name === "string") &&
    isRecord(value.metadata) &&
    Object.values(value.metadata).every((text) => typeof text === "string")
  );
}
