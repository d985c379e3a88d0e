/** Limits of a stored completion's metadata, as in OpenAI's API. */
const metadataLimits = { pairs: 16, keyLength: 64, valueLength: 512 } as const;

/** Each way in which metadata is beyond the limits, by key; the entry without one is about how many there are. */
export function checkMetadata(metadata: { readonly [key: string]: string }): readonly MetadataFault[] {
  const keys = Object.keys(metadata);
  return [
    ...(keys.length > metadataLimits.pairs ? [{ text: countFault(keys.length) }] : []),
    ...Object.entries(metadata).flatMap(([key, value]) =>
      [keyFault(key), valueFault(key, value)]
        .filter((text) => text !== undefined)
        .map((text) => ({ key, text })),
    ),
  ];
}

/** One way in which metadata is beyond the limits. */
export interface MetadataFault {
  /** The key that it is about; left out where it is about all of them. */
  readonly key?: string;
  /** The sentence that tells it. */
  readonly text: string;
}

/** The faults of keys whose values are not known yet, such as those of templates. */
export function checkMetadataKeys(keys: readonly string[]): readonly MetadataFault[] {
  return checkMetadata(Object.fromEntries(keys.map((key) => [key, ""])));
}

/** What is wrong with a value; undefined where it is within its limit. */
export function valueFault(key: string, value: string): string | undefined {
  const length = lengthOf(value);
  return length > metadataLimits.valueLength
    ? `metadata "${key}" has ${length} characters, and at most ${metadataLimits.valueLength} are stored`
    : undefined;
}

function countFault(count: number): string {
  return `metadata has ${count} entries, and at most ${metadataLimits.pairs} are stored`;
}

function keyFault(key: string): string | undefined {
  const length = lengthOf(key);
  return length > metadataLimits.keyLength
    ? `a metadata key has at most ${metadataLimits.keyLength} characters, and this has ${length}`
    : undefined;
}

/** Characters as people and OpenAI's API count them, not UTF-16 units. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}
