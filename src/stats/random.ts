/**
 * A source of reproducible random numbers in [0, 1) with 53 bits each: the same seed gives the same numbers
 * on every machine. Not for secrets. RangeError where a number seed is not a whole number.
 *
 * Source: xoshiro128** 1.1 with its state filled by SplitMix64, as its authors advise (D. Blackman and
 * S. Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47 (2021); prng.di.unimi.it).
 * A string seed is first hashed with FNV-1a, 64 bits, over its UTF-8 bytes.
 */
export function createRandom(seed: number | string): () => number {
  const splitMix = createSplitMix64(typeof seed === "string" ? fnv1a64(seed) : wholeNumber(seed));
  const first = splitMix();
  const second = splitMix();
  const next = createXoshiro128(low32(first), high32(first), low32(second), high32(second));
  return () => {
    const high = next() >>> 5;
    const low = next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
}

function wholeNumber(seed: number): bigint {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed must be a whole number, not ${seed}`);
  return BigInt.asUintN(64, BigInt(seed));
}

function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

function createSplitMix64(seed: bigint): () => bigint {
  let state = seed;
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
}

function low32(value: bigint): number {
  return Number(value & 0xffffffffn);
}

function high32(value: bigint): number {
  return Number(value >> 32n);
}

function createXoshiro128(a: number, b: number, c: number, d: number): () => number {
  let [s0, s1, s2, s3] = [a, b, c, d];
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return result;
  };
}

function rotateLeft(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
