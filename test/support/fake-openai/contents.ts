/** What the server remembers of each content that it was asked, by its hash. */
export interface Contents {
  /** Good answers that went out, live and in batches. */
  readonly bought: ReadonlyMap<string, number>;
  /** How often this content had arrived before. */
  arrived(content: string): number;
  /** How many good answers it has had; counts this one. */
  answered(content: string): number;
  /** The same without counting. */
  answers(content: string): number;
  /** A good answer goes out. */
  buy(content: string): void;
}

/** Counts by content. */
export function countContents(): Contents {
  const arrivals = new Map<string, number>();
  const answers = new Map<string, number>();
  const bought = new Map<string, number>();
  return {
    bought,
    arrived: (content) => count(arrivals, content),
    answered: (content) => count(answers, content),
    answers: (content) => answers.get(content) ?? 0,
    buy: (content) => void count(bought, content),
  };
}

function count(counts: Map<string, number>, key: string): number {
  const before = counts.get(key) ?? 0;
  counts.set(key, before + 1);
  return before;
}
