import type { Row } from "../runner/row.ts";
import type { StepContext } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import type { ResultLine } from "./results.ts";
import { evaluateOn, rowScope } from "./scope.ts";

/** What an item belongs to, as lines of results carry it. */
export type ItemTraits = Pick<ResultLine, "group" | "slices">;

/**
 * Reads the group and the slices of one row after the other; `all` gives them in that order, checked as a whole.
 * @throws StepFailure naming a row that lacks what is asked for, or a slice whose values are no categories.
 */
export function openTraits({ params, evaluator }: Pick<StepContext<TraitParams>, "params" | "evaluator">): {
  add(row: Row): void;
  all(): readonly ItemTraits[];
} {
  const { group_by, slices } = params;
  const read = (text: string, what: string) => {
    const evaluate = evaluator(text, "value");
    return (row: Row) => tellValue(evaluateOn(row, what, () => evaluate(rowScope(row))));
  };
  const groupOf = group_by === undefined ? undefined : read(group_by, "group_by");
  // By name, because a step's key does not know in which order they were written.
  const names = Object.keys(slices ?? {}).sort();
  const readers = names.map((name) => [name, read(slices![name]!, `slice "${name}"`)] as const);
  const traits: ItemTraits[] = [];
  return {
    add(row) {
      traits.push({
        ...(groupOf && { group: groupOf(row) }),
        ...(slices && { slices: Object.fromEntries(readers.map(([name, of]) => [name, of(row)])) }),
      });
    },
    all() {
      for (const name of names)
        checkSlice(
          name,
          traits.map((one) => one.slices![name]!),
        );
      return traits;
    },
  };
}

interface TraitParams {
  readonly group_by?: string | undefined;
  readonly slices?: { readonly [name: string]: string } | undefined;
}

/** Values of slices stand in committed files and tables: more of them, or longer ones, are texts. */
const maxValues = 50;
const maxLength = 64;

function checkSlice(name: string, values: readonly string[]): void {
  const known = new Set(values);
  if (known.size > maxValues)
    throw new StepFailure(
      `slice "${name}" has ${known.size} values, and a slice has at most ${maxValues}`,
      "slice by something that many items share",
    );
  if (values.some((value) => value.length > maxLength))
    throw new StepFailure(
      `slice "${name}" has a value of more than ${maxLength} characters`,
      "slice by the name of a category: values of slices are committed",
    );
}

function tellValue(value: unknown): string {
  return typeof value === "string" ? value : canonicalJson(value);
}
