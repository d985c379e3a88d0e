/** One `{{…}}` of a text. */
export interface Tag {
  /** The name that Handlebars' grammar has for its opening braces, such as OPEN_BLOCK. */
  readonly opening: string;
  /** What stands first in it, such as `if`, `item.text` or a literal. */
  readonly name: string;
  /** Where its opening braces begin. */
  readonly start: number;
  /** Where its closing braces end. */
  readonly end: number;
}

/** A tag that is being read. */
export interface OpenTag {
  /** As in Tag. */
  readonly opening: string;
  /** As in Tag. */
  readonly start: number;
  /** The pieces seen so far, by the names of Handlebars' grammar. */
  readonly tokens: { readonly kind: string; readonly text: string }[];
  /** How many are open. */
  parentheses: number;
}
