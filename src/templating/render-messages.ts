import type { ContentPart, Message } from "./message.ts";
import type { TextProblem, Variable } from "./problem.ts";
import { compileSplice } from "./spliced-messages.ts";
import { compileTemplate, type Scope } from "./template.ts";

/** One entry of a prompt: a message whose texts are templates, or the place of a conversation to splice in. */
export type MessageEntry =
  | { readonly role: Message["role"]; readonly content: string | readonly ContentPart[] }
  | { readonly from: string };

/** Something in a prompt, with the JSON pointer of its text from the list of entries on, such as `/1/content`. */
export type At<T> = T & { readonly pointer: string };

/** The messages of a prompt, read and checked. */
export interface CompiledMessages {
  /** Every path of the scope that it reads, in the order of the entries. */
  readonly variables: readonly At<Variable>[];
  /** The messages for one scope; throws a RenderError where the scope lacks what they need. */
  render(scope: Scope): readonly Message[];
}

/** Reads the entries of a prompt, where every string of a message's content is a template; or names all problems. */
export function compileMessages(
  entries: readonly MessageEntry[],
):
  | { readonly ok: true; readonly prompt: CompiledMessages }
  | { readonly ok: false; readonly problems: readonly At<TextProblem>[] } {
  const notes: Notes = { variables: [], problems: [] };
  const renderers = entries.map((entry, index) => compileEntry(entry, `/${index}`, notes));
  if (notes.problems.length > 0) return { ok: false, problems: notes.problems };
  const render = (scope: Scope) => renderers.flatMap((renderEntry) => renderEntry(scope));
  return { ok: true, prompt: { variables: notes.variables, render } };
}

/** What is gathered along the way. */
interface Notes {
  readonly variables: At<Variable>[];
  readonly problems: At<TextProblem>[];
}

type Render<T> = (scope: Scope) => T;

function compileEntry(entry: MessageEntry, pointer: string, notes: Notes): Render<readonly Message[]> {
  if ("from" in entry) {
    const splice = compileSplice(entry.from);
    if ("message" in splice) {
      notes.problems.push({ ...splice, pointer: `${pointer}/from` });
      return () => [];
    }
    notes.variables.push({ ...splice.variable, pointer: `${pointer}/from` });
    return splice.render;
  }
  const { role } = entry;
  const content = compileLeaves(entry.content, `${pointer}/content`, notes);
  return (scope) => [{ role, content: content(scope) as string | readonly ContentPart[] }];
}

/** Makes a template of every string in a value, and keeps all else as it is. */
function compileLeaves(value: unknown, pointer: string, notes: Notes): Render<unknown> {
  if (typeof value === "string") return compileLeaf(value, pointer, notes);
  if (typeof value !== "object" || value === null) return () => value;
  if (Array.isArray(value)) {
    const entries = value.map((entry: unknown, index) => compileLeaves(entry, `${pointer}/${index}`, notes));
    return (scope) => entries.map((render) => render(scope));
  }
  const fields = Object.entries(value).map(([key, field]) => {
    return [key, compileLeaves(field, `${pointer}/${escapePointer(key)}`, notes)] as const;
  });
  return (scope) => Object.fromEntries(fields.map(([key, render]) => [key, render(scope)]));
}

function compileLeaf(text: string, pointer: string, notes: Notes): Render<string> {
  const compiled = compileTemplate(text);
  if (!compiled.ok) {
    notes.problems.push(...compiled.problems.map((problem) => ({ ...problem, pointer })));
    return () => "";
  }
  const { variables, render } = compiled.template;
  notes.variables.push(...variables.map((variable) => ({ ...variable, pointer })));
  return render;
}

function escapePointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
