import { describe, expect, it } from "vitest";
import { cliRig } from "../support/cli-rig.ts";
import { cascadeProject, texts } from "./cascade-project.ts";

describe("distill ask", () => {
  it("prints a cascade's answer, what the first model thought, and who answered", async () => {
    const rig = cascadeProject();
    expect(await rig.distill(["run"])).toMatchObject({ code: 0 });

    const kept = await rig.distill(["ask", "routed", texts.sure]);
    expect(kept).toMatchObject({ code: 0, stderr: "" });
    expect(kept.stdout).toMatchInlineSnapshot(`
      "delivery
      small: delivery 0.92, payment 0.04, returns 0.04
      0.920, at or above the threshold of 0.405 → small answered
      "
    `);

    const escalated = await rig.distill(["ask", "routed", texts.unsure]);
    expect(escalated).toMatchObject({ code: 0, stderr: "" });
    expect(escalated.stdout).toMatchInlineSnapshot(`
      "delivery
      small: returns 0.40, delivery 0.30, payment 0.30
      0.400, below the threshold of 0.405 → asked teacher
      "
    `);
  });

  it("tells what a cascade would make of an answer of its first model", async () => {
    const rig = cascadeProject();
    await rig.distill(["run"]);
    expect((await rig.distill(["ask", "small", texts.sure])).stdout).toMatchInlineSnapshot(`
      "delivery
      small: delivery 0.92, payment 0.04, returns 0.04
      0.920, at or above the threshold of 0.405 → routed would keep it
      "
    `);
    expect((await rig.distill(["ask", "small", texts.unsure])).stdout).toMatchInlineSnapshot(`
      "returns
      small: returns 0.40, delivery 0.30, payment 0.30
      0.400, below the threshold of 0.405 → routed would ask teacher
      "
    `);
  });

  it("prints the first model's answer and why the fallback could not answer, and exits with 1", async () => {
    const rig = cascadeProject();
    await rig.distill(["run"]);
    const asked = await rig.distill(["ask", "routed", texts.unrecorded]);
    expect(asked.code).toBe(1);
    expect(asked.stdout).toMatchInlineSnapshot(`
      "returns
      small: returns 0.40, delivery 0.30, payment 0.30
      0.400, below the threshold of 0.405 → needs teacher
      "
    `);
    expect(asked.stderr).toMatchInlineSnapshot(`
      "teacher could not answer: data/answers.jsonl: this request was not recorded: its messages were, but of model small, not large
      record this request in that file, or let another provider answer it
      "
    `);

    const json = await rig.distill(["ask", "routed", texts.unrecorded, "--json"]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      answered_by: "small",
      output_text: "returns",
      cascades: [{ cascade: "routed", keeps: false }],
      failure: { message: expect.stringContaining("was not recorded") },
    });
  });

  it("prints one JSON object that says who answered, how sure the first was and what was decided", async () => {
    const rig = cascadeProject();
    await rig.distill(["run"]);
    const asked = JSON.parse((await rig.distill(["ask", "routed", texts.unsure, "--json"])).stdout);
    expect(asked).toMatchObject({
      model: "routed",
      prompt: "sort",
      answered_by: "teacher",
      output_text: "delivery",
      failure: null,
      cascades: [{ cascade: "routed", is_asked: true, first: "small", fallback: "teacher", keeps: false }],
    });
    expect(asked.cascades[0].confidence).toBeCloseTo(0.4);
    expect(asked.probabilities.returns).toBeCloseTo(0.4);
  });

  it("asks a provider's model where nothing was ever run", async () => {
    const rig = cascadeProject();
    expect(await rig.distill(["ask", "teacher", texts.sure])).toEqual({
      code: 0,
      stdout: "delivery\n",
      stderr: "",
    });
  });

  it("says how to make a model that is not in the store", async () => {
    const rig = cascadeProject();
    expect(await rig.distill(["ask", "routed", "x"])).toEqual({
      code: 1,
      stdout: "",
      stderr: '"routed" is not made yet: tune may change\ndistill run --only routed\n',
    });
    expect((await rig.distill(["ask", "routed", "x", "--spec", "distill.yaml"])).stderr).toContain(
      "distill run distill.yaml --only routed",
    );
  });

  it("refuses what is no model, with the models that there are", async () => {
    const rig = cascadeProject();
    expect(await rig.distill(["ask", "rooted", "x"])).toEqual({
      code: 2,
      stdout: "",
      stderr: 'no model is called "rooted"\ndid you mean "routed"?\n',
    });
    expect(await rig.distill(["ask", "tune", "x"])).toMatchObject({
      code: 2,
      stderr:
        'step "tune" gives results, and "ask" takes models\nmodels are given by: teacher, small, routed\n',
    });
  });

  it("takes the prompt that the model was examined with, unless another is named", async () => {
    const rig = cascadeProject();
    const asked = (args: readonly string[]) => rig.distill(["ask", "teacher", ...args]);
    expect(JSON.parse((await asked([texts.sure, "--json"])).stdout)).toMatchObject({ prompt: "sort" });
    expect((await asked([texts.sure, "--prompt", "latter"])).stderr).toBe(
      'no prompt is called "latter"\ndid you mean "letter"?\n',
    );
    expect(await asked([texts.sure, "--prompt", "letter"])).toMatchObject({
      code: 2,
      stderr:
        'prompt "letter" reads item.greeting and item.text\ngive what it reads: --item \'{"greeting": "…", "text": "…"}\'\n',
    });
  });

  it("says where a text would go when none was given", async () => {
    const rig = cascadeProject();
    expect(await rig.distill(["ask", "teacher"])).toEqual({
      code: 2,
      stdout: "",
      stderr: 'prompt "sort" reads item.text\ngive it as the text, or as --item \'{"text": "…"}\'\n',
    });
  });

  it("fills what --item leaves open with the text", async () => {
    const rig = cascadeProject();
    rig.write(
      "data/answers.jsonl",
      `${JSON.stringify({ model: "large", messages: [{ role: "user", content: "Hi, bye" }], answers: ["payment"] })}\n`,
    );
    const asked = (args: readonly string[]) => rig.distill(["ask", "teacher", "--prompt", "letter", ...args]);
    expect(await asked(["bye", "--item", '{"greeting":"Hi"}'])).toMatchObject({
      code: 0,
      stdout: "payment\n",
    });
    expect(await asked(["--item", '{"greeting":"Hi","text":"bye"}'])).toMatchObject({
      code: 0,
      stdout: "payment\n",
    });
    expect(await asked(["bye", "--item", '{"greeting":"Hi","text":"bye"}'])).toMatchObject({
      code: 2,
      stderr: '--item says everything that prompt "letter" reads: leave the text out\n',
    });
    expect(await asked(["bye", "--item", "greeting=Hi"])).toMatchObject({
      code: 2,
      stderr: '--item takes a JSON object, such as \'{"text": "…"}\'\n',
    });
  });

  it("lets no answer steer the terminal", async () => {
    const rig = cliRig({
      "data/answers.jsonl": `${JSON.stringify({ model: "m", messages: [{ role: "user", content: "x" }], answers: ["a\u001b[2Jb\u202ec\r\nnext\u0007"] })}\n`,
      "distill.yaml": `version: 1
name: one
prompts: { plain: { messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { recordings: { type: recorded, path: data/answers.jsonl } }
models: { m: { provider: recordings, model: m } }
datasets: { rows: { path: data/rows.jsonl, id: id } }
steps: { split: { uses: split, rows: rows, into: { all: 1 } } }
`,
      "data/rows.jsonl": '{"id":"1","text":"x"}\n',
    });
    expect(await rig.distill(["ask", "m", "x"])).toEqual({
      code: 0,
      stdout: "a\\x1b[2Jb\\u202ec\\r\nnext\\x07\n",
      stderr: "",
    });
  });
});
