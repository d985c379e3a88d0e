import { describe, expect, it } from "vitest";
import { estimateSpending, type Lot } from "../../../src/runner/money/estimate-spending.ts";
import { comesFrom, seenIn, type Taken } from "../../../src/runner/money/history.ts";
import { exactly } from "../../../src/runner/money/range.ts";

const price = { input: 1, output: 2, cached_input: 0.1, batch_input: 0.5, batch_output: 1 };
const lot: Lot = {
  requests: exactly(1000),
  inputBytes: exactly(400_000),
  counted: undefined,
  maxOutputTokens: undefined,
  batch: false,
};
const history = Array.from(
  { length: 20 },
  (_, index): Taken => ({
    inputBytes: 400,
    attachments: 0,
    inputTokens: 100,
    cachedTokens: 0,
    outputTokens: 40 + index,
    question: String(index),
    messages: [],
    parameters: "{}",
  }),
);
const none = { same: [], all: [] };

describe("what requests will cost", () => {
  it("is told from what answers to the same prompt took", () => {
    const { inputTokens, outputTokens, usd, basis } = estimateSpending(lot, {
      price,
      same: history,
      all: history,
    });
    expect(basis).toBe("history");
    for (const [range, value] of [
      [inputTokens, 100_000],
      [outputTokens, 49_500],
      [usd, 0.199],
    ] as const) {
      expect(range!.low).toBeLessThan(value);
      expect(range!.high).toBeGreaterThan(value);
      expect(range!.high / range!.low).toBeLessThan(1.3);
    }
  });

  it("is told less surely from answers to other prompts", () => {
    const width = (same: readonly Taken[]) => {
      const { low, high } = estimateSpending(lot, { price, same, all: history }).usd!;
      return high / low;
    };
    expect(width([])).toBeGreaterThan(2 * width(history));
  });

  it("is bounded by the limit of the answers where none came before", () => {
    const estimate = estimateSpending({ ...lot, counted: 0.25, maxOutputTokens: 50 }, { price, ...none });
    expect(estimate.basis).toBe("limit");
    expect(estimate.outputTokens).toEqual({ low: 0, high: 50_000 });
    expect(estimate.usd).toEqual({ low: 0.08, high: 0.225 });
  });

  it("is not known without answers, limit, rows or price", () => {
    const known = { price, same: history, all: history };
    expect(estimateSpending({ ...lot, counted: 0.25 }, { price, ...none }).usd).toBeUndefined();
    expect(estimateSpending({ ...lot, inputBytes: undefined }, known).usd).toBeUndefined();
    expect(estimateSpending(lot, { ...known, price: undefined }).usd).toBeUndefined();
    expect(
      estimateSpending(lot, { ...known, price: { ...price, up_to_input_tokens: 50 } }).usd,
    ).toBeUndefined();
  });

  it("takes nineteen answers for no history", () => {
    const few = history.slice(1);
    expect(estimateSpending(lot, { price, same: few, all: few }).usd).toBeUndefined();
    expect(seenIn(few)).toBeUndefined();
    expect(seenIn(history)).toEqual({ answers: 20, tokensPerByte: 0.25, outputTokens: 59 });
  });

  it("halves in batches, by the price", () => {
    const of = (batch: boolean) =>
      estimateSpending({ ...lot, batch }, { price, same: history, all: history }).usd!;
    expect(of(true).high).toBeCloseTo(of(false).high / 2, 12);
  });

  it("reaches down to what it costs where the provider caches more of the input", () => {
    const cached = history.map((taken) => ({ ...taken, cachedTokens: 50 }));
    const fresh = estimateSpending(lot, { price, same: history, all: history }).usd!;
    const usd = estimateSpending(lot, { price, same: cached, all: cached }).usd!;
    expect(usd.low).toBeLessThan(fresh.low - 0.06);
    expect(usd.high).toBeLessThan(fresh.high);
  });
});

describe("an answer to a prompt", () => {
  const prompt = [
    { role: "system", content: "Route." },
    { role: "user", content: "Ticket: {{ item.text }}" },
  ] as const;

  it.each([
    [
      true,
      "a ticket",
      [
        ["system", "Route."],
        ["user", "Ticket: no mail"],
      ],
    ],
    [
      false,
      "another question",
      [
        ["system", "Route."],
        ["user", "Mail: no mail"],
      ],
    ],
    [
      false,
      "another system message",
      [
        ["system", "Write."],
        ["user", "Ticket: no mail"],
      ],
    ],
    [
      false,
      "a longer conversation",
      [
        ["system", "Route."],
        ["user", "Ticket: a"],
        ["user", "b"],
      ],
    ],
  ] as const)("is told (%s) from %s", (is, _, messages) => {
    expect(
      comesFrom(
        prompt,
        messages.map(([role, content]) => ({ role, content })),
      ),
    ).toBe(is);
  });
});
