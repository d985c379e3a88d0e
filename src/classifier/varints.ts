import { failModel } from "./fail-model.ts";

/** Whole numbers from 0 to 2^32 − 1 as unsigned LEB128: seven bits a byte, the low ones first. */
export function writeVarints(values: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 5);
  let length = 0;
  for (const value of values) {
    let rest = value;
    while (rest > 0x7f) {
      bytes[length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[length++] = rest;
  }
  return bytes.subarray(0, length);
}

/** Reads `count` numbers; `end` is where the next byte is. Error where the bytes end before, or a number is too great. */
export function readVarints(
  bytes: Uint8Array,
  { from, count }: { readonly from: number; readonly count: number },
): { readonly values: Uint32Array; readonly end: number } {
  // Before anything is allocated: a number takes at least a byte.
  if (count > bytes.length - from) failModel(`${count} numbers do not fit into ${bytes.length - from} bytes`);
  const values = new Uint32Array(count);
  let end = from;
  for (let i = 0; i < count; i++) {
    let value = 0;
    let factor = 1;
    let byte: number | undefined;
    do {
      byte = bytes[end++];
      if (byte === undefined) failModel("the bytes end within a number");
      value += (byte & 0x7f) * factor;
      factor *= 128;
      if (value > 0xffffffff || factor > 128 ** 5) failModel("a number is too great");
    } while (byte > 0x7f);
    values[i] = value;
  }
  return { values, end };
}
