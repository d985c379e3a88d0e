import type { EraseWish, Subject } from "../runner/store.ts";
import { compileText } from "../runner/texts.ts";
import { exit } from "./exit.ts";
import { readPairs } from "./read-pairs.ts";
import { Stop } from "./stop.ts";

/** Flags that say what is to be erased; all that are given must hold. */
export interface EraseFlags {
  readonly where?: string;
  readonly item?: readonly string[];
  readonly metadata?: readonly string[];
  readonly reason?: string;
}

/** What flags say is to be erased. */
export interface ReadWish extends Omit<EraseWish, "dryRun"> {
  /** Why the expression gave nothing wherever it was evaluated; undefined where it did somewhere, or there is none. */
  fault(): string | undefined;
}

/** Reads what is to be erased. @throws Stop where nothing is said, or the expression is wrong */
export function readWish({ where, item, metadata, reason }: EraseFlags): ReadWish {
  if (where === undefined && item === undefined && metadata === undefined)
    throw new Stop(exit.usage, "say what is to be erased", "with --item, --metadata or --where");
  const items = item && new Set(item);
  const pairs = Object.entries(readPairs("--metadata", metadata ?? []));
  const expression = where === undefined ? undefined : openExpression(where);
  return {
    isMeant: (subject) =>
      (items === undefined || (subject.item !== undefined && items.has(subject.item))) &&
      pairs.every(
        ([key, value]) => Object.hasOwn(subject.metadata, key) && subject.metadata[key] === value,
      ) &&
      (expression === undefined || expression.holds(subject)),
    through: true,
    reason: reason ?? "erased by request",
    fault: () => expression?.fault(),
  };
}

function openExpression(text: string) {
  const compiled = compileText(text, "expression");
  if (!compiled.ok) {
    const { message, hint } = compiled.problems[0]!;
    throw new Stop(exit.usage, `--where: ${message}`, hint);
  }
  if (compiled.type !== "bool" && compiled.type !== "any")
    throw new Stop(exit.usage, `--where gives a ${compiled.type}, and yes or no is needed`);
  const { evaluate } = compiled;
  let evaluated = false;
  let fault: string | undefined;
  return {
    holds({ scope }: Subject): boolean {
      try {
        const value = evaluate(scope);
        evaluated = true;
        return value === true;
      } catch (error) {
        // What a row lacks: lines of results have no item, completions neither.
        if (!(error instanceof Error) || error.name !== "ExpressionError") throw error;
        fault ??= error.message;
        return false;
      }
    },
    fault: () => (evaluated ? undefined : fault),
  };
}
