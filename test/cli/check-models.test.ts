import { describe, expect, it } from "vitest";
import { checkModels } from "../../src/cli/check-models.ts";
import { type Connection, type ModelFacts, RequestFailure } from "../../src/runner/provider.ts";

const now = Date.parse("2026-11-24T12:00:00Z");
const signal = new AbortController().signal;

describe("what is found of models", () => {
  it("comes from the list of prices alone where nothing is asked, and good news from there is none", async () => {
    const models = [
      { name: "teacher", model: "gpt-4o", shutdownDate: "2027-01-14" },
      { name: "old", model: "gpt-3", shutdownDate: "2026-01-01" },
      { name: "new", model: "gpt-9", shutdownDate: null },
    ];
    expect(await checkModels({ models, connection: undefined, now, signal })).toEqual({
      failures: [],
      findings: [
        {
          about: "teacher",
          state: "note",
          text: "gpt-4o is shut down on 2027-01-14, in 51 days",
          hint: "ask it before then, or give models.teacher another model",
        },
        {
          about: "old",
          state: "bad",
          text: "gpt-3 was shut down on 2026-01-01",
          hint: "give models.old another model; what is kept of this one stays",
        },
      ],
    });
  });

  it("comes from the provider where that names a day too", async () => {
    const facts = { exists: true, shutdown_date: "2027-12-31" };
    const { findings } = await check([facts], "2026-01-01");
    expect(findings).toEqual([{ about: "m0", state: "good", text: "model-0 is there" }]);
  });

  it("is open where the server does not list the model, with what was perhaps meant", async () => {
    const { findings } = await check([
      { exists: undefined, shutdown_date: null },
      { exists: undefined, shutdown_date: null, listed: ["modell-1", "x"] },
      { exists: undefined, shutdown_date: null, listed: ["a", "b", "c", "d", "e"] },
    ]);
    expect(findings).toEqual([
      { about: "m0", state: "note", text: "the server does not say whether it has model-0" },
      {
        about: "m1",
        state: "note",
        text: "model-1 is not in the server's list (modell-1, x); it may answer all the same",
        hint: 'did you mean "modell-1"?',
      },
      {
        about: "m2",
        state: "note",
        text: "model-2 is not in the server's list; it may answer all the same",
        hint: undefined,
      },
    ]);
  });

  it("tells once why several could not be asked about", async () => {
    const { findings, failures } = await check([
      new RequestFailure("it is down"),
      new RequestFailure("it is down"),
    ]);
    expect(findings).toEqual([]);
    expect(failures.map(({ message }) => message)).toEqual(["it is down"]);
  });
});

/** Checks `model-0`, `model-1` and so on, of which the provider says this. */
function check(answers: readonly (ModelFacts | RequestFailure)[], shutdownDate: string | null = null) {
  const connection: Connection = {
    answer: () => Promise.reject(new Error("never asked")),
    async inspect(model) {
      const answer = answers[Number(model.slice("model-".length))]!;
      if (answer instanceof RequestFailure) throw answer;
      return answer;
    },
    close: async () => {},
  };
  const models = answers.map((_, n) => ({ name: `m${n}`, model: `model-${n}`, shutdownDate }));
  return checkModels({ models, connection, now, signal });
}
