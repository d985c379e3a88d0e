import type { PairedCounts } from "../../src/stats/tango-score.ts";

/** Draws `n` pairs: only A right with probability `onlyA`, only B with `onlyB`, else alike. */
export function drawPairs(
  random: () => number,
  { n, onlyA, onlyB }: { readonly n: number; readonly onlyA: number; readonly onlyB: number },
): PairedCounts {
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  for (let i = 0; i < n; i++) {
    const at = random();
    if (at < onlyA) counts.onlyA++;
    else if (at < onlyA + onlyB) counts.onlyB++;
    else if (at < 0.9) counts.both++;
    else counts.neither++;
  }
  return counts;
}
