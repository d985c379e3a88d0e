import type { Compiled, Context } from "./compiled.ts";
import { Failure, type Frame, heldFailure, spend } from "./frame.ts";
import { compileBool } from "./logic.ts";
import { childrenOf, placeOf, type SyntaxNode, sourceOf } from "./syntax.ts";
import { any, bool, inWords, kindOf, kindOfValue, listOf, string, type Type } from "./type.ts";
import { readKey } from "./value.ts";

/** `all`, `exists`, `exists_one`, `filter` and `map` over the elements of a list or the keys of an object. */
export function compileElements(
  node: SyntaxNode,
  name: string,
  receiver: SyntaxNode,
  args: readonly SyntaxNode[],
  context: Context,
): Compiled {
  const range = context.compileValue(receiver, context);
  const [variable, ...bodies] = args;
  if (variable?.op !== "id" || bodies.length === 0 || bodies.length > (name === "map" ? 2 : 1)) {
    const message = `${name} takes a name and ${name === "map" ? "what to make of it" : "a condition"}`;
    const example = name === "map" ? "tag.size()" : "tag == 'new'";
    context.report({ message, ...placeOf(node), hint: `such as item.tags.${name}(tag, ${example})` });
    return { node, type: any, run: () => null };
  }
  const element = elementOf(range, context);
  const slot = context.bound.length;
  const inner: Context = { ...context, bound: [...context.bound, { name: variable.args, type: element }] };
  const condition = name === "map" && bodies.length === 1 ? undefined : compileBool(bodies[0]!, name, inner);
  const transform = name === "map" ? context.compileValue(bodies.at(-1)!, inner) : undefined;
  const weight = bodies.reduce((sum, body) => sum + countNodes(body), 4);

  const elements = (frame: Frame): readonly unknown[] => {
    const value = range.run(frame);
    const kind = kindOfValue(value);
    if (kind !== "list" && kind !== "object") {
      throw new Failure(`${sourceOf(receiver)} is ${inWords(kind)}, not a list or an object`, receiver);
    }
    const list = Array.isArray(value) ? value : Object.keys(value as object);
    spend(frame, list.length, node);
    return list;
  };
  const stand = (frame: Frame, list: readonly unknown[], index: number): unknown => {
    spend(frame, weight, node);
    const value = readKey(list, index);
    if (value === undefined) throw new Failure(`${sourceOf(receiver)}[${index}] is missing`, receiver);
    frame.slots[slot] = value;
    return value;
  };

  switch (name) {
    case "all":
    case "exists":
      return { node, type: bool, run: quantify(elements, stand, condition!, name === "exists") };
    case "exists_one":
      return { node, type: bool, run: (frame) => select(frame, elements, stand, condition).length === 1 };
    case "filter":
      return { node, type: listOf(element), run: (frame) => select(frame, elements, stand, condition) };
    default:
      return {
        node,
        type: listOf(transform!.type),
        run: (frame) => select(frame, elements, stand, condition, transform!.run),
      };
  }
}

type Elements = (frame: Frame) => readonly unknown[];
type Stand = (frame: Frame, list: readonly unknown[], index: number) => unknown;

/** As in CEL, an element that decides makes up for the elements that fail. */
function quantify(elements: Elements, stand: Stand, condition: (frame: Frame) => boolean, decisive: boolean) {
  return (frame: Frame): boolean => {
    const list = elements(frame);
    let failure: Failure | undefined;
    for (let index = 0; index < list.length; index++) {
      try {
        stand(frame, list, index);
        if (condition(frame) === decisive) return decisive;
      } catch (error) {
        const held = heldFailure(error, frame);
        failure ??= held;
      }
    }
    if (failure !== undefined) throw failure;
    return !decisive;
  };
}

function select(
  frame: Frame,
  elements: Elements,
  stand: Stand,
  condition?: (frame: Frame) => boolean,
  transform?: (frame: Frame) => unknown,
): unknown[] {
  const list = elements(frame);
  const selected: unknown[] = [];
  for (let index = 0; index < list.length; index++) {
    const value = stand(frame, list, index);
    if (condition !== undefined && !condition(frame)) continue;
    selected.push(transform === undefined ? value : transform(frame));
  }
  return selected;
}

function elementOf(range: Compiled, context: Context): Type {
  const { type } = range;
  if (type.kind === "list") return type.of;
  const kind = kindOf(type);
  if (kind === "object") return string;
  if (kind !== "any") {
    const message = `${inWords(kind)} has no elements`;
    context.report({ message, ...placeOf(range.node) });
  }
  return any;
}

function countNodes(node: SyntaxNode): number {
  return childrenOf(node).reduce((sum, child) => sum + countNodes(child), 1);
}
