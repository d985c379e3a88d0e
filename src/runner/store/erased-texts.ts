/** Texts that are shorter are labels and the like: they tell nobody apart. */
const SHORTEST = 8;

/**
 * The texts that only what is erased has: of a prompt that all items share, none of it.
 *
 * @param tellAll tells every value, and whether it goes; it is called twice, so that what stays need not be remembered
 */
export async function collectTexts(
  tellAll: (tell: (value: unknown, goes: boolean) => void) => Promise<void>,
): Promise<ReadonlySet<string>> {
  const texts = new Set<string>();
  await tellAll((value, goes) => {
    if (goes) for (const text of stringsIn(value)) if (text.length >= SHORTEST) texts.add(text);
  });
  if (texts.size === 0) return texts;
  await tellAll((value, goes) => {
    if (!goes) for (const text of stringsIn(value)) texts.delete(text);
  });
  return texts;
}

/**
 * Of such texts those that are sentences: found within another text, they tell that it holds what was erased. A label
 * may stand in every prompt.
 */
export function sentencesOf(texts: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...texts].filter((text) => text.length >= SENTENCE && /\S\s+\S/.test(text)));
}

const SENTENCE = 20;

/** Every string in a JSON value, however deep; keys are none. */
export function* stringsIn(value: unknown): Generator<string> {
  const left = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "string") yield next;
    else if (typeof next === "object" && next !== null) left.push(...Object.values(next));
  }
}

/** Finds whether bytes hold one of these texts, as it is or as JSON writes it. */
export function textFinder(texts: ReadonlySet<string>): (bytes: Buffer) => boolean {
  const needles = [...texts].flatMap((text) => {
    const escaped = JSON.stringify(text).slice(1, -1);
    return (escaped === text ? [text] : [text, escaped]).map((form) => Buffer.from(form));
  });
  return (bytes) => needles.some((needle) => bytes.includes(needle));
}
