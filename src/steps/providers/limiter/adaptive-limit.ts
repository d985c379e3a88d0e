/** How many may be under way at once, by what the server has made of those before. */
export interface AdaptiveLimit {
  /** At least 1; infinite while nothing was ever too much. */
  readonly most: number;
  /** A response came, while so many were under way. */
  answered(overloaded: boolean, underWay: number): void;
  /** From now on no more than this. */
  lower(ceiling: number): void;
}

/** Of one round so many may be refused by chance, and ask again. */
const chanceShare = 0.1;

/**
 * Additive increase, multiplicative decrease, once per round trip: a round in which all were refused halves the
 * limit, one in which more than a few were lowers it by half of their share (as DCTCP does, RFC 8257, so that chance
 * does not starve a fast server), and one without any raises it by 1 where it was reached.
 */
export function openAdaptiveLimit(ceiling = Number.POSITIVE_INFINITY): AdaptiveLimit {
  let most = Math.max(1, ceiling);
  let round = newRound();

  return {
    get most() {
      return most;
    },
    answered(overloaded, underWay) {
      round.peak = Math.max(round.peak, underWay);
      round.answers += 1;
      if (overloaded) round.refusals += 1;
      const reached = Math.min(most, round.peak);
      if (round.answers < Math.floor(reached)) return;
      const share = round.refusals / round.answers;
      if (share > chanceShare) most = Math.max(1, reached * (1 - share / 2));
      else if (share === 0 && round.peak >= Math.floor(most)) most = Math.min(ceiling, most + 1);
      round = newRound();
    },
    lower(lower) {
      ceiling = Math.min(ceiling, Math.max(1, lower));
      most = Math.min(most, ceiling);
    },
  };
}

function newRound() {
  return { answers: 0, refusals: 0, peak: 0 };
}
