import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClassifierModel } from "../../src/classifier/model.ts";
import { decodeModel, encodeModel } from "../../src/classifier/model-file.ts";
import { createPredictor } from "../../src/classifier/predict.ts";
import { createRandom } from "../../src/stats/random.ts";
import { drawTopics } from "./draw-topics.ts";
import { train } from "./train.ts";

describe("encodeModel and decodeModel", () => {
  it("give back a trained model, its answers and what was put beside it", async () => {
    const { model, predict } = await train(drawTopics(90, 1));
    const meta = { answer: [{ field: "team", holds: "label" }], note: "日本語 \u2028" };
    const decoded = decodeModel(encodeModel(model, meta));
    expect(decoded).toEqual({ model, meta });
    expect(createPredictor(decoded.model)("toner tray")).toEqual(predict("toner tray"));
  });

  it("give back any model", () => {
    fc.assert(
      fc.property(anyModel, fc.dictionary(fc.string({ unit: "binary" }), meta), (model, beside) => {
        const bytes = encodeModel(model, beside);
        const decoded = decodeModel(bytes);
        expect(decoded.model).toEqual(model);
        expect(decoded.meta).toEqual(JSON.parse(JSON.stringify(beside)));
        expect(encodeModel(decoded.model, decoded.meta)).toEqual(bytes);
      }),
    );
  });

  it("need less than a megabyte for ten labels, however much was read", async () => {
    const random = createRandom(1);
    const word = () =>
      Array.from({ length: 8 }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join("");
    const examples = Array.from({ length: 2000 }, (_, i) => ({
      text: Array.from({ length: 20 }, word).join(" "),
      target: { [`label ${i % 10}`]: 1 },
    }));
    const { model } = await train(examples, { n_epochs: 1 });
    expect(model.vocabulary.buckets).toHaveLength(65_536);
    expect(encodeModel(model, {}).length).toBeLessThan(1_000_000);
  });

  it("read from a part of a larger buffer", async () => {
    const { model } = await train(drawTopics(9, 1));
    const bytes = encodeModel(model, {});
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(decodeModel(larger.subarray(3, 3 + bytes.length)).model).toEqual(model);
  });
});

describe("decodeModel", () => {
  const small: ClassifierModel = {
    labels: ["a", "b"],
    vocabulary: {
      options: {
        word_ngrams: 1,
        shortest_char_ngram: 3,
        longest_char_ngram: 5,
        char_weight: 0.5,
        hash_bits: 8,
      },
      texts: 300,
      buckets: Uint32Array.of(0, 7, 255),
      frequencies: Uint32Array.of(1, 300, 2),
    },
    weights: Int8Array.of(1, -1, 127, -127, 0, 5),
    scales: Float64Array.of(0.1, 0.2),
    biases: Float64Array.of(-0.5, -0.9),
  };
  const bytes = encodeModel(small, { k: 1 });

  it("refuses every shorter file", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeModel(bytes.slice(0, length))).toThrow("this is no classifier model");
    }
  });

  it("refuses every file with one bit turned", () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => decodeModel(damaged)).toThrow("this is no classifier model");
    }
  });

  it("refuses any bytes without a crash", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (anything) => {
        expect(() => decodeModel(anything)).toThrow("this is no classifier model");
        expect(() => decodeModel(sealed(Buffer.from(bytes.slice(0, 16)), anything))).toThrow(
          "this is no classifier model",
        );
      }),
    );
  });

  it.each([
    [
      "another kind of file",
      Buffer.from("PK\u0003\u0004 and so on, long enough"),
      "it does not begin as one",
    ],
    [
      "a later format",
      patched((file) => file.writeUInt32LE(2, 8)),
      "it has format version 2, and 1 is known",
    ],
    [
      "a header longer than the file",
      patched((file) => file.writeUInt32LE(0xffffffff, 12)),
      "its header should end at byte 4294967311",
    ],
    [
      "bytes after the end",
      sealed(Buffer.from(bytes.slice(0, -4)), Uint8Array.of(0)),
      "need as many weights, and there are 7 bytes",
    ],
    ["no header", rewritten(() => "nonsense"), "the header is no JSON in UTF-8"],
    ["a header that is no object", rewritten(() => "[]"), "the header must be an object"],
    ["no labels", withHeader({ labels: [] }), "labels must be one or more texts"],
    ["labels that are numbers", withHeader({ labels: [1, 2] }), "labels must be one or more texts"],
    ["a label twice", withHeader({ labels: ["a", "a"] }), "labels must be distinct and in order"],
    ["too many buckets", withOptions({ hash_bits: 31 }), "options.hash_bits must be a number from 8 to 22"],
    ["half a bit", withOptions({ hash_bits: 8.5 }), "options.hash_bits must be a number from 8 to 22"],
    ["a missing option", withOptions({ char_weight: null }), "options.char_weight must be a number"],
    ["too many features", withHeader({ features: 1e9 }), "features must be a whole number from 0 to 256"],
    ["more features than bytes", withHeader({ features: 200 }), "200 numbers do not fit into 14 bytes"],
    ["features that end within the weights", withHeader({ features: 4 }), "need as many weights"],
    [
      "a frequency beyond the texts",
      withHeader({ texts: 299 }),
      "a feature is in 0 or in more than 299 texts",
    ],
    ["no texts", withHeader({ texts: 0 }), "texts must be a whole number from 1 to 4294967295"],
    ["scales that are missing", withHeader({ scales: [1] }), "scales must be 2 numbers"],
    ["biases that are no numbers", withHeader({ biases: [null, 1] }), "biases must be 2 numbers"],
    ["no meta", withHeader({ meta: undefined }), "meta must be an object"],
    ["a bucket twice", withBody((body) => body.fill(0, 1, 2)), "a bucket is there twice"],
    [
      "a bucket beyond the last",
      withBody((body) => body.fill(0x7f, 1, 2).fill(0x81, 2, 3)),
      "a bucket is beyond 256",
    ],
    ["a number beyond 32 bits", withBody((body) => body.fill(0xff)), "a number is too great"],
  ])("refuses %s, and says so", (_, file, message) => {
    expect(() => decodeModel(file)).toThrow("this is no classifier model: ");
    expect(() => decodeModel(file)).toThrow(message);
  });

  /** A file with a right checksum: what is refused is refused for what it says. */
  function sealed(...parts: readonly Uint8Array[]): Uint8Array {
    const body = Buffer.concat(parts);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc32(body));
    return Buffer.concat([body, sum]);
  }

  function patched(change: (file: Buffer) => void): Uint8Array {
    const file = Buffer.from(bytes.slice(0, -4));
    change(file);
    return sealed(file);
  }

  function rewritten(change: (header: string) => string): Uint8Array {
    const file = Buffer.from(bytes);
    const end = 16 + file.readUInt32LE(12);
    const header = Buffer.from(change(file.toString("utf8", 16, end)));
    const prefix = Buffer.from(file.subarray(0, 16));
    prefix.writeUInt32LE(header.length, 12);
    return sealed(prefix, header, file.subarray(end, -4));
  }

  function withHeader(fields: object): Uint8Array {
    return rewritten((header) => JSON.stringify({ ...JSON.parse(header), ...fields }));
  }

  function withOptions(fields: object): Uint8Array {
    return rewritten((header) => {
      const parsed = JSON.parse(header);
      return JSON.stringify({ ...parsed, options: { ...parsed.options, ...fields } });
    });
  }

  function withBody(change: (body: Buffer) => void): Uint8Array {
    return patched((file) => change(file.subarray(16 + file.readUInt32LE(12))));
  }
});

const meta = fc.jsonValue();
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

const anyModel: fc.Arbitrary<ClassifierModel> = fc
  .record({
    labels: fc
      .uniqueArray(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 6 })
      .map((labels) => labels.sort()),
    hash_bits: fc.integer({ min: 8, max: 22 }),
    texts: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    char_weight: fc.double({ min: 0.001, max: 10, noNaN: true }),
    features: fc.integer({ min: 0, max: 40 }),
  })
  .chain(({ labels, hash_bits, texts, char_weight, features }) => {
    const count = labels.length;
    const exactly = (length: number) => ({ minLength: length, maxLength: length });
    return fc.record({
      labels: fc.constant(labels),
      vocabulary: fc.record({
        options: fc.constant({
          word_ngrams: 2,
          shortest_char_ngram: 3,
          longest_char_ngram: 0,
          char_weight,
          hash_bits,
        }),
        texts: fc.constant(texts),
        buckets: fc
          .uniqueArray(fc.nat(2 ** hash_bits - 1), exactly(features))
          .map((buckets) => Uint32Array.from(buckets).sort()),
        frequencies: fc
          .array(fc.integer({ min: 1, max: texts }), exactly(features))
          .map((values) => Uint32Array.from(values)),
      }),
      weights: fc.int8Array({ min: -127, max: 127, ...exactly(features * count) }),
      scales: fc.array(finite, exactly(count)).map((values) => Float64Array.from(values)),
      biases: fc.array(finite, exactly(count)).map((values) => Float64Array.from(values)),
    });
  });
