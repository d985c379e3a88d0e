import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Budget, type Intent, OverBudget, openBudget } from "../../../src/runner/money/budget.ts";

const price = { input: 1, output: 1 };
/** A dollar at most. */
const intent: Intent = {
  model: "teacher",
  price,
  billed: true,
  size: { bytes: 500_000, attachments: 0, outputLimit: 500_000 },
  batch: false,
};
const ofBytes = (bytes: number): Intent => ({ ...intent, size: { ...intent.size, bytes } });
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
      "the limit in one run is $1.40: $0.50 of it is spent, and one more request to teacher may cost $1.00",
    );
    await expect(budget.reserve(ofBytes(1))).resolves.toBeDefined();
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
    const third = budget.reserve(ofBytes(0)).then((reserved) => {
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
    const open = { ...intent, size: { bytes: 1000, attachments: 0, outputLimit: undefined } };
    // At first 1,000 tokens and 16,384 back: 57 of them fit.
    const before = await setAside(budget, open);
    for (let n = 0; n < 20; n++)
      (await budget.reserve(open)).settle({ input_tokens: 250, output_tokens: 100 }, undefined);
    expect(before).toBe(57);
    expect(await setAside(budget, open)).toBeGreaterThan(1000);
  });

  it("bounds the answers of a batch by nothing that was learned", async () => {
    const budget = openBudget({
      maxUsd: 1,
      seen: new Map([["teacher", { answers: 20, tokensPerByte: 0.25, outputTokens: 100 }]]),
    });
    const open = { ...intent, size: { bytes: 1000, attachments: 0, outputLimit: undefined } };
    expect(await setAside(budget, { ...open, ...inBatch })).toBe(59);
    expect(await setAside(budget, { ...open, ...inBatch, size: { ...open.size, outputLimit: 688 } })).toBe(
      Math.floor(1e6 / (1000 * 0.25 * 1.25 + 688)),
    );
  });

  it("learns nothing about text from images", async () => {
    const budget = openBudget({ maxUsd: 100 });
    const seeing = { ...intent, size: { bytes: 100, attachments: 1, outputLimit: 10 } };
    for (let n = 0; n < 20; n++)
      (await budget.reserve(seeing)).settle({ input_tokens: 1, output_tokens: 1 }, undefined);
    const left = 100 - budget.spentUsd;
    expect(await setAside(budget, intent)).toBe(Math.floor(left));
  });

  it("lets through what nobody bills, whatever waits and whatever was spent", async () => {
    const budget = openBudget({ maxUsd: 1 });
    const first = await budget.reserve(intent);
    const waiting = budget.reserve(intent);
    const local = { ...intent, billed: false, price: undefined };
    const unbilled = await budget.reserve(local);
    first.settle({ input_tokens: 500_000, output_tokens: 500_000 }, undefined);
    // It leaves no room when it ends, so that nobody waits for it.
    await expect(waiting).rejects.toBeInstanceOf(OverBudget);
    unbilled.forfeit();
    expect(budget.unknown).toBe(false);
    await expect(budget.reserve(local)).resolves.toBeDefined();
  });

  it("refuses under a limit what may be longer than its price goes, and learns when it cannot be", async () => {
    const short = { ...intent, price: { ...price, up_to_input_tokens: 400_000 } };
    const budget = openBudget({ maxUsd: 100 });
    await expect(budget.reserve(short)).rejects.toThrow(
      "what teacher costs for requests as long as this one may be is not known",
    );
    await expect(openBudget({ maxUsd: undefined }).reserve(short)).resolves.toBeDefined();
    for (let n = 0; n < 20; n++)
      (await budget.reserve({ ...short, size: { ...short.size, bytes: 4000 } })).settle(
        { input_tokens: 1000, output_tokens: 1 },
        undefined,
      );
    await expect(budget.reserve(short)).resolves.toBeDefined();
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
            const reserved = await budget.reserve({
              ...intent,
              size: { bytes, attachments: 0, outputLimit: most },
            });
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

  it("counts a request whose fate nobody knows against the limit, and says that the cost is not known", async () => {
    const budget = openBudget({ maxUsd: 3 });
    (await budget.reserve(intent)).forfeit();
    expect(budget).toMatchObject({ spentUsd: 0, unknown: true });
    expect(await setAside(budget, intent)).toBe(2);
  });
});

const inBatch = { batch: true, price: { ...price, batch_input: 1, batch_output: 1 } };

/** For how many more such requests there is money at once. */
async function setAside(budget: Budget, open: Intent): Promise<number> {
  const reserved = [];
  for (let count = 0; count < 2000; count++) {
    const next = await Promise.race([
      budget.reserve(open).catch(() => undefined),
      new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))),
    ]);
    if (next === undefined) break;
    reserved.push(next);
  }
  for (const one of reserved) one.release();
  return reserved.length;
}
