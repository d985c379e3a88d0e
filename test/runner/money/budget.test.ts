import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Budget, type Intent, OverBudget, openBudget } from "../../../src/runner/money/budget.ts";

const price = { input: 1, output: 1 };
/** A dollar at most. */
const intent: Intent = {
  model: "teacher",
  price,
  billed: true,
  inputBytes: 500_000,
  maxOutputTokens: 500_000,
  batch: false,
};
const half = { input_tokens: 250_000, output_tokens: 250_000 };

describe("a budget", () => {
  it("adds up what answers cost by their tokens", async () => {
    const budget = openBudget({ maxUsd: undefined });
    for (const _ of [1, 2]) expect((await budget.reserve(intent)).settle(half, undefined)).toBe(0.5);
    expect(budget).toMatchObject({ spentUsd: 1, unknown: false });
  });

  it("takes the provider's word before that of the tokens", async () => {
    const budget = openBudget({ maxUsd: undefined });
    expect((await budget.reserve(intent)).settle(half, 0.125)).toBe(0.125);
    expect(budget.spentUsd).toBe(0.125);
  });

  it("says that the cost is not known where one answer's is not", async () => {
    const budget = openBudget({ maxUsd: undefined });
    expect((await budget.reserve(intent)).settle(null, null)).toBeNull();
    expect(budget).toMatchObject({ spentUsd: 0, unknown: true });
  });

  it("does not take what nobody bills for unknown money", async () => {
    const budget = openBudget({ maxUsd: 0 });
    const reserved = await budget.reserve({ ...intent, billed: false, price: undefined });
    expect(reserved.settle(half, undefined)).toBeNull();
    expect(budget).toMatchObject({ spentUsd: 0, unknown: false });
  });

  it("refuses the request that could pass the limit, and says what it could cost", async () => {
    const budget = openBudget({ maxUsd: 1.4 });
    (await budget.reserve(intent)).settle(half, undefined);
    await expect(budget.reserve(intent)).rejects.toThrow(
      "the limit is $1.40: $0.50 of it is spent, and one more request to teacher may cost $1.00",
    );
    await expect(budget.reserve({ ...intent, inputBytes: 1 })).resolves.toBeDefined();
  });

  it("refuses under a limit what has no price, and says where to name it", async () => {
    const budget = openBudget({ maxUsd: 1 });
    await expect(budget.reserve({ ...intent, price: undefined })).rejects.toMatchObject({
      name: "OverBudget",
      hint: "say it under models.teacher.price, or run without a limit",
    });
    await expect(budget.reserve({ ...intent, batch: true })).rejects.toThrow("in batches is not known");
  });

  it("waits while what is under way may leave room, in the order of asking", async () => {
    const budget = openBudget({ maxUsd: 1 });
    const first = await budget.reserve(intent);
    const order: string[] = [];
    const second = budget.reserve(intent).then((reserved) => {
      order.push("second");
      return reserved;
    });
    const third = budget.reserve({ ...intent, inputBytes: 0 }).then((reserved) => {
      order.push("third");
      return reserved;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    first.release();
    (await second).settle({ input_tokens: 1, output_tokens: 1 }, undefined);
    await third;
    expect(order).toEqual(["second", "third"]);
  });

  it("refuses those that waited where what was under way has left no room", async () => {
    const budget = openBudget({ maxUsd: 1 });
    const first = await budget.reserve(intent);
    const second = budget.reserve(intent);
    first.settle({ input_tokens: 500_000, output_tokens: 1 }, undefined);
    await expect(second).rejects.toBeInstanceOf(OverBudget);
  });

  it("does not let a batch wait for itself", async () => {
    const budget = openBudget({ maxUsd: 1 });
    const batch = { ...intent, batch: true, price: { ...price, batch_input: 1, batch_output: 1 } };
    await budget.reserve(batch);
    await expect(budget.reserve(batch)).rejects.toBeInstanceOf(OverBudget);
  });

  it("counts an answer of unknown cost as what it could have cost at most", async () => {
    const budget = openBudget({ maxUsd: 1.5 });
    (await budget.reserve(intent)).settle(null, undefined);
    await expect(budget.reserve(intent)).rejects.toThrow("$1.00 of it is spent");
  });

  it("learns from answers how little the next ones may take", async () => {
    const budget = openBudget({ maxUsd: 1 });
    const open = { ...intent, inputBytes: 1000, maxOutputTokens: undefined };
    const bound = () => reservable(budget, open);
    const before = await bound();
    for (let n = 0; n < 20; n++)
      (await budget.reserve(open)).settle({ input_tokens: 250, output_tokens: 100 }, undefined);
    expect(await bound()).toBeGreaterThan(10 * before);
  });

  it("never lets what is spent pass the limit, whatever is asked and answered when", async () => {
    const request = fc.record({
      bytes: fc.nat(1000),
      most: fc.nat(1000),
      used: fc.double({ min: 0, max: 1, noNaN: true }),
      fails: fc.boolean(),
      ticks: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 40 }), fc.nat(10_000), async (requests, limit) => {
        const budget = openBudget({ maxUsd: limit / 1e6 });
        await Promise.allSettled(
          requests.map(async ({ bytes, most, used, fails, ticks }) => {
            const reserved = await budget.reserve({ ...intent, inputBytes: bytes, maxOutputTokens: most });
            for (let tick = 0; tick < ticks; tick++) await undefined;
            if (fails) reserved.release();
            else
              reserved.settle(
                {
                  // From the twentieth answer on the ratio is learned: equal ratios keep to it.
                  input_tokens: Math.floor(bytes / 4),
                  output_tokens: Math.floor(most * used),
                },
                undefined,
              );
          }),
        );
        expect(budget.spentUsd).toBeLessThanOrEqual(limit / 1e6 + 1e-12);
      }),
    );
  });

  it("a request whose fate nobody knows counts against the limit, and as no money that was spent", async () => {
    const budget = openBudget({ maxUsd: 1 });
    (await budget.reserve(intent)).forfeit();
    expect([budget.spentUsd, budget.unknown]).toEqual([0, false]);
    const before = await reservable(openBudget({ maxUsd: 1 }), intent);
    expect(await reservable(budget, intent)).toBe(Math.max(0, before - 1));
  });
});

/** How many requests can be under way at once. */
async function reservable(budget: Budget, open: Intent): Promise<number> {
  const reserved = [];
  for (let count = 0; count < 1000; count++) {
    const next = await Promise.race([
      budget.reserve({ ...open, batch: true, price: { ...price, batch_input: 1, batch_output: 1 } }),
      new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))),
    ]).catch(() => undefined);
    if (next === undefined) break;
    reserved.push(next);
  }
  for (const one of reserved) one.release();
  return reserved.length;
}
