import { eachFeature } from "./features.ts";
import type { FeatureOptions } from "./hyperparameters.ts";

/** The buckets that a model keeps, and in how many of its training texts each one was. */
export interface Vocabulary {
  readonly options: FeatureOptions;
  /** How many texts were counted, at least 1. */
  readonly texts: number;
  /** Ascending and distinct, below 2^hash_bits. */
  readonly buckets: Uint32Array;
  /** For each bucket the number of texts that have it, 1..texts. */
  readonly frequencies: Uint32Array;
}

/** A text as a vector: `values[i]` at feature `slots[i]` (a place in the vocabulary), of length 1 or empty. */
export interface SparseVector {
  readonly slots: Uint32Array;
  readonly values: Float64Array;
}

/** Counts texts one by one; `finish` keeps the `max_features` buckets that most of them have, the lower first in a tie. */
export function createVocabularyCounter(options: FeatureOptions): {
  add(text: string): void;
  finish(maxFeatures: number): Vocabulary;
} {
  const frequencies = new Uint32Array(2 ** options.hash_bits);
  const lastText = new Uint32Array(frequencies.length);
  let texts = 0;
  return {
    add(text) {
      texts++;
      eachFeature(text, options, (bucket) => {
        if (lastText[bucket] === texts) return;
        lastText[bucket] = texts;
        frequencies[bucket]!++;
      });
    },
    finish(maxFeatures) {
      const buckets = frequentBuckets(frequencies, maxFeatures);
      return { options, texts, buckets, frequencies: buckets.map((bucket) => frequencies[bucket]!) };
    },
  };
}

/**
 * Turns texts into vectors: (1 + ln count) · weight · ln((1 + texts) / frequency), scaled to length 1. Buckets outside
 * the vocabulary do not count. The vector that is returned is good until the next call.
 *
 * Source: K. Spärck Jones, Journal of Documentation 28 (1972), for the inverse document frequency;
 * C. D. Manning, P. Raghavan, H. Schütze, "Introduction to Information Retrieval" (2008), 6.4, for the rest.
 */
export function createVectorizer({
  options,
  texts,
  buckets,
  frequencies,
}: Vocabulary): (text: string) => SparseVector {
  const placeOf = new Uint32Array(2 ** options.hash_bits); // 1 + the slot of a bucket; 0 where it is not kept
  buckets.forEach((bucket, slot) => {
    placeOf[bucket] = slot + 1;
  });
  const idf = Float64Array.from(frequencies, (frequency) => Math.log((1 + texts) / frequency));
  const counts = new Uint32Array(buckets.length);
  const slots = new Uint32Array(buckets.length);
  const values = new Float64Array(buckets.length);
  return (text) => {
    let length = 0;
    eachFeature(text, options, (bucket, weight) => {
      const place = placeOf[bucket]!;
      if (place === 0) return;
      const slot = place - 1;
      if (counts[slot]!++ > 0) return;
      slots[length] = slot;
      values[length++] = weight;
    });
    let squares = 0;
    for (let i = 0; i < length; i++) {
      const slot = slots[i]!;
      const value = (1 + Math.log(counts[slot]!)) * values[i]! * idf[slot]!;
      counts[slot] = 0;
      values[i] = value;
      squares += value * value;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < length; i++) values[i]! *= scale;
    return { slots: slots.subarray(0, length), values: values.subarray(0, length) };
  };
}

function frequentBuckets(frequencies: Uint32Array, most: number): Uint32Array {
  const seen = [...frequencies.keys()].filter((bucket) => frequencies[bucket]! > 0);
  if (seen.length <= most) return Uint32Array.from(seen);
  seen.sort((a, b) => frequencies[b]! - frequencies[a]! || a - b);
  return Uint32Array.from(seen.slice(0, most)).sort();
}
