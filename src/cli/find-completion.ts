import { printable } from "../runner/sanitize.ts";
import type { CompletionRecord, Store } from "../runner/store.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** The completion whose id begins like this. @throws Stop where there is none, or several */
export function findCompletion(store: Pick<Store, "completions">, id: string): CompletionRecord {
  const [found, ...others] = [...store.completions({ id, limit: 2 })];
  if (found === undefined || id === "")
    throw new Stop(exit.failed, `no stored completion has an id that begins with "${printable(id)}"`);
  if (others.length > 0)
    throw new Stop(
      exit.usage,
      `several ids begin with "${id}"`,
      `such as ${[found, ...others].map(({ key }) => key.slice(0, id.length + 6)).join(" and ")}`,
    );
  return found;
}
