import { compileAccess, isAccess } from "./access.ts";
import type { Compiled, Context } from "./compiled.ts";
import { Failure, type Frame } from "./frame.ts";
import { type FunctionDefinition, functions } from "./functions.ts";
import { compileElements } from "./macros.ts";
import { didYouMean } from "./nearest.ts";
import { compileOptional, optionalMethods } from "./optional.ts";
import { placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import { any, anyInWords, bool, inWords, type Kind, kindOf, kindOfValue } from "./type.ts";
import { elementMacros } from "./variables.ts";

type CallNode = Extract<SyntaxNode, { readonly op: "call" | "rcall" }>;

/** `size(item.text)`, `item.text.contains("x")`, `has(item.team)`, `item.tags.exists(tag, tag == "x")`. */
export function compileCall(node: CallNode, context: Context): Compiled {
  const name = node.args[0];
  const receiver = node.op === "rcall" ? node.args[1] : undefined;
  const args = node.op === "rcall" ? node.args[2] : node.args[1];
  if (receiver === undefined && name === "has") return compileHas(node, args, context);
  if (receiver !== undefined && elementMacros.includes(name)) {
    return compileElements(node, name, receiver, args, context);
  }
  if (receiver !== undefined && optionalMethods.includes(name)) {
    return compileOptional(node, name, receiver, args, context);
  }
  const definition = functions.get(name);
  if (definition === undefined) {
    context.report({
      message: `no function is called ${JSON.stringify(name)}`,
      offset: nameOffset(node),
      length: name.length,
      ...hintForFunction(name),
    });
    return { node, type: any, run: () => null };
  }
  const values = (receiver === undefined ? args : [receiver, ...args]).map((argument) =>
    context.compileValue(argument, context),
  );
  return compileFunction(node, name, definition, values, context);
}

function compileHas(node: CallNode, args: readonly SyntaxNode[], context: Context): Compiled {
  const [field] = args;
  if (args.length !== 1 || field === undefined || !isAccess(field)) {
    const message = "has takes one field, such as has(item.team)";
    context.report({ message, ...placeOf(field ?? node) });
    return { node, type: bool, run: () => false };
  }
  const { run } = compileAccess(field, context, true);
  return { node, type: bool, run: (frame) => run(frame) !== undefined };
}

function compileFunction(
  node: CallNode,
  name: string,
  definition: FunctionDefinition,
  values: readonly Compiled[],
  context: Context,
): Compiled {
  const { style, takes, needs, gives, run } = definition;
  const place = { offset: nameOffset(node), length: name.length };
  const isMethod = node.op === "rcall";
  if (style !== "either" && (style === "method") !== isMethod) {
    const message = isMethod ? `${name} is not written after a value` : `${name} is written after a value`;
    context.report({ message, ...place, hint: `write ${usage(name, definition)}` });
  } else if (values.length < needs || values.length > takes.length) {
    context.report({ message: `${name} is written ${usage(name, definition)}`, ...place });
  } else {
    for (const [index, value] of values.entries()) checkArgument(name, takes[index]!, value, context);
    definition.check?.(values, context);
  }

  const call = (frame: Frame) => {
    const given = values.map((value) => value.run(frame));
    for (let index = 0; index < given.length; index++) {
      if (takes[index]!.includes(kindOfValue(given[index]))) continue;
      const argument = values[index]!.node;
      const found = `${sourceOf(argument)} is ${inWords(kindOfValue(given[index]))}`;
      throw new Failure(`${found}, and ${name} takes ${anyInWords(takes[index]!)}`, argument);
    }
    return run(given as never[], frame, node);
  };
  return { node, type: gives, run: call };
}

function checkArgument(name: string, kinds: readonly Kind[], value: Compiled, context: Context): void {
  const kind = kindOf(value.type);
  if (kind === "any" || kinds.includes(kind)) return;
  const message = `${name} takes ${anyInWords(kinds)}, not ${inWords(kind)}`;
  context.report({ message, ...placeOf(value.node) });
}

function usage(name: string, { style, takes, needs }: FunctionDefinition): string {
  const words = takes.map(([first], index) => (index < needs ? first! : `${first}?`));
  if (style !== "method") return `${name}(${words.join(", ")})`;
  return `${words[0]}.${name}(${words.slice(1).join(", ")})`;
}

/** A method's name stands behind its receiver; only there can a dot be followed by it and a bracket. */
function nameOffset(node: CallNode): number {
  if (node.op === "call") return node.start;
  const rest = node.input.slice(node.args[1].end, node.end);
  return node.args[1].end + Math.max(0, rest.indexOf(node.args[0]));
}

function hintForFunction(name: string): { readonly hint?: string } {
  const other = otherNames[name];
  if (other !== undefined) return { hint: `write ${other}` };
  return didYouMean(name, ["has", ...functions.keys(), ...elementMacros, ...optionalMethods]);
}

const otherNames: { readonly [name: string]: string } = {
  len: "size(…)",
  length: "size(…)",
  count: "size(…)",
  includes: "text.contains(part), or part in list",
  lower: "text.lowerAscii()",
  toLowerCase: "text.lowerAscii()",
  upper: "text.upperAscii()",
  toUpperCase: "text.upperAscii()",
  any: "list.exists(name, condition)",
  some: "list.exists(name, condition)",
  every: "list.all(name, condition)",
};
