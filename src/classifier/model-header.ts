import { failModel } from "./fail-model.ts";
import { type FeatureOptions, hyperparameters } from "./hyperparameters.ts";
import type { ClassifierModel } from "./model.ts";

/** What whoever trained the model wants to find again beside it: a JSON object. */
export type ModelMeta = { readonly [key: string]: unknown };

/** The part of a model's file that is JSON. */
export interface ModelHeader {
  readonly labels: readonly string[];
  readonly options: FeatureOptions;
  readonly texts: number;
  readonly features: number;
  readonly scales: Float64Array;
  readonly biases: Float64Array;
  readonly meta: ModelMeta;
}

const optionNames = [
  "word_ngrams",
  "shortest_char_ngram",
  "longest_char_ngram",
  "char_weight",
  "hash_bits",
] as const satisfies readonly (keyof FeatureOptions)[];

/** The header of a model, with its fields in a fixed order. */
export function writeHeader(
  { labels, vocabulary, scales, biases }: ClassifierModel,
  meta: ModelMeta,
): Buffer {
  const { options, texts, buckets } = vocabulary;
  const header = {
    labels,
    options: Object.fromEntries(optionNames.map((name) => [name, options[name]])),
    texts,
    features: buckets.length,
    scales: [...scales],
    biases: [...biases],
    meta,
  };
  return Buffer.from(JSON.stringify(header));
}

/** Reads a header field by field. Error that names what is wrong. */
export function readHeader(bytes: Uint8Array): ModelHeader {
  const header = readObject(parse(bytes), "the header");
  const labels = readLabels(header.labels);
  const options = readOptions(readObject(header.options, "options"));
  return {
    labels,
    options,
    texts: readWhole(header.texts, { name: "texts", least: 1, most: 2 ** 32 - 1 }),
    features: readWhole(header.features, { name: "features", least: 0, most: 2 ** options.hash_bits }),
    scales: readNumbers(header.scales, { name: "scales", count: labels.length }),
    biases: readNumbers(header.biases, { name: "biases", count: labels.length }),
    meta: readObject(header.meta, "meta"),
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return failModel("the header is no JSON in UTF-8");
  }
}

function readObject(value: unknown, name: string): { readonly [key: string]: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    failModel(`${name} must be an object`);
  return value as { readonly [key: string]: unknown };
}

function readLabels(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every((label) => typeof label === "string")) {
    failModel("labels must be one or more texts");
  }
  const labels = value as readonly string[];
  if (labels.some((label, i) => i > 0 && label <= labels[i - 1]!))
    failModel("labels must be distinct and in order");
  return labels;
}

function readOptions(value: { readonly [key: string]: unknown }): FeatureOptions {
  const options = Object.fromEntries(optionNames.map((name) => [name, readOption(value[name], name)]));
  return options as unknown as FeatureOptions;
}

function readOption(value: unknown, name: keyof FeatureOptions): number {
  const schema = hyperparameters.properties[name];
  const least = "minimum" in schema ? schema.minimum : Number.MIN_VALUE;
  const whole = schema.type === "number" || Number.isInteger(value);
  if (typeof value !== "number" || !whole || value < least || value > schema.maximum) {
    failModel(`options.${name} must be a number from ${least} to ${schema.maximum}`);
  }
  return value;
}

interface Bounds {
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

function readWhole(value: unknown, { name, least, most }: Bounds): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    failModel(`${name} must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function readNumbers(
  value: unknown,
  { name, count }: { readonly name: string; readonly count: number },
): Float64Array {
  if (!Array.isArray(value) || value.length !== count || !value.every((entry) => Number.isFinite(entry))) {
    failModel(`${name} must be ${count} numbers`);
  }
  return Float64Array.from(value as readonly number[]);
}
