import type { EraseWish, Subject } from "../runner/erasure.ts";
import { suggest } from "../runner/suggest.ts";
import { compileText } from "../runner/texts.ts";
import { exit } from "./exit.ts";
import type { KnownItems } from "./known-items.ts";
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
  fault(): Fault | undefined;
  /** Completions that the expression could not be evaluated on, because nobody has their items: their keys. */
  unjudged(): ReadonlySet<string>;
}

interface Fault {
  readonly message: string;
  /** A column of that item that was meant, it may be. */
  readonly hint: string | undefined;
}

/**
 * Reads what is to be erased.
 *
 * @param readItems gives the items of the project's datasets, for an expression about what is stored without them
 * @throws Stop where nothing is said, or the expression is wrong
 */
export async function readWish(
  { where, item, metadata, reason }: EraseFlags,
  readItems: () => Promise<KnownItems>,
): Promise<ReadWish> {
  if (where === undefined && item === undefined && metadata === undefined)
    throw new Stop(exit.usage, "say what is to be erased", "with --item, --metadata or --where");
  const items = item && new Set(item);
  const pairs = Object.entries(readPairs("--metadata", metadata ?? []));
  const expression = where === undefined ? undefined : await openExpression(where, readItems);
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
    unjudged: () => expression?.unjudged ?? new Set(),
  };
}

async function openExpression(text: string, readItems: () => Promise<KnownItems>) {
  const compiled = compileText(text, "expression");
  if (!compiled.ok) {
    const { message, hint } = compiled.problems[0]!;
    throw new Stop(exit.usage, `--where: ${message}`, hint);
  }
  if (compiled.type !== "bool" && compiled.type !== "any")
    throw new Stop(exit.usage, `--where gives a ${compiled.type}, and yes or no is needed`);
  const { evaluate, variables } = compiled;
  const columns = variables.filter(({ path: [root] }) => root === "item").map(({ path }) => path[1]);
  const known = columns.length === 0 ? undefined : await readItems();
  const unjudged = new Set<string>();
  let evaluated = false;
  let fault: Fault | undefined;
  return {
    holds: (subject: Subject): boolean => scopesOf(subject, known).some(holdsIn),
    fault: () => (evaluated ? undefined : fault),
    unjudged,
  };

  function holdsIn(scope: Subject["scope"]): boolean {
    try {
      const value = evaluate(scope);
      evaluated = true;
      return value === true;
    } catch (error) {
      // What a row lacks, or what is stored without its item.
      if (!(error instanceof Error) || error.name !== "ExpressionError") throw error;
      if (known === undefined || scope.item !== undefined)
        fault ??= { message: error.message, hint: nearColumn(columns, scope.item) };
      else if (typeof scope.completion === "string") unjudged.add(scope.completion);
      return false;
    }
  }
}

/** What an expression sees: of what is stored without its item, once for each item that it may be about. */
function scopesOf({ item, specs = [], scope }: Subject, known: KnownItems | undefined) {
  if (known === undefined || item === undefined || scope.item !== undefined) return [scope];
  const found = known.find(specs, item);
  return found.length === 0 ? [scope] : found.map((one) => ({ ...scope, item: one }));
}

function nearColumn(columns: readonly (string | undefined)[], item: unknown): string | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const missing = columns.find((column) => column !== undefined && !Object.hasOwn(item, column));
  const near = missing === undefined ? undefined : suggest(missing, Object.keys(item));
  return near === undefined ? undefined : `did you mean item.${near}?`;
}
