import { crc32 } from "node:zlib";
import { failModel } from "./fail-model.ts";
import type { ClassifierModel } from "./model.ts";
import { type ModelMeta, readHeader, writeHeader } from "./model-header.ts";
import { readVarints, writeVarints } from "./varints.ts";

const magic = "distillT";
const formatVersion = 1;
const prefixBytes = 16;

/**
 * A model as a file. The same model and meta give the same bytes. All numbers are little-endian:
 * ```
 *  8  "distillT"
 *  4  format version: 1
 *  4  bytes of the header
 *  …  header, JSON in UTF-8: labels, options, texts, features, scales, biases, meta
 *  …  features × LEB128: the gap to the bucket before (the first: the bucket itself)
 *  …  features × LEB128: the number of texts that have the bucket
 *  …  features × labels × int8: weights
 *  4  CRC-32 of all before it
 * ```
 */
export function encodeModel(model: ClassifierModel, meta: ModelMeta): Uint8Array {
  const { vocabulary, weights } = model;
  const header = writeHeader(model, meta);
  const body = Buffer.concat([
    Buffer.from(magic, "latin1"),
    uint32(formatVersion),
    uint32(header.length),
    header,
    writeVarints(vocabulary.buckets.map((bucket, i) => bucket - (vocabulary.buckets[i - 1] ?? 0))),
    writeVarints(vocabulary.frequencies),
    Buffer.from(weights.buffer, weights.byteOffset, weights.length),
  ]);
  return new Uint8Array(Buffer.concat([body, uint32(crc32(body))]));
}

/** Reads what `encodeModel` wrote. Error that says what is wrong where the bytes are anything else. */
export function decodeModel(bytes: Uint8Array): {
  readonly model: ClassifierModel;
  readonly meta: ModelMeta;
} {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerEnd = checkEnvelope(file);
  const { labels, options, texts, features, scales, biases, meta } = readHeader(
    file.subarray(prefixBytes, headerEnd),
  );
  const body = file.subarray(headerEnd, file.length - 4);
  const gaps = readVarints(body, { from: 0, count: features });
  const frequencies = readVarints(body, { from: gaps.end, count: features });
  const found = body.length - frequencies.end;
  if (found !== features * labels.length) {
    failModel(
      `${features} features of ${labels.length} labels need as many weights, and there are ${found} bytes`,
    );
  }
  const buckets = addGaps(gaps.values, 2 ** options.hash_bits);
  if (frequencies.values.some((frequency) => frequency < 1 || frequency > texts)) {
    failModel(`a feature is in 0 or in more than ${texts} texts`);
  }
  // A copy, so that the model does not hold the file.
  const weights = new Int8Array(body.subarray(frequencies.end));
  const vocabulary = { options, texts, buckets, frequencies: frequencies.values };
  return { model: { labels, vocabulary, weights, scales, biases }, meta };
}

/** @returns where the header ends. */
function checkEnvelope(file: Buffer): number {
  if (file.length < prefixBytes + 4 || file.toString("latin1", 0, magic.length) !== magic) {
    failModel("it does not begin as one");
  }
  const version = file.readUInt32LE(8);
  if (version !== formatVersion) failModel(`it has format version ${version}, and ${formatVersion} is known`);
  const headerEnd = prefixBytes + file.readUInt32LE(12);
  if (headerEnd > file.length - 4) {
    failModel(
      `its header should end at byte ${headerEnd}, and the file has ${file.length}: it is cut off or damaged`,
    );
  }
  if (file.readUInt32LE(file.length - 4) !== crc32(file.subarray(0, -4))) {
    failModel("its checksum is wrong: it is cut off or damaged");
  }
  return headerEnd;
}

function addGaps(gaps: Uint32Array, end: number): Uint32Array {
  let bucket = 0;
  return gaps.map((gap, i) => {
    if (i > 0 && gap === 0) failModel("a bucket is there twice");
    bucket += gap;
    if (bucket >= end) failModel(`a bucket is beyond ${end}`);
    return bucket;
  });
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
