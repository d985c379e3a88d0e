#!/usr/bin/env node
// Asks a classifier that distill trained. Needs model.bin and model.json beside it, and nothing else; runs in Node,
// Deno, Bun and browsers, and gives the same probabilities to the last bit as classify.py and as distill itself.
//
//   import { loadClassifier } from "./classify.mjs";
//   const classify = await loadClassifier();
//   classify("my VPN drops every hour");   // { label, confidence, probabilities, output_text }
//
//   node classify.mjs "my VPN drops every hour"
//   node classify.mjs --lines < texts.jsonl      one JSON string a line, one answer a line
//   node classify.mjs --test                     against test-vectors.json

/** What is read of a text, in UTF-16 units. */
const longestText = 20_000;

/** Bits that model.json gives of a character. */
const is = { unspaced: 1, mark: 2, emoji: 4, word: 8, letter: 16, digit: 32, cased: 64, ignorable: 128 };

/**
 * Loads the model that lies beside this file.
 *
 * @returns {Promise<(text: string) => { label: string, confidence: number, keep?: boolean,
 *   probabilities: Record<string, number>, output_text: string }>}
 */
export async function loadClassifier() {
  const [model, description] = await Promise.all([
    readBytes(new URL("./model.bin", import.meta.url)),
    readBytes(new URL("./model.json", import.meta.url)),
  ]);
  return createClassifier(model, JSON.parse(new TextDecoder().decode(description)));
}

/** Makes a classifier of the bytes of model.bin and the content of model.json. */
export function createClassifier(bytes, { cascade, unicode }) {
  const model = decodeModel(bytes);
  const tokenize = createTokenizer(unicode);
  const vectorize = createVectorizer(model, tokenize);
  return (text) => {
    const probabilities = predict(model, vectorize(String(text)));
    const ranked = model.labels
      .map((label, index) => ({ label, probability: probabilities[index] }))
      .sort((a, b) => b.probability - a.probability); // stable, so labels in their order where they tie
    const [first] = ranked;
    const confidence =
      cascade?.confidence === "rounded"
        ? fourDigits(first.probability)
        : Math.min(1, exp(log(Math.max(first.probability, Number.MIN_VALUE))));
    return {
      label: first.label,
      confidence,
      ...(cascade && { keep: cascade.threshold !== null && confidence >= cascade.threshold }),
      probabilities: Object.fromEntries(model.labels.map((label, index) => [label, probabilities[index]])),
      output_text: writeText(ranked, model.contract),
    };
  };
}

function predict({ labels, weights, scales, biases }, { slots, values }) {
  const logits = new Float64Array(labels.length);
  slots.forEach((slot, i) => {
    for (let l = 0; l < labels.length; l++) logits[l] += values[i] * weights[slot * labels.length + l];
  });
  for (let l = 0; l < labels.length; l++) logits[l] = logits[l] * scales[l] + biases[l];
  const greatest = Math.max(...logits);
  let sum = 0;
  for (let l = 0; l < labels.length; l++) {
    logits[l] = exp(logits[l] - greatest);
    sum += logits[l];
  }
  return logits.map((power) => power / sum);
}

/** (1 + ln count) · weight · ln((1 + texts) / frequency) for every known feature, scaled to length 1. */
function createVectorizer({ options, texts, buckets, frequencies }, tokenize) {
  const placeOf = new Map(Array.from(buckets, (bucket, slot) => [bucket, slot]));
  const idf = Float64Array.from(frequencies, (frequency) => log((1 + texts) / frequency));
  return (text) => {
    const found = new Map();
    eachFeature(tokenize(text), options, (bucket, weight) => {
      const slot = placeOf.get(bucket);
      if (slot === undefined) return;
      const seen = found.get(slot);
      if (seen === undefined) found.set(slot, { count: 1, weight });
      else seen.count++;
    });
    const slots = [...found.keys()];
    const values = slots.map((slot) => {
      const { count, weight } = found.get(slot);
      return (1 + log(count)) * weight * idf[slot];
    });
    let squares = 0;
    for (const value of values) squares += value * value;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    return { slots, values: values.map((value) => value * scale) };
  };
}

/** Word n-grams, and character n-grams within a word whose two ends count as spaces, hashed into buckets. */
function eachFeature(words, options, emit) {
  const { word_ngrams, shortest_char_ngram: shortest, longest_char_ngram: longest, char_weight } = options;
  const mask = 2 ** options.hash_bits - 1;
  const space = 32;
  words.forEach((word, first) => {
    let hash = hashUnit(offsetBasis, 1);
    for (const following of words.slice(first, first + word_ngrams)) {
      for (let at = 0; at < following.length; at++) hash = hashUnit(hash, following.charCodeAt(at));
      hash = hashUnit(hash, space);
      emit(finish(hash) & mask, 1);
    }
    for (let from = -1; from + shortest <= word.length + 1; from++) {
      const end = Math.min(word.length + 1, from + longest);
      let chars = hashUnit(offsetBasis, 2);
      for (let at = from; at < end; at++) {
        chars = hashUnit(chars, at < 0 || at === word.length ? space : word.charCodeAt(at));
        if (at - from + 1 >= shortest) emit(finish(chars) & mask, char_weight);
      }
    }
  });
}

// FNV-1a over UTF-16 units, the low byte first.
const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

function hashUnit(hash, unit) {
  return Math.imul(Math.imul(hash ^ (unit & 0xff), prime) ^ (unit >>> 8), prime);
}

// The finalizer of MurmurHash3.
function finish(hash) {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * The words of a text, by the `unicode` of model.json: NFKC, lower case, digits as 0, runs of letters, marks and numbers. Those
 * tables are the ones that the model was exported with: those of engines and languages differ by their age.
 */
export function createTokenizer(unicode) {
  const bits = readBits(unicode.characters);
  const normalize = createNormalizer(unicode);
  const lower = createLowerCase(unicode, bits);
  return (text) => {
    const normal = toUnits(normalize(toPoints(text.slice(0, longestText)))).slice(0, longestText);
    const points = lower(toPoints(normal)).map((point) => {
      if (bits[point] & is.digit) return 0x30;
      return point === 0x2019 ? 0x27 : point;
    });
    const words = [];
    const runOf = (bit, from) => {
      let end = from;
      while (end < points.length && bits[points[end]] & bit) end++;
      return end;
    };
    for (let at = 0; at < points.length; ) {
      const first = bits[points[at]];
      let end = at + 1;
      if (first & is.unspaced) end = runOf(is.mark, end);
      else if (first & is.word && !(first & is.emoji)) {
        end = runOf(is.word, end);
        if (points[end] === 0x27 && runOf(is.letter, end + 1) > end + 1) end = runOf(is.letter, end + 1);
      } else if (!(first & is.emoji)) {
        at = end;
        continue;
      }
      words.push(toUnits(points.slice(at, end)));
      at = end;
    }
    return words;
  };
}

/** Normalization form KC of code points (Unicode Standard Annex 15). */
function createNormalizer({ decompositions, marks, compositions }) {
  const partsOf = new Map(readPoints(decompositions).map(([whole, ...parts]) => [whole, parts]));
  const classOf = new Map(
    readPoints(marks).flatMap((points, index) => points.map((point) => [point, index + 1])),
  );
  const wholeOf = new Map(
    readPoints(compositions).map(([first, last, whole]) => [`${first} ${last}`, whole]),
  );
  const classAt = (point) => classOf.get(point) ?? 0;
  return (points) => {
    if (points.every((point) => point < 0x80)) return points;
    const parts = points.flatMap((point) => partsOf.get(point) ?? decomposeHangul(point) ?? [point]);
    for (let from = 0; from < parts.length; from++) {
      let end = from;
      while (end < parts.length && classAt(parts[end]) > 0) end++;
      if (end - from < 2) continue;
      const run = parts.slice(from, end).sort((a, b) => classAt(a) - classAt(b));
      for (const point of run) parts[from++] = point;
    }
    const whole = [];
    let starter = -1;
    let before = 0; // the class of the last mark after the starter; 0 where nothing is between
    for (const point of parts) {
      const own = classAt(point);
      const joined =
        starter >= 0 && (before === 0 || before < own)
          ? (wholeOf.get(`${whole[starter]} ${point}`) ?? composeHangul(whole[starter], point))
          : undefined;
      if (joined !== undefined) {
        whole[starter] = joined;
        continue;
      }
      if (own === 0) starter = whole.length;
      before = own;
      whole.push(point);
    }
    return whole;
  };
}

const hangul = { syllables: 0xac00, leads: 0x1100, vowels: 0x1161, tails: 0x11a7 };

function decomposeHangul(point) {
  const index = point - hangul.syllables;
  if (index < 0 || index >= 11_172) return undefined;
  const tail = index % 28;
  const pair = [hangul.leads + Math.floor(index / 588), hangul.vowels + Math.floor((index % 588) / 28)];
  return tail === 0 ? pair : [...pair, hangul.tails + tail];
}

function composeHangul(first, second) {
  const lead = first - hangul.leads;
  const vowel = second - hangul.vowels;
  if (lead >= 0 && lead < 19 && vowel >= 0 && vowel < 21) return hangul.syllables + (lead * 21 + vowel) * 28;
  const index = first - hangul.syllables;
  const tail = second - hangul.tails;
  if (index >= 0 && index < 11_172 && index % 28 === 0 && tail > 0 && tail < 28) return first + tail;
  return undefined;
}

/** Lower case by the root locale; a capital sigma at the end of a word becomes ς. */
function createLowerCase({ lower }, bits) {
  const lowerOf = new Map(readPoints(lower).map(([upper, ...points]) => [upper, points]));
  const sigma = 0x3a3;
  const casedFrom = (points, from, step) => {
    let at = from;
    while (bits[points[at]] & is.ignorable) at += step;
    return (bits[points[at]] & is.cased) > 0;
  };
  return (points) =>
    points.flatMap((point, at) => {
      if (point === sigma && casedFrom(points, at - 1, -1) && !casedFrom(points, at + 1, 1)) return [0x3c2];
      return lowerOf.get(point) ?? [point];
    });
}

/** A byte for every code point; ranges are written as gap, length and bits. */
function readBits(ranges) {
  const bits = new Uint8Array(0x110000);
  let end = 0;
  for (let i = 0; i < ranges.length; i += 3) {
    const from = end + ranges[i];
    end = from + ranges[i + 1];
    bits.fill(ranges[i + 2], from, end);
  }
  return bits;
}

/** Lists of code points in hexadecimal, with a semicolon between the lists. */
function readPoints(text) {
  return text.split(";").map((list) => list.split(" ").map((point) => Number.parseInt(point, 16)));
}

function toPoints(text) {
  return Array.from(text, (character) => character.codePointAt(0));
}

function toUnits(points) {
  return points.map((point) => String.fromCodePoint(point)).join("");
}

/** The answer as distill writes it: the label, or a JSON object with the fields of the contract. */
function writeText(ranked, contract) {
  if (contract === null) return ranked[0].label;
  const fields = contract.map(
    ({ field, holds }) => `${JSON.stringify(field)}:${JSON.stringify(fieldValue(holds, ranked))}`,
  );
  return `{${fields.join(",")}}`;
}

function fieldValue(holds, ranked) {
  if (holds === "label") return ranked[0].label;
  if (holds === "confidence") return fourDigits(ranked[0].probability);
  return Object.fromEntries(
    ranked
      .filter(({ probability }, index) => index === 0 || probability >= 0.005)
      .map(({ label, probability }) => [label, fourDigits(probability)]),
  );
}

function fourDigits(probability) {
  return Math.round(probability * 10_000) / 10_000;
}

// Exponential and logarithm of fdlibm (Sun Microsystems, 1993: "Permission to use, copy, modify, and distribute this
// software is freely granted, provided that this notice is preserved"), as V8 computes them: those of other engines
// and languages may differ in the last bit.
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
const view = new DataView(new ArrayBuffer(8));

function highWord(x) {
  view.setFloat64(0, x);
  return view.getInt32(0);
}

function powerOfTwo(exponent) {
  view.setUint32(0, (0x3ff + exponent) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

/** e to the power of any number. */
export function exp(argument) {
  if (argument > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (argument < -745.1332191019411) return 0;
  if (argument === 1) return Math.E;
  const size = highWord(argument) & 0x7fffffff;
  const sign = argument < 0 ? -1 : 1;
  let x = argument;
  let high = 0;
  let low = 0;
  let k = 0;
  if (size > 0x3fd62e42) {
    k = size < 0x3ff0a2b2 ? sign : Math.trunc(Math.LOG2E * x + sign * 0.5);
    high = x - k * ln2High;
    low = k * ln2Low;
    x = high - low;
  } else if (size < 0x3e300000) return 1 + x;
  const t = x * x;
  const c =
    x -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  if (k === 0) return 1 - ((x * c) / (c - 2) - x);
  const y = 1 - (low - (x * c) / (2 - c) - high);
  if (k === 1024) return y * 2 * powerOfTwo(1023);
  return k >= -1021 ? y * powerOfTwo(k) : y * powerOfTwo(k + 1000) * powerOfTwo(-1000);
}

/** The natural logarithm of a finite number above 0. */
export function log(argument) {
  let x = argument;
  let k = 0;
  if (highWord(x) < 0x00100000) {
    k = -54;
    x *= 18014398509481984; // 2^54
  }
  const word = highWord(x);
  const mantissa = word & 0x000fffff;
  const carry = (mantissa + 0x95f64) & 0x100000;
  k += (word >> 20) - 1023 + (carry >> 20);
  view.setFloat64(0, x);
  view.setInt32(0, mantissa | (carry ^ 0x3ff00000));
  const f = view.getFloat64(0) - 1;
  if ((0x000fffff & (2 + mantissa)) < 3) {
    if (f === 0) return k === 0 ? 0 : k * ln2High + k * ln2Low;
    const r = f * f * (0.5 - 0.3333333333333333 * f);
    return k === 0 ? f - r : k * ln2High - (r - k * ln2Low - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const t1 = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const t2 =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605101587)));
  const r = t2 + t1;
  if (((mantissa - 0x6147a) | (0x6b851 - mantissa)) > 0) {
    const half = 0.5 * f * f;
    if (k === 0) return f - (half - s * (half + r));
    return k * ln2High - (half - (s * (half + r) + k * ln2Low) - f);
  }
  if (k === 0) return f - s * (f - r);
  return k * ln2High - (s * (f - r) - k * ln2Low - f);
}

/** Reads a model's file: see format version 1 of distill's classifiers. */
function decodeModel(bytes) {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder().decode(bytes.subarray(0, 8)) !== "distillT" || file.getUint32(8, true) !== 1)
    throw new Error("model.bin is no model that is known here");
  const end = bytes.length - 4;
  if (file.getUint32(end, true) !== crc32(bytes.subarray(0, end)))
    throw new Error("model.bin is cut off or damaged: its checksum is wrong");
  let at = 16 + file.getUint32(12, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(16, at)));
  const readNumbers = () =>
    Array.from({ length: header.features }, () => {
      let value = 0;
      let factor = 1;
      for (;;) {
        const byte = bytes[at++];
        value += (byte & 0x7f) * factor;
        factor *= 128;
        if (byte < 0x80) return value;
      }
    });
  let bucket = 0;
  const buckets = readNumbers().map((gap) => {
    bucket += gap;
    return bucket;
  });
  const frequencies = readNumbers();
  const weights = new Int8Array(bytes.slice(at, end).buffer);
  return { ...header, contract: header.meta.contract ?? null, buckets, frequencies, weights };
}

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

async function readBytes(url) {
  if (url.protocol === "file:" && globalThis.process?.getBuiltinModule !== undefined)
    return new Uint8Array(await process.getBuiltinModule("node:fs").promises.readFile(url));
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be fetched: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function main([first, ...rest]) {
  const classify = await loadClassifier();
  const write = (line) => process.stdout.write(`${line}\n`);
  if (first === "--test" && rest.length === 0) return runTest(classify, write);
  if (first === "--lines" && rest.length === 0) {
    const { createInterface } = process.getBuiltinModule("node:readline");
    for await (const line of createInterface({ input: process.stdin }))
      write(JSON.stringify(classify(JSON.parse(line))));
    return 0;
  }
  if (first === undefined || first.startsWith("--") || rest.length > 0) {
    process.stderr.write("usage: node classify.mjs TEXT | --lines | --test\n");
    return 2;
  }
  write(JSON.stringify(classify(first)));
  return 0;
}

async function runTest(classify, write) {
  const bytes = await readBytes(new URL("./test-vectors.json", import.meta.url));
  const { vectors } = JSON.parse(new TextDecoder().decode(bytes));
  const wrong = vectors.filter(({ text, ...expected }) => !isSame(classify(text), expected));
  for (const { text } of wrong) write(`differs: ${JSON.stringify(text.slice(0, 60))}`);
  write(`${vectors.length - wrong.length} of ${vectors.length} answers are the same to the last bit`);
  return wrong.length === 0 && vectors.length > 0 ? 0 : 1;
}

function isSame(one, other) {
  if (typeof one !== "object" || typeof other !== "object") return Object.is(one, other);
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => isSame(one[name], other[name]));
}

// Only where this file itself was started.
if (globalThis.process?.argv?.[1] !== undefined && globalThis.process.getBuiltinModule !== undefined) {
  const { realpathSync } = process.getBuiltinModule("node:fs");
  const { pathToFileURL } = process.getBuiltinModule("node:url");
  let started;
  try {
    started = pathToFileURL(realpathSync(process.argv[1])).href;
  } catch {
    // Started from no file.
  }
  if (started === import.meta.url) process.exitCode = await main(process.argv.slice(2));
}
