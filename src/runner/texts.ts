import { compileExpression, type ExpressionType } from "../expression/expression.ts";
import type { TextProblem, Variable } from "../templating/problem.ts";
import { compileTemplate, type Scope } from "../templating/template.ts";

/** How a string parameter is evaluated: `value` is a template where it holds `{{`, else CEL. */
export type TextKind = "template" | "expression" | "value";

/** A compiled text, or what is wrong with it. */
export type CompiledText =
  | {
      readonly ok: true;
      readonly variables: readonly Variable[];
      /** What it gives, as far as it is known before a row is read. */
      readonly type: ExpressionType;
      /** @throws RenderError, ExpressionError where this scope lacks what the text reads. */
      readonly evaluate: (scope: Scope) => unknown;
    }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

const compiled = new Map<string, CompiledText>();

/** Compiles a text, once for each text and kind. */
export function compileText(text: string, kind: TextKind): CompiledText {
  const isTemplate = kind === "template" || (kind === "value" && text.includes("{{"));
  const key = `${isTemplate ? "t" : "e"}${text}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const fresh = isTemplate ? fromTemplate(text) : fromExpression(text);
  compiled.set(key, fresh);
  return fresh;
}

function fromTemplate(text: string): CompiledText {
  const result = compileTemplate(text);
  return result.ok
    ? {
        ok: true,
        variables: result.template.variables,
        // It is known once the template is rendered.
        type: "any",
        evaluate: (scope) => result.template.render(scope),
      }
    : result;
}

function fromExpression(text: string): CompiledText {
  const result = compileExpression(text);
  return result.ok
    ? {
        ok: true,
        variables: result.expression.variables,
        type: result.expression.type,
        evaluate: (scope) => result.expression.evaluate(scope),
      }
    : result;
}
