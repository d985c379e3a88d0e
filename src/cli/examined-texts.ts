import type { Reference } from "../runner/references.ts";
import { evaluateOn, rowScope } from "../steps/scope.ts";
import { lastUserText } from "../steps/trainers/last-user-text.ts";
import { choosePrompt, examinersOf } from "./choose-prompt.ts";
import { exit } from "./exit.ts";
import type { KeptPlan } from "./open-kept.ts";
import { openRows } from "./rows.ts";
import { Stop } from "./stop.ts";

/**
 * What a classifier read of the first so many rows that a model was last examined on.
 *
 * @throws Stop where it was not examined, or the rows are not in the store
 */
export async function examinedTexts(
  kept: KeptPlan,
  model: Reference,
  limit: number,
): Promise<readonly string[]> {
  if (limit === 0) return [];
  const rows = examinersOf(kept.plan, model).at(-1)?.params.rows;
  if (typeof rows !== "string")
    throw new Stop(exit.usage, "--rows takes rows of an examination, and this model has none");
  const { name } = choosePrompt(kept.plan, model, undefined);
  const prompt = kept.plan.prompts.get(name)!;
  const texts: string[] = [];
  for await (const row of await openRows(kept, rows)) {
    if (texts.length >= limit) break;
    const text = lastUserText(evaluateOn(row, `prompt "${name}"`, () => prompt.render(rowScope(row))));
    if (text !== undefined) texts.push(text);
  }
  return texts;
}
