import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eachFeature } from "../../src/classifier/features.ts";
import { defaultHyperparameters } from "../../src/classifier/hyperparameters.ts";
import { longestText, tokenize } from "../../src/classifier/tokenize.ts";

describe("tokenize", () => {
  it.each([
    [
      "lower case, compatibility forms and digits are levelled",
      "ＶＰＮ Ⅳ ﬁle #4711-٣",
      ["vpn", "iv", "file", "0000", "0"],
    ],
    ["a word keeps its apostrophe, in either form", "can't can’t 'quoted'", ["can't", "can't", "quoted"]],
    ["a mark stays with its letter, composed or not", "Caf\u00e9 cafe\u0301", ["caf\u00e9", "caf\u00e9"]],
    ["what is written without spaces is taken by character", "VPN连接 ok", ["vpn", "连", "接", "ok"]],
    ["an emoji is a word", "help🔥🔥", ["help", "🔥", "🔥"]],
    ["the dotted capital I is lowered as in no language", "İI", ["i\u0307i"]],
    ["lone surrogates and controls are no words", "a\ud800b\u0000c", ["a", "b", "c"]],
    ["nothing has no words", "", []],
  ])("%s", (_, text, words) => {
    expect(tokenize(text)).toEqual(words);
  });

  it("reads as much as it says, before and after normalization", () => {
    expect(tokenize(`${"x".repeat(longestText)} y`)).toEqual(["x".repeat(longestText)]);
    expect(tokenize("\ufdfa".repeat(longestText)).join("").length).toBeLessThanOrEqual(longestText);
  });
});

describe("eachFeature", () => {
  it("gives the same buckets on every machine", () => {
    // From an independent implementation of FNV-1a and of MurmurHash3's finalizer in Python.
    expect(featuresOf("no ink")).toEqual([
      [217778, 1],
      [218682, 1],
      [221407, 0.4],
      [182656, 0.4],
      [170177, 0.4],
      [39729, 1],
      [95929, 0.4],
      [220120, 0.4],
      [140985, 0.4],
      [175452, 0.4],
      [3093, 0.4],
      [177716, 0.4],
    ]);
  });

  it("emits words, pairs and the character n-grams within a word", () => {
    // no, ink, "no ink"; " no", "no ", " no "; " in", "ink", "nk ", " ink", "ink ", " ink "
    expect(featuresOf("no ink")).toHaveLength(3 + 3 + 6);
    expect(featuresOf("no ink", { longest_char_ngram: 0 })).toHaveLength(3);
    expect(featuresOf("no ink", { longest_char_ngram: 0, word_ngrams: 1 })).toHaveLength(2);
    expect(featuresOf("ink", { shortest_char_ngram: 1, longest_char_ngram: 1, word_ngrams: 1 })).toHaveLength(
      1 + 5,
    );
  });

  it("stays within the buckets for any text and any options", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.integer({ min: 8, max: 22 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 8 }),
        (text, hash_bits, shortest_char_ngram, longest_char_ngram) => {
          const options = { hash_bits, shortest_char_ngram, longest_char_ngram };
          for (const [bucket] of featuresOf(text, options)) {
            expect(bucket).toBeGreaterThanOrEqual(0);
            expect(bucket).toBeLessThan(2 ** hash_bits);
          }
        },
      ),
    );
  });

  it("spreads over the buckets evenly", () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 20_000; i++) {
      const word = i.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)]!);
      const [bucket] = featuresOf(word, { longest_char_ngram: 0, hash_bits: 8 })[0]!;
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    const expected = 20_000 / 256;
    let chiSquare = 0;
    for (let bucket = 0; bucket < 256; bucket++)
      chiSquare += ((counts.get(bucket) ?? 0) - expected) ** 2 / expected;
    expect(chiSquare).toBeLessThan(350); // 255 degrees of freedom: exceeded by chance in 1 of 10,000
  });
});

function featuresOf(text: string, options: Partial<typeof defaultHyperparameters> = {}): [number, number][] {
  const features: [number, number][] = [];
  eachFeature(text, { ...defaultHyperparameters, ...options }, (bucket, weight) =>
    features.push([bucket, weight]),
  );
  return features;
}
