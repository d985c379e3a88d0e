import { describe, expect, test } from "vitest";
import { RequestFailure } from "../../src/runner/provider.ts";
import type { Ask, Execution, Model } from "../../src/runner/step.ts";
import { StepIncomplete } from "../../src/runner/step.ts";
import { askAll, type Question } from "../../src/steps/ask-all.ts";
import { scriptedModel } from "../support/scripted-model.ts";

function questions(model: Model, count: number): readonly Question[] {
  return Array.from({ length: count }, (_, index) => {
    const ask: Ask = { messages: [], parameters: { index }, draw: { occurrence: index, sample: 0 } };
    return { item: `i${index}`, model, ask };
  });
}

function context(execution: Partial<Execution> = {}, signal = new AbortController().signal) {
  const progress: [number, number][] = [];
  return {
    told: progress,
    execution: { concurrency: 4, timeoutMs: 1, retries: 0, maxFailedRows: 20, ...execution },
    signal,
    progress: (done: number, total: number) => void progress.push([done, total]),
  };
}

const indexOf = (ask: Ask) => ask.parameters.index as number;

describe("askAll", () => {
  test("keeps the order of questions whatever the order of answers", async () => {
    const model = scriptedModel("m", async (ask) => {
      await new Promise((resolve) => setTimeout(resolve, indexOf(ask) === 0 ? 20 : 1));
      return String(indexOf(ask));
    });
    const answers = await askAll(context(), questions(model, 10));
    expect(answers.map((answer) => answer.output_text)).toEqual([..."0123456789"]);
  });

  test("has no more under way than it may, and as many as it may", async () => {
    let underWay = 0;
    let most = 0;
    const model = scriptedModel("m", async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay--;
      return "";
    });
    await askAll(context({ concurrency: 3 }), questions(model, 30));
    expect(most).toBe(3);
  });

  test("tells its progress", async () => {
    const world = context({ concurrency: 1 });
    await askAll(world, questions(scriptedModel("m", ["x"]), 3));
    expect(world.told).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test("asks all others where some fail, and names what is missing", async () => {
    const model = scriptedModel("m", (ask) =>
      indexOf(ask) % 3 === 1 ? new RequestFailure(`no ${indexOf(ask)}`, { hint: "wait" }) : "x",
    );
    const failure = await askAll(context(), questions(model, 9)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StepIncomplete);
    expect(failure).toMatchObject({
      message: '3 of 9 answers are missing: m on item "i1": no 1; 2 more failed',
      missing: ["i1", "i4", "i7"],
      hint: "wait",
    });
    expect(model.asks).toHaveLength(9);
  });

  test("sends nothing more after so many failures", async () => {
    const model = scriptedModel("m", () => new RequestFailure("down"));
    const failure = await askAll(context({ concurrency: 1, maxFailedRows: 3 }), questions(model, 50)).catch(
      (error: unknown) => error,
    );
    expect(model.asks).toHaveLength(3);
    expect(failure).toMatchObject({
      message: '50 of 50 answers are missing: m on item "i0": down; 2 more failed; 47 were not sent',
    });
    expect((failure as StepIncomplete).missing).toHaveLength(50);
  });

  test("sends nothing more after a failure that no other request can escape, and tells that one", async () => {
    const model = scriptedModel("m", (ask) =>
      indexOf(ask) === 2 ? new RequestFailure("wrong key", { scope: "stop" }) : new RequestFailure("late"),
    );
    const failure = await askAll(context({ concurrency: 1 }), questions(model, 50)).catch(
      (error: unknown) => error,
    );
    expect(model.asks).toHaveLength(3);
    expect((failure as Error).message).toContain('on item "i2": wrong key');
  });

  test("passes on any other error, after what is under way has come", async () => {
    let landed = false;
    const model = scriptedModel("m", async (ask) => {
      if (indexOf(ask) === 0) return new TypeError("a fault");
      await new Promise((resolve) => setTimeout(resolve, 5));
      landed = true;
      return "";
    });
    await expect(askAll(context({ concurrency: 2 }), questions(model, 50))).rejects.toThrow(
      new TypeError("a fault"),
    );
    expect(landed).toBe(true);
    expect(model.asks.length).toBeLessThan(5);
  });

  test("an abort ends it with the abort's reason, though every model answers at once", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("stop now")), 1);
    const model = scriptedModel("m", ["x"]);
    await expect(askAll(context({}, controller.signal), questions(model, 200_000))).rejects.toThrow(
      "stop now",
    );
    expect(model.asks.length).toBeLessThan(200_000);
  });

  test("no questions have no answers", async () => {
    expect(await askAll(context(), [])).toEqual([]);
  });
});
