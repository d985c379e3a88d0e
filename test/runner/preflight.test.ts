import { describe, expect, it } from "vitest";
import { lookAhead, preflight } from "../../src/runner/preflight.ts";
import { type Connection, type ModelFacts, RequestFailure } from "../../src/runner/provider.ts";

const today = Date.parse("2026-11-24T18:30:00Z");

describe("preflight", () => {
  it("says nothing of a model that is there to stay", async () => {
    const { warnings } = await ask({ exists: true, shutdown_date: null });
    expect(warnings).toEqual([]);
  });

  it("stops where the provider has no such model, and names the place in the spec", async () => {
    await expect(ask({ exists: false, shutdown_date: null })).rejects.toMatchObject({
      name: "RequestFailure",
      scope: "stop",
      message: 'the provider has no model "gpt-4o"',
      hint: "check models.teacher.model, and that the key's account may use it",
    });
  });

  it("goes on where the server keeps no list to look in", async () => {
    const { warnings } = await ask({ exists: undefined, shutdown_date: null, listed: ["llama"] });
    expect(warnings).toEqual([]);
  });

  it("warns of the day on which a model goes", async () => {
    const { warnings } = await ask({ exists: true, shutdown_date: "2027-01-14" });
    expect(warnings).toEqual([
      "gpt-4o is shut down on 2027-01-14, in 51 days: ask it before then, or give models.teacher another model",
    ]);
  });

  it("stops after that day", async () => {
    await expect(ask({ exists: true, shutdown_date: "2026-11-23" })).rejects.toMatchObject({
      scope: "stop",
      message: "gpt-4o was shut down on 2026-11-23",
    });
  });

  it("goes by the list of prices where the provider names no day, and by the provider where it does", async () => {
    await expect(ask({ exists: true, shutdown_date: null }, "2026-10-01")).rejects.toThrow(
      "gpt-4o was shut down on 2026-10-01",
    );
    expect((await ask({ exists: true, shutdown_date: "2027-06-01" }, "2026-10-01")).warnings).toEqual([]);
  });

  it("warns and goes on where the provider cannot be asked", async () => {
    const { warnings } = await ask(new RequestFailure("no answer from https://llm.example: it hung up"));
    expect(warnings).toEqual([
      "could not ask whether gpt-4o is there: no answer from https://llm.example: it hung up",
    ]);
  });

  it("stops where nothing else can succeed either", async () => {
    const refused = new RequestFailure("https://llm.example refuses the key", { scope: "stop" });
    await expect(ask(refused)).rejects.toBe(refused);
  });

  it("lets a fault of ours through", async () => {
    await expect(ask(new TypeError("undefined is not a function"))).rejects.toThrow(TypeError);
  });

  it("asks a provider without such a question nothing, and still goes by the list of prices", async () => {
    const connection: Connection = {
      answer: () => Promise.reject(new Error("never asked")),
      close: async () => {},
    };
    const options = { connection, model: "m", name: "m", now: today, signal: never, warn: () => {} };
    await expect(preflight(options)).resolves.toBeUndefined();
    await expect(preflight({ ...options, model: "n", shutdownDate: "2020-01-01" })).rejects.toThrow(
      "n was shut down on 2020-01-01",
    );
  });

  it("asks once for a connection and model, and fails again for all that ask later", async () => {
    const asked: string[] = [];
    const warnings: string[] = [];
    const connection = connectionThat(async (model) => {
      asked.push(model);
      return { exists: model !== "lost", shutdown_date: "2026-12-01" };
    });
    const once = (model: string) =>
      preflight({
        connection,
        model,
        name: model,
        now: today,
        signal: never,
        warn: (one) => warnings.push(one),
      });
    await Promise.all([once("kept"), once("kept"), once("other")]);
    await expect(once("lost")).rejects.toThrow("no model");
    await expect(once("lost")).rejects.toThrow("no model");
    await once("kept");
    expect(asked).toEqual(["kept", "other", "lost"]);
    expect(warnings).toHaveLength(2);
  });

  it("ends with the run, without a warning", async () => {
    const reason = new Error("interrupted");
    const warnings: string[] = [];
    const connection = connectionThat(() => Promise.reject(new RequestFailure("aborted")));
    await expect(
      preflight({
        connection,
        model: "m",
        name: "m",
        now: today,
        signal: AbortSignal.abort(reason),
        warn: (one) => warnings.push(one),
      }),
    ).rejects.toBe(reason);
    expect(warnings).toEqual([]);
  });
});

describe("the outlook of a model", () => {
  it.each([
    ["2026-11-23", { state: "gone", days: 1 }],
    ["2026-11-24", { state: "going", days: 0 }],
    ["2026-11-25", { state: "going", days: 1 }],
    ["2027-01-23", { state: "going", days: 60 }],
    ["2027-01-24", { state: "good" }],
  ])("counts whole days to %s, and tells of the next 60", (shutdown_date, outlook) => {
    expect(lookAhead({ exists: true, shutdown_date }, today)).toMatchObject(outlook);
  });

  it.each([0, 12, 23.99])("is the same at every hour of a day of UTC: %d", (hours) => {
    const midnight = Date.parse("2026-11-24T00:00:00Z");
    expect(
      lookAhead({ exists: true, shutdown_date: "2026-11-24" }, midnight + hours * 3_600_000),
    ).toMatchObject({ state: "going", days: 0 });
  });
});

const never = new AbortController().signal;

function connectionThat(inspect: NonNullable<Connection["inspect"]>): Connection {
  return { answer: () => Promise.reject(new Error("never asked")), inspect, close: async () => {} };
}

/** Asks about `gpt-4o`, which the spec calls `teacher`, with this answer of the provider. */
async function ask(
  answer: ModelFacts | Error,
  shutdownDate?: string,
): Promise<{ readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  await preflight({
    connection: connectionThat(async () => {
      if (answer instanceof Error) throw answer;
      return answer;
    }),
    model: "gpt-4o",
    name: "teacher",
    shutdownDate,
    now: today,
    signal: never,
    warn: (one) => warnings.push(one),
  });
  return { warnings };
}
