import { describe, expect, it, onTestFinished } from "vitest";
import { openRig } from "../support/rig.ts";
import { outage } from "../support/scripted-provider.ts";

describe("an answer that two steps want at once", () => {
  it("is asked for again by the other one where the first gave up", async () => {
    const rig = openRig({
      "items.jsonl": `{"id":"a","text":"mail"}\n`,
      "spec.yaml": `version: 1
name: shared
datasets: { items: { path: items.jsonl } }
prompts: { route: { messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { scripted: { type: scripted } }
models: { teacher: { provider: scripted, model: m } }
steps:
  one: { uses: generate, rows: items, prompt: route, model: teacher, execution: { retries: 0 }, metadata: { of: one } }
  other: { uses: generate, rows: items, prompt: route, model: teacher, samples: 2, metadata: { of: other } }
`,
    });
    onTestFinished(() => rig.close());
    rig.provider.answer = (_, n) => {
      if (n === 0) throw outage();
      return "yes";
    };
    const run = await rig.run();
    expect([...run.ran, ...run.incomplete].sort()).toEqual(["one", "other"]);
    expect(run.ran).toHaveLength(1);
    // The first sample twice, once by each of the two, and the second.
    expect(run.sent).toBe(3);
  });
});
