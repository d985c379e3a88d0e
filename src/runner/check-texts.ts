import { inWords } from "../expression/type.ts";
import type { TextProblem, Variable } from "../templating/problem.ts";
import type { CompiledMessages } from "../templating/render-messages.ts";
import { asStored } from "./as-stored.ts";
import type { Columns } from "./columns.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { collectFields, type Field } from "./fields.ts";
import { diagnoseText } from "./place.ts";
import type { PlanNode } from "./plan-node.ts";
import { listNames } from "./references.ts";
import type { Registry } from "./registry.ts";
import type { Schema } from "./schema.ts";
import type { Spec } from "./spec.ts";
import type { RowShape } from "./step.ts";
import { suggest } from "./suggest.ts";
import { compileText, type TextKind } from "./texts.ts";

type Node = Omit<PlanNode, "metadataRead">;

/** What a text may read: the shape of its rows, and a way to ask for columns. */
interface Readable {
  readonly shape: RowShape;
  /** Where the item's columns can be known: true where any row has the path. */
  readonly has: ((path: readonly string[]) => boolean) | undefined;
  readonly names: () => readonly string[];
  readonly rows: string;
  /** True where an answer of the row's own stands beside a fresh one; undefined where none could. */
  readonly reference: boolean | undefined;
}

const roots = ["id", "item", "messages", "sample", "reference", "metadata", "grades", "agreement"];
const sampleFields = [
  "index",
  "output_text",
  "output_json",
  "tool_calls",
  "finish_reason",
  "logprobs",
  "served_by",
];
const unknown: RowShape = { columns: undefined, sample: true, metadata: undefined };

/**
 * Compiles every template and expression of a spec and checks each variable against the rows that it will
 * be evaluated over: a variable that no row has is found before anything is sent.
 */
export function checkTexts(options: {
  readonly spec: Spec;
  readonly registry: Registry;
  readonly nodes: readonly Node[];
  readonly byId: ReadonlyMap<string, Node>;
  readonly prompts: ReadonlyMap<string, CompiledMessages>;
  readonly columns: (dataset: string) => Columns | undefined;
  readonly report: (diagnostic: Diagnostic) => void;
}): void {
  const { spec, registry, nodes } = options;
  const told = new Set<string>();
  const tell = (pointer: string, problem: TextProblem) => {
    // Several steps may use one text; a place is told once, whatever their rows are called.
    const mark = `${pointer} ${problem.offset}`;
    if (told.has(mark)) return;
    told.add(mark);
    options.report(diagnoseText(spec.document, pointer, problem));
  };
  const check = (
    base: string,
    fields: readonly Field[],
    readable: (field: Field) => Readable | undefined,
  ) => {
    for (const field of fields) {
      if (field.keyword !== "template" && field.keyword !== "expression" && field.keyword !== "value")
        continue;
      const text = compileText(field.text, field.keyword as TextKind);
      const rows = readable(field);
      if (text.ok) {
        checkVariables(text.variables, rows, (problem) => tell(base + field.pointer, problem));
        if (field.returns === "bool" && text.type !== "bool" && text.type !== "any")
          tell(base + field.pointer, {
            offset: 0,
            length: field.text.length,
            message: `this is ${inWords(text.type)}, and must be true or false`,
            hint: "compare it with something, such as == 'stop' or >= 0.6",
          });
      } else
        for (const problem of text.problems)
          tell(base + field.pointer, { ...problem, ...columnHint(field.text, problem, rows) });
    }
  };

  for (const node of nodes) {
    const readable = (parameter: string, graded = false): Readable | undefined => {
      const rows = node.params[parameter];
      return typeof rows === "string" ? describeRows(options, node, rows, graded) : undefined;
    };
    check(`/steps/${node.id}`, node.fields, (field) => readable(field.argument));
    for (const field of node.fields) {
      if (field.keyword !== "names") continue;
      if (field.argument === "prompt" && field.text === asStored)
        checkStored(field, readable("rows"), (problem) => tell(`/steps/${node.id}${field.pointer}`, problem));
      if (field.argument === "prompt")
        for (const variable of options.prompts.get(field.text)?.variables ?? [])
          checkVariables([variable], readable("rows"), (problem) =>
            tell(`/prompts/${field.text}/messages${variable.pointer}`, problem),
          );
      const grader = field.argument === "grader" ? spec.graders.get(field.text) : undefined;
      const schema = grader && registry.graders.get(grader.type)?.params;
      if (schema !== undefined)
        check(`/graders/${field.text}`, collectFields(schema as Schema, grader!.params), () =>
          readable("rows", true),
        );
    }
  }
  // Compiled even where no step uses them: a fault in the text is a fault. Last, as nothing is known of rows here.
  for (const [name, grader] of spec.graders) {
    const schema = registry.graders.get(grader.type)?.params;
    if (schema !== undefined)
      check(`/graders/${name}`, collectFields(schema as Schema, grader.params), () => undefined);
  }
}

// What was never answered was never asked either.
function checkStored(
  { text }: Field,
  readable: Readable | undefined,
  tell: (problem: TextProblem) => void,
): void {
  if (readable === undefined || readable.shape.sample) return;
  tell({
    offset: 0,
    length: text.length,
    message: `the rows of "${readable.rows}" have no messages of their own`,
    hint: `${asStored} sends what was asked before: rows of generate or stored_completions`,
  });
}

// A column's bare name is what everybody writes first.
function columnHint(
  text: string,
  { offset, length }: TextProblem,
  readable: Readable | undefined,
): { readonly hint?: string } {
  const word = text.slice(offset, offset + length);
  const isColumn = /^[A-Za-z_]\w*$/.test(word) && !roots.includes(word) && readable?.has?.([word]) === true;
  return isColumn ? { hint: `did you mean "item.${word}"?` } : {};
}

function describeRows(
  options: {
    readonly byId: ReadonlyMap<string, Node>;
    readonly columns: (dataset: string) => Columns | undefined;
  },
  node: Node,
  rows: string,
  graded: boolean,
): Readable | undefined {
  const origin = originOf(options.byId, node, rows, 0);
  if (origin === undefined) return undefined;
  const columns = origin.dataset === undefined ? undefined : options.columns(origin.dataset);
  return {
    shape: { ...origin.shape, sample: origin.shape.sample || graded },
    has: columns?.has,
    names: () => columns?.names(true) ?? [],
    rows,
    reference: graded ? origin.shape.sample : undefined,
  };
}

interface Origin {
  readonly dataset: string | undefined;
  readonly shape: RowShape;
}

// Follows rows to the dataset that they began as: steps pass items on and add answers.
function originOf(
  byId: ReadonlyMap<string, Node>,
  node: Node,
  rows: string,
  depth: number,
): Origin | undefined {
  const reference = node.references.get(rows);
  if (reference === undefined || depth > 1000) return undefined;
  if (reference.from === "dataset")
    return { dataset: reference.name, shape: { columns: [], sample: false, metadata: [] } };
  if (reference.from === "model") return undefined;
  const step = byId.get(reference.id);
  const declaration = step?.outputs[reference.output];
  if (step === undefined || declaration === undefined) return undefined;
  if (declaration.kind !== "rows") return { dataset: undefined, shape: unknown };
  let dataset: string | undefined;
  const shape = declaration.shape?.((input) => {
    const above = originOf(byId, step, input, depth + 1);
    dataset ??= above?.dataset;
    return above?.shape ?? unknown;
  });
  return shape === undefined
    ? { dataset: undefined, shape: unknown }
    : { dataset: shape.columns === undefined ? undefined : dataset, shape };
}

const isAnswer = (root: string) => root === "sample" || root === "reference";

function checkVariables(
  variables: readonly Variable[],
  readable: Readable | undefined,
  tell: (problem: TextProblem) => void,
): void {
  for (const variable of variables) {
    const [root = "", field, ...below] = variable.path;
    const at = (skip: number, name: string) => {
      const offset = variable.offset + variable.path.slice(0, skip).join(".").length + (skip === 0 ? 0 : 1);
      return {
        offset,
        length: Math.max(1, Math.min(name.length, variable.offset + variable.length - offset)),
      };
    };
    const fault = (
      skip: number,
      name: string,
      message: string,
      known: readonly string[],
      otherwise?: string,
    ) => {
      const near = known.length === 1 && root === name ? known[0] : suggest(name, known);
      const list = known.length === 0 ? otherwise : `there are: ${listNames(known)}`;
      const hint = near === undefined ? list : `did you mean "${near}"?`;
      tell({ ...at(skip, name), message, ...(hint === undefined ? {} : { hint }) });
    };
    if (!roots.includes(root)) {
      const isColumn = readable?.has?.([root]) === true;
      fault(0, root, `a row has no field "${root}"`, isColumn ? [`item.${root}`] : roots);
      continue;
    }
    if (isAnswer(root) && field !== undefined && !sampleFields.includes(field))
      fault(1, field, `a sample has no field "${field}"`, sampleFields);
    if (readable === undefined) continue;
    if (root === "reference" && readable.reference !== true) {
      if (!variable.optional)
        tell({
          ...at(0, root),
          ...(readable.reference === undefined
            ? { message: "there is no reference here", hint: `a row's own answer is "sample"` }
            : {
                message: `the rows of "${readable.rows}" have no answers of their own`,
                hint: `"reference" is the answer that a row brings along: rows of generate or stored_completions`,
              }),
        });
      continue;
    }
    if ((root === "sample" || root === "agreement") && !readable.shape.sample) {
      if (!variable.optional)
        tell({
          ...at(0, root),
          message: `the rows of "${readable.rows}" have no answers yet`,
          hint: `"${root}" is there once a model has answered: after generate, or in graders`,
        });
    } else if (
      root === "metadata" &&
      field !== undefined &&
      !variable.optional &&
      readable.shape.metadata !== undefined
    ) {
      if (!readable.shape.metadata.includes(field))
        fault(
          1,
          field,
          `the rows of "${readable.rows}" have no metadata "${field}"`,
          readable.shape.metadata,
          "no step before gives metadata",
        );
    } else if (
      root === "item" &&
      field !== undefined &&
      !variable.optional &&
      readable.has !== undefined &&
      readable.shape.columns !== undefined
    ) {
      if (readable.shape.columns.includes(field) || readable.has([field])) {
        const depth = below.findIndex((_, i) => !readable.has!([field, ...below.slice(0, i + 1)]));
        if (depth >= 0)
          tell({
            ...at(depth + 2, below[depth]!),
            message: `the rows of "${readable.rows}" have no "${variable.path.slice(0, depth + 3).join(".")}"`,
          });
      } else fault(1, field, `the rows of "${readable.rows}" have no column "${field}"`, readable.names());
    }
  }
}
