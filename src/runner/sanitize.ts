/**
 * A text as one line that is safe on a terminal: control characters, escapes, marks that turn the direction
 * of writing and other invisible characters are spelt out (`\x1b`, `\u202e`), piles of accents cut down; and in a
 * log no service reads a command in it.
 */
export function printable(text: string): string {
  return defuse(text.replace(UNSAFE, spell).replace(/(\p{M}{4})\p{M}+/gu, "$1…"));
}

/**
 * A line in which no service that reads logs finds a command: `::error::` counts at its start after any space,
 * `##[group]`, `##vso[…]` and the like anywhere. For lines that are cut anew after `printable`.
 */
export function defuse(line: string): string {
  return line.replace(/^(\s*:):/, "$1 :").replace(/##(?=\w*\[)/g, "# #");
}

/** All of Cc, Cf, line separators and lone surrogates; but the joiners that scripts and emoji need. */
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function spell(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

const SHORT: { readonly [character: string]: string } = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
