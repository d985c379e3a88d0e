/** What is read of a text, in UTF-16 units; the rest is left out. Hundreds of times a ticket, and under 5 ms. */
export const longestText = 20_000;

// Scripts that are written without spaces are taken character by character, as word pairs then give their
// words; an emoji is a word as well.
const unspaced =
  "[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\p{sc=Tibetan}]";
const word = new RegExp(
  `${unspaced}\\p{M}*|\\p{Extended_Pictographic}|[[\\p{L}\\p{M}\\p{N}]--${unspaced}]+(?:'\\p{L}+)?`,
  "gv",
);

/**
 * The words of a text in any script: Unicode NFKC, lower case by the root locale, every decimal digit as 0 (so that
 * ticket numbers and room numbers are alike), runs of letters, marks and numbers. The tables of Unicode are
 * the engine's, stable for characters once assigned.
 */
export function tokenize(text: string): readonly string[] {
  const normal = text.slice(0, longestText).normalize("NFKC").slice(0, longestText);
  return (
    normal
      .toLowerCase()
      .replace(/\p{Nd}/gu, "0")
      .replaceAll("’", "'")
      .match(word) ?? []
  );
}
