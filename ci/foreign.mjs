// Texts that come from specs, branches, git or distill. They say the same afterwards, and nothing obeys them.
// distill makes its own output harmless; here nobody relies on that, for its code may come from the branch too.

/**
 * A text as one line that is safe in a log: no terminal and no service that reads the log as commands obeys it.
 *
 * @param {string} text
 * @returns {string}
 */
export function logLine(text) {
  // A command counts at the start of a line after any space (`::error::`) or anywhere in it (`##[error]`).
  return printable(text)
    .replace(/##(?=\w*\[)/g, "# #")
    .replace(/^(\s*:):/, "$1 :");
}

/**
 * A text as Markdown that says just that: no markup, HTML, link, mention or reference comes of it.
 *
 * @param {string} text
 * @returns {string}
 */
export function escapeMarkdown(text) {
  return (
    logLine(text)
      .trim()
      .replace(/[\\`*_[\]|~$]|<(?=[a-z/!?])|&(?=#|\w)/gi, "\\$&")
      // An empty comment parts what a forge would otherwise link after Markdown is done.
      .replace(/@(?=\w)|#(?=\d)|\bGH-(?=\d)|\bhttps?(?=:)|\bwww(?=\.)|\bmailto(?=:)/gi, "$&<!-- -->")
      .replace(/^([-+#=>]|\d+[.)])/, "\\$1")
  );
}

/**
 * A text set as code in a line of Markdown, whatever backticks are in it.
 *
 * @param {string} text
 * @returns {string}
 */
export function code(text) {
  const line = logLine(text).trim().replace(/\|/g, "\\|");
  const fence = "`".repeat(longestRun(line) + 1);
  const space = /^`|`$|^ .* $/.test(line) ? " " : "";
  return line === "" ? "–" : `${fence}${space}${line}${space}${fence}`;
}

/**
 * A text set as a block of code, its lines kept.
 *
 * @param {string} text
 * @returns {string}
 */
export function codeBlock(text) {
  const lines = text.trimEnd().split(/\r?\n/).map(logLine);
  const fence = "`".repeat(Math.max(3, longestRun(lines.join("\n")) + 1));
  return [`${fence}text`, ...lines, fence].join("\n");
}

/**
 * Markdown that distill drew, as it is but for what hides, notifies or turns the writing around: control characters
 * are spelt out, and an invisible space breaks mentions and all HTML but a few harmless tags.
 *
 * @param {string} markdown
 * @returns {string}
 */
export function defuseMarkdown(markdown) {
  return (
    markdown
      .split(/\r\n|[\r\n]/)
      .map((line) => line.split("\t").map(printable).join("\t"))
      .join("\n")
      // An invisible space reads right in text and in code; an entity or a backslash would not.
      .replace(FORBIDDEN_TAG, "<\u200b")
      .replace(/(?<![a-z0-9])@(?=\w)/gi, "@\u200b")
      .trim()
  );
}

/** The start of any HTML, but for folding, line breaks, small print and the empty comment that parts words. */
const FORBIDDEN_TAG =
  /<(?!\/?(?:details|summary|sub|sup|b|i|kbd)>|details open>|br ?\/?>|!-- -->)(?=[a-z/!?])/gi;

/**
 * A text as one line without control characters, escapes, marks that turn the direction of writing and other
 * invisible characters: they are spelt out (`\x1b`, `\u202e`), piles of accents cut down.
 *
 * @param {string} text
 * @returns {string}
 */
function printable(text) {
  return text.replace(UNSAFE, spell).replace(/(\p{M}{4})\p{M}+/gu, "$1…");
}

/** All of Cc, Cf, line separators and lone surrogates; but the joiners that scripts and emoji need. */
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** @param {string} character */
function spell(character) {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  const number = character.codePointAt(0) ?? 0;
  const hex = number.toString(16);
  if (number <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return number <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

const SHORT = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** @param {string} text */
function longestRun(text) {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
