/**
 * What a template may cost. A spec may come from a stranger's pull request, so each bound holds before the
 * work it bounds is done; together they keep the worst template well under a second.
 */
export const limits = {
  /** UTF-16 units of a template's text. */
  textLength: 262_144,
  /** Pieces that the lexer cuts a template into: `{{`, `item`, `.`, `text`, `}}`, a comment, a text between tags. */
  tokens: 20_000,
  /** Blocks inside one another; each `{{else if}}` counts as one. */
  depth: 50,
  /** Parentheses inside one another. */
  parentheses: 10,
  /** UTF-16 units that one rendering may give. */
  outputLength: 8_388_608,
  /** Tags, texts and passes of `{{#each}}` that one rendering may go through. */
  work: 1_000_000,
} as const;
