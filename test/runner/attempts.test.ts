import { describe, expect, it } from "vitest";
import { openAttempts } from "../../src/runner/attempts.ts";
import { type Intent, OverBudget, openBudget } from "../../src/runner/money/budget.ts";
import { type ModelAnswer, RequestFailure } from "../../src/runner/provider.ts";

/** A dollar at most. */
const intent: Intent = {
  model: "teacher",
  price: { input: 1, output: 1 },
  billed: true,
  size: { bytes: 500_000, attachments: 0, outputLimit: 500_000 },
  batch: false,
};
const answer = { usage: { input_tokens: 100_000, output_tokens: 100_000 } } as ModelAnswer;

async function open(maxUsd?: number) {
  const budget = openBudget({ maxUsd });
  const counted = { requests: 0 };
  const attempts = await openAttempts(intent, { budget, count: () => counted.requests++ });
  return { attempts, budget, counted };
}

describe("the attempts at a request", () => {
  it("are each set money aside for, and cost what they may have cost", async () => {
    const { attempts, budget, counted } = await open(2.5);
    for (const _ of [1, 2]) (await attempts.begin())("taken");
    await expect(attempts.begin()).rejects.toBeInstanceOf(OverBudget);
    attempts.failed(new OverBudget("m", "h"));
    expect(counted.requests).toBe(2);
    expect(budget.unknown).toBe(true);
  });

  it("give back what a refused one was set aside", async () => {
    const { attempts, budget, counted } = await open(1);
    for (let tried = 0; tried < 8; tried++) (await attempts.begin())("refused");
    await attempts.begin();
    expect(attempts.answered(answer)).toBe(0.2);
    expect(counted.requests).toBe(9);
    expect(budget).toMatchObject({ spentUsd: 0.2, unknown: false });
  });

  it("keep in doubt what an attempt before the answer may have cost", async () => {
    const { attempts, budget } = await open();
    (await attempts.begin())("taken");
    await attempts.begin();
    expect(attempts.answered(answer)).toBe(0.2);
    expect(budget).toMatchObject({ spentUsd: 0.2, unknown: true });
  });

  it("release nothing of what went before when the run is stopped between two of them", async () => {
    const { attempts, budget, counted } = await open(1.5);
    (await attempts.begin())("taken");
    attempts.failed(new RequestFailure("the run is ending", { scope: "stop" }));
    await expect(budget.reserve(intent)).rejects.toThrow("$1.00 of it is spent");
    expect(counted.requests).toBe(1);
  });

  it("count nothing that was never sent", async () => {
    const { attempts, budget, counted } = await open(1);
    (await attempts.begin())("not sent");
    attempts.failed(new RequestFailure("nobody is there"));
    expect(counted.requests).toBe(0);
    await expect(budget.reserve(intent)).resolves.toBeDefined();
  });

  it("take one that ended in nobody's words for one that may be billed", async () => {
    const { attempts, budget, counted } = await open();
    await attempts.begin();
    attempts.failed(new Error("interrupted"));
    expect([counted.requests, budget.unknown]).toEqual([1, true]);
  });

  it.each([
    [true, true],
    [false, false],
  ])(
    "are one where a provider tells of none; taken %j leaves the cost unknown: %j",
    async (taken, unknown) => {
      const { attempts, budget, counted } = await open();
      attempts.failed(new RequestFailure("m", { taken }));
      expect([counted.requests, budget.unknown]).toEqual([1, unknown]);
    },
  );

  it("need a first one that there is money for", async () => {
    await expect(open(0.5)).rejects.toBeInstanceOf(OverBudget);
  });
});
