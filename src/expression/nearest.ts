import { distance } from "fastest-levenshtein";

const maxShown = 10;

/** The hint `did you mean "…"?` where one of the names is close to what was written. */
export function didYouMean(written: string, names: Iterable<string>): { readonly hint?: string } {
  let nearest: string | undefined;
  // A third of the letters may differ: more, and the guess is no help.
  let least = Math.max(1, Math.floor(written.length / 3)) + 1;
  const wanted = written.toLowerCase();
  for (const name of names) {
    const candidate = name.toLowerCase();
    const isPart = wanted.length > 2 && (candidate.startsWith(wanted) || wanted.startsWith(candidate));
    const steps = isPart && candidate.length > 2 ? 1 : distance(wanted, candidate);
    if (steps < least) [nearest, least] = [name, steps];
  }
  return nearest === undefined ? {} : { hint: `did you mean ${JSON.stringify(nearest)}?` };
}

/** As `didYouMean`; where nothing is close, the first names that there are. */
export function didYouMeanOneOf(written: string, names: readonly string[]): { readonly hint?: string } {
  const near = didYouMean(written, names);
  if (near.hint !== undefined || names.length === 0) return near;
  const shown = names.length > maxShown ? [...names.slice(0, maxShown), "…"] : names;
  return { hint: `choose from ${shown.join(", ")}` };
}
