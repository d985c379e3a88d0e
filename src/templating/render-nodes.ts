import { canonicalJson } from "./canonical-json.ts";
import { limits } from "./limits.ts";
import { explainMissing, readExpression, type Surroundings } from "./read-expression.ts";
import { describeKind, readKey } from "./read-key.ts";
import { RenderError } from "./render-error.ts";
import type { Expression, IfNode, Nodes } from "./template-node.ts";

/**
 * The text that checked nodes give over a scope. A string is inserted as it is, a number, boolean, array or object
 * as canonical JSON. Null is refused like a missing value: "null" in the middle of a prompt is never what was meant.
 */
export function renderNodes(nodes: Nodes, scope: object): string {
  const output: Output = { text: "", work: 0 };
  write(nodes, { value: scope, parent: null, key: "", index: 0, isLast: false }, output);
  return output.text;
}

/** What has been rendered, and after how many nodes and passes. */
interface Output {
  text: string;
  work: number;
}

function write(nodes: Nodes, around: Surroundings, output: Output): void {
  spend(output, nodes.length);
  for (const node of nodes) {
    switch (node.kind) {
      case "text":
        append(output, node.text);
        break;
      case "value":
        append(output, textOf(node.value, around));
        break;
      case "if":
        write(isTrue(node, around) ? node.body : node.otherwise, around, output);
        break;
      case "each":
        writeEach(node, around, output);
        break;
      case "with": {
        const value = readExpression(node.value, around);
        if (isEmpty(value)) write(node.otherwise, around, output);
        else write(node.body, { value, parent: around, key: "", index: 0, isLast: false }, output);
        break;
      }
    }
  }
}

function writeEach(
  { value, body, otherwise }: { readonly value: Expression; readonly body: Nodes; readonly otherwise: Nodes },
  around: Surroundings,
  output: Output,
): void {
  const list = readExpression(value, around);
  if (list && typeof list !== "object") {
    const message = `"${value.text}" is ${describeKind(list)}, and {{#each}} takes an array or an object`;
    throw new RenderError("kind", value.text, message);
  }
  const keys = Array.isArray(list) ? undefined : Object.keys(list ?? {});
  const count = Array.isArray(list) ? list.length : (keys?.length ?? 0);
  if (count === 0) write(otherwise, around, output);
  // Spent before the passes: an empty body, or many rounds over few of a million keys, is work too.
  spend(output, count);
  for (let index = 0; index < count; index += 1) {
    const key = keys?.[index] ?? index;
    const pass = { value: readKey(list, key), parent: around, key, index, isLast: index === count - 1 };
    write(body, pass, output);
  }
}

function append(output: Output, text: string): void {
  if (output.text.length + text.length > limits.outputLength) {
    throw new RenderError("limit", null, `the template gives more than ${limits.outputLength} characters`);
  }
  output.text += text;
}

function spend(output: Output, count: number): void {
  output.work += count;
  if (output.work > limits.work) {
    throw new RenderError("limit", null, `the template takes more than ${limits.work} steps to render`);
  }
}

function textOf(expression: Expression, around: Surroundings): string {
  const value = readExpression(expression, around);
  if (typeof value === "string") return value;
  const { text } = expression;
  if (value === undefined) {
    throw new RenderError("missing", text, `"${text}" is missing${explainMissing(expression, around)}`);
  }
  if (value === null) throw new RenderError("null", text, `"${text}" is null`);
  try {
    return canonicalJson(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RenderError("kind", text, `"${text}" cannot be shown: ${error.message}`);
  }
}

/** Handlebars' own truth: false for an empty list, and for 0 unless told otherwise. */
function isTrue({ value, isNegated, includeZero }: IfNode, around: Surroundings): boolean {
  const condition = readExpression(value, around);
  const holds = condition === 0 ? includeZero : !isEmpty(condition);
  return holds !== isNegated;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : !value && value !== 0;
}
