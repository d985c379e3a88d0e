import { compileAccess } from "./access.ts";
import { compileCall } from "./calls.ts";
import { asValue, type Compiled, type Context } from "./compiled.ts";
import { Failure, type Frame, spend } from "./frame.ts";
import { didYouMeanOneOf } from "./nearest.ts";
import { compileOperator } from "./operators.ts";
import { rootsOfAnswers } from "./row-type.ts";
import { childrenOf, placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import {
  any,
  bool,
  inWords,
  kindOf,
  kindOfValue,
  listOf,
  nothing,
  number,
  string,
  type Type,
  unify,
} from "./type.ts";
import { jsonValue } from "./value.ts";

/** Syntax tree → something that runs, with every problem told to the context. */
export function compileNode(node: SyntaxNode, context: Context): Compiled {
  switch (node.op) {
    case "value":
      return compileLiteral(node, node.args, context);
    case "id":
      return compileName(node, node.args, context);
    case ".":
    case ".?":
    case "[]":
    case "[?]":
      return compileAccess(node, context);
    case "call":
    case "rcall":
      return compileCall(node, context);
    case "list":
      return compileList(node, context);
    case "map":
      return compileObject(node, node.args, context);
    default:
      return compileOperator(node, context);
  }
}

/** As `compileNode`, and a problem where the node is an optional. */
export function compileValue(node: SyntaxNode, context: Context): Compiled {
  return asValue(compileNode(node, context), context);
}

function compileLiteral(node: SyntaxNode, literal: unknown, context: Context): Compiled {
  const give = (type: Type, value: unknown): Compiled => ({
    node,
    type,
    run: () => value,
    constant: { value },
  });
  switch (typeof literal) {
    case "string":
      return give(string, literal);
    case "boolean":
      return give(bool, literal);
    case "number":
      return give(number, literal);
    case "bigint": {
      const value = Number(literal);
      if (!Number.isSafeInteger(value)) {
        const message = "the number is too large to be exact";
        context.report({ message, ...placeOf(node), hint: "write it as text, or with a decimal point" });
      }
      return give(number, value);
    }
    default:
      if (literal === null) return give(nothing, null);
      context.report({
        message: `${sourceOf(node)} is neither a number nor text`,
        ...placeOf(node),
        hint: "numbers are written without a suffix, texts without a prefix",
      });
      return give(any, null);
  }
}

function compileName(node: SyntaxNode, name: string, context: Context): Compiled {
  const slot = context.bound.findLastIndex((variable) => variable.name === name);
  if (slot >= 0) return { node, type: context.bound[slot]!.type, run: (frame) => frame.slots[slot] };

  const type = context.roots.get(name);
  if (type === undefined) {
    const names = [...context.roots.keys(), ...context.bound.map((variable) => variable.name)];
    const message = `a row has no field ${JSON.stringify(name)}`;
    context.report({ message, ...placeOf(node), ...didYouMeanOneOf(name, names) });
    return { node, type: any, run: () => null };
  }
  if (!context.answered && rootsOfAnswers.includes(name) && !context.optionalOffsets.has(node.start)) {
    const message = `these rows have no ${name}: no model has answered them`;
    context.report({ message, ...placeOf(node) });
  }
  const root = name as keyof Frame["scope"];
  const run = (frame: Frame) => {
    const value = Object.hasOwn(frame.scope, root) ? jsonValue(frame.scope[root]) : undefined;
    if (value === undefined) throw new Failure(`${name} is missing`, node);
    return value;
  };
  return { node, type, run };
}

function compileList(node: SyntaxNode, context: Context): Compiled {
  const elements = childrenOf(node).map((element) => context.compileValue(element, context));
  const type = listOf(elements.map((element) => element.type).reduce(unify, elements[0]?.type ?? any));
  if (elements.every((element) => element.constant !== undefined)) {
    const value = elements.map((element) => element.constant!.value);
    return { node, type, run: () => value, constant: { value } };
  }
  const run = (frame: Frame) => {
    spend(frame, 30 + elements.length, node);
    return elements.map((element) => element.run(frame));
  };
  return { node, type, run };
}

function compileObject(
  node: SyntaxNode,
  entries: readonly (readonly [SyntaxNode, SyntaxNode])[],
  context: Context,
): Compiled {
  const compiled = entries.map(([key, value]) => ({
    key: compileKey(key, context),
    value: context.compileValue(value, context),
  }));
  const of = compiled.map(({ value }) => value.type).reduce(unify, compiled[0]?.value.type ?? any);
  const run = (frame: Frame) => {
    spend(frame, 30 + 10 * compiled.length, node);
    const object: Record<string, unknown> = Object.create(null);
    for (const { key, value } of compiled) {
      const name = key.run(frame);
      if (typeof name !== "string") throw new Failure(`a key is ${inWords(kindOfValue(name))}`, key.node);
      object[name] = value.run(frame);
    }
    return object;
  };
  return { node, type: { kind: "object", of }, run };
}

function compileKey(node: SyntaxNode, context: Context): Compiled {
  const key = context.compileValue(node, context);
  const kind = kindOf(key.type);
  if (kind !== "string" && kind !== "any") {
    context.report({ message: `a key is a string, not ${inWords(kind)}`, ...placeOf(node) });
  }
  return key;
}
