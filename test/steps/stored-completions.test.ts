import { describe, expect, test } from "vitest";
import type { RemoteCompletion } from "../../src/runner/provider.ts";
import type { JsonObject } from "../../src/runner/row.ts";
import type { CompletionQuery } from "../../src/runner/step.ts";
import { storedCompletions } from "../../src/steps/stored-completions.ts";
import { stepRig } from "../support/step-rig.ts";

const printer: RemoteCompletion = {
  id: "chatcmpl-1",
  model: "gpt-4.1-2025-04-14",
  created: 1_762_000_000,
  metadata: { department: "sales" },
  messages: [
    { role: "system", content: "Route the ticket." },
    { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }] },
  ],
  parameters: { temperature: 0, response_format: { type: "json_object" } },
  answer: {
    output_text: '{"team":"printing"}',
    tool_calls: [],
    finish_reason: "stop",
    logprobs: null,
    resolved_model: "gpt-4.1-2025-04-14",
    usage: { input_tokens: 20, output_tokens: 5 },
    latency_ms: null,
    provider_id: "chatcmpl-1",
  },
};
const cut: RemoteCompletion = {
  ...printer,
  id: "chatcmpl-2",
  created: 1_762_000_060,
  answer: { ...printer.answer, finish_reason: "length", output_text: '{"te' },
};

/** The step over a provider that keeps these, and what it was asked for. */
function rig(params: JsonObject, kept: readonly RemoteCompletion[] = [printer, cut], pinned?: JsonObject) {
  const queries: CompletionQuery[] = [];
  const openai = (query: CompletionQuery) => {
    queries.push(query);
    return kept;
  };
  const world = { completions: { openai, local: openai }, ...(pinned !== undefined && { pinned }) };
  return { ...stepRig(storedCompletions, { from: "openai", ...params }, world), queries };
}

describe("stored_completions", () => {
  test("gives what was asked and what was answered, and nothing of what it took", async () => {
    const { rows, facts, lines, metrics } = await rig({}).run();
    expect(rows.rows?.[0]).toEqual({
      id: "chatcmpl-1",
      item: {
        messages: printer.messages,
        request: { temperature: 0, response_format: { type: "json_object" } },
        model: "gpt-4.1-2025-04-14",
        created: 1_762_000_000,
      },
      messages: printer.messages,
      sample: {
        index: 0,
        output_text: '{"team":"printing"}',
        output_json: { team: "printing" },
        tool_calls: [],
        finish_reason: "stop",
        logprobs: null,
      },
      metadata: { department: "sales" },
      grades: {},
    });
    expect(facts).toEqual({
      rows: 2,
      newest: 1_762_000_060,
      models: { "gpt-4.1-2025-04-14": 2 },
      finish_reasons: { stop: 1, length: 1 },
    });
    expect(lines).toEqual(["2 stored completions of gpt-4.1-2025-04-14", "length 1"]);
    expect(metrics).toEqual({ rows: 2 });
  });

  test("days are whole ones in UTC, and seconds are what they say", async () => {
    const days = rig({ created: { from: "2026-11-01", to: "2026-11-01" } });
    await days.run();
    const seconds = rig({ created: { from: "2026-11-01T12:00:00Z" }, model: "gpt-4.1", limit: 5 });
    await seconds.run();
    expect([...days.queries, ...seconds.queries]).toEqual([
      { created: { from: 1_793_491_200, to: 1_793_491_200 + 86_399 } },
      { model: "gpt-4.1", created: { from: 1_793_491_200 + 43_200 }, limit: 5 },
    ]);
  });

  test("what was stored after the first look is left out of every later one", async () => {
    const found = { rows: 2, newest: 1_762_000_060, models: {}, finish_reasons: {} };
    const open = rig({}, [printer, cut], found);
    await open.run();
    const bounded = rig({ created: { to: "2025-01-01" } }, [], found);
    await bounded.run();
    const empty = rig({}, [], { ...found, newest: null });
    await empty.run();
    expect([...open.queries, ...bounded.queries, ...empty.queries].map(({ created }) => created)).toEqual([
      { to: 1_762_000_060 },
      { to: 1_735_775_999 },
      { to: -1 },
    ]);
  });

  test("rows of the project's own store hold no time: another clone stored the same on another day", async () => {
    const { rows, facts } = await rig({ from: "local" }).run();
    expect(rows.rows?.map(({ item }) => Object.keys(item))).toEqual([
      ["messages", "request", "model"],
      ["messages", "request", "model"],
    ]);
    expect(facts).toMatchObject({ rows: 2, newest: null });
    const again = rig({ from: "local" }, [printer, cut], facts);
    await again.run();
    expect(again.queries).toEqual([{ created: {} }]);
  });

  test("warns where nothing was found", async () => {
    const { warnings, lines, facts } = await rig({}, []).run();
    expect(warnings).toEqual(["no stored completion is like that"]);
    expect(lines).toEqual(["0 stored completions"]);
    expect(facts).toMatchObject({ rows: 0, newest: null });
  });

  test("tells of days that are none, spans that end before they begin, and steps that no provider knows", () => {
    expect(rig({ created: { from: "2026-02-30" } }).check()).toEqual([
      "/created/from: there is no such day as 2026-02-30",
    ]);
    expect(rig({ created: { from: "2026-11-02", to: "2026-11-01" } }).check()).toEqual([
      "/created: 2026-11-02 is after 2026-11-01",
    ]);
    expect(rig({ created: { from: "2026-13-01T00:00:00Z" } }).check()).toHaveLength(1);
    expect(rig({ step: "capture" }).check()).toEqual([
      "/step: a provider does not know which step stored a completion (tell them apart by metadata)",
    ]);
    expect(rig({ from: "local", step: "capture" }).check()).toEqual([]);
  });
});
