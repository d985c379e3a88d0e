import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** Reads a flag that takes key=value, as often as it was given. @throws Stop where one is none */
export function readPairs(flag: string, pairs: readonly string[]): { readonly [key: string]: string } {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new Stop(exit.usage, `${flag} takes key=value, not "${pair}"`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
