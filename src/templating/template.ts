import { checkTemplate } from "./check-template.ts";
import { limits } from "./limits.ts";
import { parseTemplate } from "./parse-template.ts";
import type { TextProblem, Variable } from "./problem.ts";
import { renderNodes } from "./render-nodes.ts";

/** The values that a template can name: `item`, `sample` and so on. */
export type Scope = { readonly [root: string]: unknown };

/** A text with Handlebars tags that has been read and checked. */
export interface Template {
  /** The text as it was given. */
  readonly text: string;
  /** Every path of the scope that it reads, in the order of the text. */
  readonly variables: readonly Variable[];
  /** The text with its tags replaced; throws a RenderError where the scope lacks what it needs. */
  render(scope: Scope): string;
}

/**
 * Reads a text with Handlebars tags: values, `if`, `unless`, `each`, `with` and `lookup`, whose whitespace and scoping
 * are Handlebars' own. Nothing is escaped, and what is missing is an error rather than an empty place.
 *
 * Handlebars reads the text, but does not run it: its compiler makes a JavaScript function out of a template, takes
 * time that grows with the square of the nesting, and offers no way to stop a loop. The few checked nodes are
 * rendered directly instead, which leaves nothing to escape from and is faster.
 */
export function compileTemplate(
  text: string,
):
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problems: readonly TextProblem[] } {
  // Most texts of a prompt have no tag, and a parser has nothing to find in them.
  if (!text.includes("{{") && !text.includes("\0") && text.length <= limits.textLength)
    return { ok: true, template: { text, variables: [], render: () => text } };
  const parsed = parseTemplate(text);
  if ("problems" in parsed) return { ok: false, problems: parsed.problems };
  const { nodes, variables, problems } = checkTemplate(parsed.program, text);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, template: { text, variables, render: (scope) => renderNodes(nodes, scope) } };
}
