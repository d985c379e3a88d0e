import type { Block, Mustache, Program, Statement } from "handlebars/dist/cjs/handlebars/compiler/base.js";
import type { Frame } from "./frame.ts";
import type { TextProblem, Variable } from "./problem.ts";
import { quoteText } from "./quote-text.ts";
import { type Resolved, resolveCall, resolveExpression } from "./resolve-expression.ts";
import type { Nodes, TemplateNode } from "./template-node.ts";

/** A template that is known to do nothing but what templates may do. */
export interface CheckedTemplate {
  /** What to render; complete only where there are no problems. */
  readonly nodes: Nodes;
  /** Every path of the scope that it reads, in the order of the text. */
  readonly variables: readonly Variable[];
  /** At most twenty, in the order of the text. */
  readonly problems: readonly TextProblem[];
}

/** Translates Handlebars' syntax tree into the few nodes that can be rendered, and names what is not among them. */
export function checkTemplate(program: Program, text: string): CheckedTemplate {
  const notes: Notes = { text, variables: [], problems: [] };
  const root: Frame = { parent: null, block: "root", path: [], params: [] };
  const nodes = checkProgram(program, { frame: root, guards: [] }, notes);
  return { nodes, variables: notes.variables, problems: notes.problems.slice(0, 20) };
}

/** What is gathered along the way. */
interface Notes {
  readonly text: string;
  readonly variables: Variable[];
  readonly problems: TextProblem[];
}

/** Where in the template a node stands. */
interface Place {
  readonly frame: Frame;
  /** The paths that are known to be there, because a condition around the place asks for them. */
  readonly guards: readonly (readonly string[])[];
}

function checkProgram(program: Program | undefined, place: Place, notes: Notes): Nodes {
  return (program?.body ?? []).flatMap((statement) => checkStatement(statement, place, notes) ?? []);
}

function checkStatement(statement: Statement, place: Place, notes: Notes): TemplateNode | undefined {
  switch (statement.type) {
    case "ContentStatement":
      return statement.value === "" ? undefined : { kind: "text", text: statement.value };
    case "CommentStatement":
      return undefined;
    case "MustacheStatement":
      return checkMustache(statement, place, notes);
    case "BlockStatement":
      return checkBlock(statement, place, notes);
    default:
      report(notes, statement.loc, "this tag is not supported");
      return undefined;
  }
}

function checkMustache(mustache: Mustache, place: Place, notes: Notes): TemplateNode | undefined {
  const name = notes.text.slice(mustache.path.loc.start, mustache.path.loc.end);
  const isCall = mustache.params.length > 0 || mustache.hash !== undefined || name === "lookup";
  if (isBlockName(name)) {
    const hint = `write "{{#${name} …}}…{{/${name}}}", or this.${name} for a field`;
    report(notes, mustache.path.loc, `"${name}" is a block`, hint);
    return undefined;
  }
  const resolved = isCall
    ? resolveCall(mustache, place.frame, notes.text)
    : resolveExpression(mustache.path, place.frame, notes.text);
  if (!accept(resolved, place, notes)) return undefined;
  return { kind: "value", value: resolved.expression };
}

function checkBlock(block: Block, place: Place, notes: Notes): TemplateNode | undefined {
  const name = notes.text.slice(block.path.loc.start, block.path.loc.end);
  if (!isBlockName(name)) {
    const hint = `there are "if", "unless", "each" and "with": write "{{#each ${name}}}" to repeat`;
    report(notes, block.path.loc, `there is no block ${quoteText(name)}`, hint);
    return undefined;
  }
  const [argument] = block.params;
  if (!argument || block.params.length > 1) {
    const span = block.params[1]?.loc ?? block.path.loc;
    report(
      notes,
      span,
      `{{#${name}}} takes one path`,
      argument ? "nest blocks to combine conditions" : `write {{#${name} item.text}}`,
    );
    return undefined;
  }
  const resolved = resolveExpression(argument, place.frame, notes.text);
  const isChecked = checkOptions(block, name, notes);
  // A condition copes with the absence of what it asks for.
  if (!accept(resolved, place, notes, true) || !isChecked) return undefined;
  const value = resolved.expression;
  const guarded = resolved.path ? { ...place, guards: [...place.guards, resolved.path] } : place;
  if (name === "if" || name === "unless") {
    const isNegated = name === "unless";
    const includeZero =
      block.hash?.pairs.some(({ value }) => "value" in value && value.value === true) ?? false;
    const body = checkProgram(block.program, isNegated ? place : guarded, notes);
    const otherwise = checkProgram(block.inverse, isNegated ? guarded : place, notes);
    return { kind: "if", value, isNegated, includeZero, body, otherwise };
  }
  const frame: Frame = {
    parent: place.frame,
    block: name,
    path: name === "with" ? resolved.path : null,
    params: block.program.blockParams ?? [],
  };
  const body = checkProgram(block.program, { ...guarded, frame }, notes);
  return { kind: name, value, body, otherwise: checkProgram(block.inverse, place, notes) };
}

type BlockName = "if" | "unless" | "each" | "with";

function isBlockName(name: string): name is BlockName {
  return name === "if" || name === "unless" || name === "each" || name === "with";
}

/** How many names may follow `as` in each block. */
const maxParams = { if: 0, unless: 0, each: 2, with: 1 } as const;

function checkOptions(block: Block, name: BlockName, notes: Notes): boolean {
  const before = notes.problems.length;
  for (const { key, value, loc } of block.hash?.pairs ?? []) {
    const isKnown =
      key === "includeZero" && (name === "if" || name === "unless") && value.type === "BooleanLiteral";
    if (!isKnown)
      report(notes, loc, `{{#${name}}} has no option ${quoteText(notes.text.slice(loc.start, loc.end))}`);
  }
  const params = block.program.blockParams ?? [];
  if (params.length > maxParams[name]) {
    const count = ["no name", "one name", "two names"][maxParams[name]];
    report(notes, block.path.loc, `{{#${name}}} takes ${count} after "as"`);
  }
  return notes.problems.length === before;
}

/** Notes what an expression reads, or the problem that it is. */
function accept(
  resolved: Resolved | TextProblem,
  { guards }: Place,
  notes: Notes,
  isCondition = false,
): resolved is Resolved {
  if ("message" in resolved) {
    notes.problems.push(resolved);
    return false;
  }
  for (const { path, span } of resolved.reads) {
    const optional = isCondition || guards.some((guard) => path.every((key, index) => guard[index] === key));
    notes.variables.push({ path, offset: span.start, length: span.end - span.start, optional });
  }
  return true;
}

function report(
  notes: Notes,
  { start, end }: { start: number; end: number },
  message: string,
  hint?: string,
): void {
  notes.problems.push({
    message,
    offset: start,
    length: Math.max(1, end - start),
    ...(hint ? { hint } : {}),
  });
}
