import type { FeatureOptions } from "./hyperparameters.ts";
import { tokenize } from "./tokenize.ts";

const wordKind = 1;
const charKind = 2;
const wordEnd = 32;

/**
 * Calls `emit` with the bucket and the weight of each word n-gram and each character n-gram within a word (its two ends
 * marked by a space), as often as the text has it.
 *
 * Source: K. Weinberger et al., "Feature hashing for large scale multitask learning", ICML 2009, without the
 * sign: buckets are many, and those that are not kept drop out.
 */
export function eachFeature(
  text: string,
  options: FeatureOptions,
  emit: (bucket: number, weight: number) => void,
): void {
  const words = tokenize(text);
  const mask = 2 ** options.hash_bits - 1;
  for (let first = 0; first < words.length; first++) {
    const end = Math.min(words.length, first + options.word_ngrams);
    let hash = hashUnit(offsetBasis, wordKind);
    for (let last = first; last < end; last++) {
      hash = hashUnit(hashWord(hash, words[last]!), wordEnd);
      emit(finish(hash) & mask, 1);
    }
    eachCharNgram(words[first]!, options, (hashed) => emit(hashed & mask, options.char_weight));
  }
}

function eachCharNgram(word: string, options: FeatureOptions, emit: (hash: number) => void): void {
  const { shortest_char_ngram: shortest, longest_char_ngram: longest } = options;
  for (let first = -1; first + shortest <= word.length + 1; first++) {
    const end = Math.min(word.length + 1, first + longest);
    let hash = hashUnit(offsetBasis, charKind);
    for (let at = first; at < end; at++) {
      hash = hashUnit(hash, at < 0 || at === word.length ? wordEnd : word.charCodeAt(at));
      if (at - first + 1 >= shortest) emit(finish(hash));
    }
  }
}

function hashWord(hash: number, word: string): number {
  let hashed = hash;
  for (let at = 0; at < word.length; at++) hashed = hashUnit(hashed, word.charCodeAt(at));
  return hashed;
}

// FNV-1a, 32 bits, over UTF-16 units with the low byte first (G. Fowler, L. C. Noll, K.-P. Vo; RFC 9923). It can
// be extended by a unit, so all n-grams from one place cost one pass.
const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

function hashUnit(hash: number, unit: number): number {
  return Math.imul(Math.imul(hash ^ (unit & 0xff), prime) ^ (unit >>> 8), prime);
}

// The finalizer of MurmurHash3 (A. Appleby, public domain): FNV's low bits alone are poorly mixed.
function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
