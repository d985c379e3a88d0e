import { describe, expect, it } from "vitest";
import { cliRig } from "../support/cli-rig.ts";
import { xssPayloads } from "../ui/xss-payloads.ts";

/** What a terminal or a CI log obeys, beside what a page does. */
const commands = [
  "\u001b[31mred\u001b[0m",
  "\u001b]0;title\u0007",
  "\u001b]8;;http://evil.test\u0007link\u001b]8;;\u0007",
  "\u009b2J",
  "a\rb",
  "a\bb",
  "\u202eback\u202c",
  "\u2066isolated\u2069",
  "\u200ezero\u200b",
  "::error::x",
  "::set-output name=a::b",
  "line\n::add-mask::x",
  "line\r\n::stop-commands::y",
  "##[error]x",
];
const payloads = [...xssPayloads, ...commands];

/** What may be a category: few, short ones. */
const short = [...commands, ...xssPayloads.filter((text) => text.length <= 40).slice(0, 20)];

const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

describe("hostile texts in ids, rows, metadata, slices, labels, names and rules", () => {
  it("reach neither terminal nor log raw, whatever is asked", { timeout: 60_000 }, async () => {
    const rig = cliRig();
    const items = payloads.map((text, at) => ({
      id: text,
      text,
      slice: short[at % short.length],
      team: short[at % 12],
    }));
    const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    rig.write("items.jsonl", lines(items));
    rig.write(
      "answers.jsonl",
      lines(
        items.map(({ text, team }) => ({
          model: `m${commands[0]}`,
          messages: [{ role: "user", content: text }],
          answers: [{ output_text: team, finish_reason: "stop" }],
        })),
      ),
    );
    const spec = {
      version: 1,
      name: "hostile",
      datasets: { items: { path: "items.jsonl", id: "id" } },
      prompts: { ask: { messages: [{ role: "user", content: "{{ item.text }}" }] } },
      providers: { recordings: { type: "recorded", path: "answers.jsonl" } },
      models: { teacher: { provider: "recordings", model: `m${commands[0]}` } },
      graders: {
        same: {
          type: "string_check",
          input: "{{ sample.output_text }}",
          reference: "{{ item.team }}",
          operation: "eq",
        },
      },
      steps: {
        capture: {
          uses: "generate",
          rows: "items",
          prompt: "ask",
          model: "teacher",
          metadata: { where: `::error::${commands[6]}` },
        },
        select: {
          uses: "filter",
          rows: "capture",
          rules: [{ name: "hostile", where: `item.text != ${JSON.stringify(commands[0])}` }],
        },
        exam: {
          uses: "evaluate",
          rows: "items",
          prompt: "ask",
          models: ["teacher"],
          graders: ["same"],
          slices: { part: "item.slice" },
        },
        verdict: {
          uses: "compare",
          results: ["exam"],
          candidate: "teacher",
          gates: [{ grader: "same", min: 0.5, slice: { part: commands[0] } }],
        },
      },
    };
    const write = () => rig.write("distill.yaml", JSON.stringify(spec));
    write();
    const first = await rig.distill(["run"]);
    expect([0, 3], first.stderr + first.stdout).toContain(first.code);
    expect(first.stdout).toContain("where part is");
    (spec.steps.select.rules[0] as { where: string }).where = `item.text != ${JSON.stringify(commands[6])}`;
    write();
    const told = [first];
    for (const args of [
      ["plan"],
      ["validate"],
      ["run"],
      ["explain", "select"],
      ["status"],
      ["rows", "select"],
      ["rows", "select.dropped"],
      ["rows", "items", "--id", commands[0]!],
      ["completions", "list", "--limit", "200"],
      ["ask", "teacher", commands[1]!],
      ["verify"],
      ["lock", "--check"],
      ["diff"],
      ["report"],
    ])
      told.push(await rig.distill(args));
    for (const { code, stdout, stderr } of told) {
      expect(code).not.toBe(70);
      for (const line of `${stdout}\n${stderr}`.split("\n")) {
        expect(line).not.toMatch(obeyed);
        expect(line).not.toMatch(/^\s*::|##\[/);
      }
    }
  });
});
