import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Ask, Execution, Model } from "../../src/runner/asking.ts";
import { OverBudget } from "../../src/runner/money/budget.ts";
import { type ModelAnswer, RequestFailure } from "../../src/runner/provider.ts";
import { StepIncomplete } from "../../src/runner/step-failure.ts";
import { askAll, type Questions } from "../../src/steps/ask-all.ts";
import { scriptedModel } from "../support/scripted-model.ts";

function questions(model: Model, count: number): Questions {
  return {
    models: [model],
    perModel: count,
    async *of() {
      for (let index = 0; index < count; index++) {
        const ask: Ask = { messages: [], parameters: { index }, draw: { occurrence: index, sample: 0 } };
        yield { item: `i${index}`, model, ask };
      }
    },
  };
}

async function askEvery(...[world, asked]: Parameters<typeof askAll>): Promise<readonly ModelAnswer[]> {
  const answers: ModelAnswer[] = [];
  for await (const { answer } of askAll(world, asked)) answers.push(answer);
  return answers;
}

function context(execution: Partial<Execution> = {}, signal = new AbortController().signal) {
  const progress: [number, number][] = [];
  return {
    told: progress,
    execution: {
      concurrency: 4,
      timeoutMs: 1,
      retries: 0,
      maxFailedRows: 20,
      mode: "live" as const,
      deadlineMs: undefined,
      ...execution,
    },
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
    const answers = await askEvery(context(), questions(model, 10));
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
    await askEvery(context({ concurrency: 3 }), questions(model, 30));
    expect(most).toBe(3);
  });

  test("tells its progress", async () => {
    const world = context({ concurrency: 1 });
    await askEvery(world, questions(scriptedModel("m", ["x"]), 3));
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
    const failure = await askEvery(context(), questions(model, 9)).catch((error: unknown) => error);
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
    const failure = await askEvery(context({ concurrency: 1, maxFailedRows: 3 }), questions(model, 50)).catch(
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
    const failure = await askEvery(context({ concurrency: 1 }), questions(model, 50)).catch(
      (error: unknown) => error,
    );
    expect(model.asks).toHaveLength(3);
    expect((failure as Error).message).toContain('on item "i2": wrong key');
  });

  test("passes on any other error, after what is under way has come", async () => {
    let landed = false;
    const model = scriptedModel("m", async (ask) => {
      await new Promise((resolve) => setTimeout(resolve, indexOf(ask) === 1 ? 1 : 5));
      if (indexOf(ask) === 1) return new TypeError("a fault");
      landed = true;
      return "";
    });
    await expect(askEvery(context({ concurrency: 2 }), questions(model, 50))).rejects.toThrow(
      new TypeError("a fault"),
    );
    expect(landed).toBe(true);
    expect(model.asks.length).toBeLessThan(5);
  });

  test("a limit that is reached after failures names the first of them too", async () => {
    const model = scriptedModel("m", (ask) =>
      indexOf(ask) < 2
        ? new RequestFailure(`late ${indexOf(ask)}`)
        : new OverBudget("no money left", "raise it"),
    );
    await expect(askEvery(context({ concurrency: 1 }), questions(model, 9))).rejects.toMatchObject({
      name: "OverBudget",
      message: 'no money left; before that 2 answers failed: m on item "i0": late 0',
      hint: "raise it",
    });
  });

  test("an abort ends it with the abort's reason, though every model answers at once", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("stop now")), 1);
    const model = scriptedModel("m", ["x"]);
    await expect(askEvery(context({}, controller.signal), questions(model, 200_000))).rejects.toThrow(
      "stop now",
    );
    expect(model.asks.length).toBeLessThan(200_000);
  });

  test("no questions have no answers", async () => {
    expect(await askEvery(context(), questions(scriptedModel("m", ["x"]), 0))).toEqual([]);
  });

  test("reads no further ahead of an answer that is slow than it has room for", async () => {
    let read = 0;
    let release = () => {};
    const slow = new Promise<void>((resolve) => (release = resolve));
    const model = scriptedModel("m", async (ask) => {
      if (indexOf(ask) === 0) await slow;
      return String(indexOf(ask));
    });
    const asked = questions(model, 20_000);
    const counted: Questions = {
      ...asked,
      async *of(one) {
        for await (const question of asked.of(one)) {
          read++;
          yield question;
        }
      },
    };
    const answers = askEvery(context(), counted);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(read).toBeGreaterThan(1000);
    expect(read).toBeLessThan(3000);
    release();
    expect((await answers).map(({ output_text }) => Number(output_text))).toEqual([...Array(20_000).keys()]);
  });

  test("an answer stays with its item though the one before it is slow and the caller takes its time", async () => {
    const total = 6000;
    let answered = 0;
    let release = () => {};
    const slow = new Promise<void>((resolve) => (release = resolve));
    const model = scriptedModel("m", async (ask) => {
      if (indexOf(ask) === 0) await slow;
      else {
        await setImmediate();
        // By now all that there is room for waits for the first.
        if (++answered === 2040) setTimeout(release, 50);
      }
      return String(indexOf(ask));
    });
    const got: [string, string][] = [];
    for await (const { item, answer } of askAll(context({ concurrency: 32 }), questions(model, total))) {
      // As one that reads a file does.
      if (got.length % 50 === 0) await setImmediate();
      got.push([item, answer.output_text]);
    }
    expect(got).toEqual(Array.from({ length: total }, (_, index) => [`i${index}`, String(index)]));
  });

  test("a caller that leaves early ends the asking, after what is under way has come", async () => {
    const model = scriptedModel("m", ["x"]);
    for await (const _ of askAll(context(), questions(model, 50_000))) break;
    const asked = model.asks.length;
    expect(asked).toBeLessThan(10_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(model.asks).toHaveLength(asked);
  });

  test("a sample is spread evenly, and is told from a step that is done", async () => {
    const model = scriptedModel("m", ["x"]);
    const asking = askEvery(context({ sample: 4, concurrency: 1 }), questions(model, 100));
    await expect(asking).rejects.toThrow("4 of 100 asked as a sample");
    expect(model.asks.map(indexOf)).toEqual([0, 25, 50, 75]);
  });

  test("a sample of more than there are is all of them", async () => {
    const model = scriptedModel("m", ["x"]);
    await expect(askEvery(context({ sample: 9 }), questions(model, 3))).rejects.toThrow("3 of 3 asked");
    expect(model.asks).toHaveLength(3);
  });

  test("in batches a model is handed all questions before one is asked", async () => {
    const model = scriptedModel("m", ["x"]);
    const handed: number[] = [];
    const batching: Model = {
      ...model,
      async prefetch(asks) {
        for await (const ask of asks()) handed.push(indexOf(ask));
        expect(model.asks).toEqual([]);
      },
    };
    await askEvery(context({ mode: "batch" }), questions(batching, 3));
    expect(handed).toEqual([0, 1, 2]);
  });

  test("all models are handed their batches at once, and one that fails keeps no other from being bought", async () => {
    const bought: string[] = [];
    const [slow, failing] = ["slow", "failing"].map(
      (name): Model => ({
        ...scriptedModel(name, ["x"]),
        async prefetch() {
          await new Promise((resolve) => setTimeout(resolve, name === "slow" ? 20 : 1));
          if (name === "failing") throw new RequestFailure("no quota", { scope: "stop" });
          bought.push(name);
        },
      }),
    );
    const asked = { ...questions(slow!, 1), models: [failing!, slow!] };
    await expect(askEvery(context({ mode: "batch" }), asked)).rejects.toThrow("no quota");
    expect(bought).toEqual(["slow"]);
  });
});
