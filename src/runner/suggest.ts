import { distance } from "fastest-levenshtein";

/** The candidate that a misspelt word most likely meant; undefined where none is near. The first of equals wins. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word === "" || word.length > LONGEST) return undefined;
  let best: string | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  let seen = 0;
  for (const candidate of candidates) {
    seen += 1;
    if (seen > MOST) break;
    if (candidate === word || candidate.length > LONGEST) continue;
    const score = scoreOf(word.toLowerCase(), candidate.toLowerCase());
    if (score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** Bounds on the work for hostile words: no name that a person types is so long, no list so full. */
const LONGEST = 100;
const MOST = 1000;

/** Edits between two words, less where they are alike in another way; infinite where they are not alike. */
function scoreOf(word: string, candidate: string): number {
  if (word === candidate) return 0;
  const edits = distance(word, candidate);
  const longer = Math.max(word.length, candidate.length);
  const allowed = longer < 3 ? 0 : Math.max(1, Math.floor(longer * 0.4));
  if (edits <= allowed) return edits;
  // Two letters swapped are two edits, and more than a short word is allowed.
  if (edits === 2 && longer > 2 && sorted(word) === sorted(candidate)) return 1.5;
  const shorter = Math.min(word.length, candidate.length);
  const begins = word.startsWith(candidate) || candidate.startsWith(word);
  return begins && shorter > 2 ? 10 + edits : Number.POSITIVE_INFINITY;
}

function sorted(word: string): string {
  return [...word].sort().join("");
}
