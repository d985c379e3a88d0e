import { compileExpression } from "../../src/expression/expression.ts";
import type { Scope } from "../../src/expression/frame.ts";
import type { RowKnowledge } from "../../src/expression/row-type.ts";

/** A row of a teacher's answer, as a filter rule meets it. */
export const answered: Scope = {
  id: "t-1",
  item: {
    text: "My VPN drops 😀",
    age: 20,
    n: 5,
    zero: 0,
    nothing: null,
    flag: true,
    team: "network",
    tags: ["new", "vip"],
    scores: [3, 1, 2],
    nested: { list: [{ a: 1 }, { a: 2 }] },
  },
  messages: [
    { role: "system", content: "Route it." },
    { role: "user", content: "My VPN drops" },
  ],
  sample: {
    index: 0,
    output_text: '{"team":"network"}',
    output_json: { team: "network", probabilities: { network: 0.7, printing: 0.3 } },
    tool_calls: [],
    finish_reason: "stop",
    logprobs: null,
  },
  metadata: { task: "routing" },
  grades: { correct: { score: 1, passed: true, label: "network" } },
  agreement: 0.5,
};

/** A row of a dataset, which no model has answered. */
export const unanswered: Scope = { ...answered, sample: null, grades: {} };

/** The value of an expression that is known to be right, or the message of its failure. */
export function evaluate(text: string, scope: Scope = answered): unknown {
  const compiled = compileExpression(text);
  if (!compiled.ok) throw new Error(`${text}: ${compiled.problems.map(({ message }) => message).join(", ")}`);
  return compiled.expression.evaluate(scope);
}

/** The problems of an expression, drawn under its text. */
export function draw(text: string, knowledge?: RowKnowledge): string {
  const compiled = compileExpression(text, knowledge);
  if (compiled.ok) return `${text}\nis right, and gives ${compiled.expression.type}`;
  const drawn = compiled.problems.map(({ message, offset, length, hint }) => {
    const squiggle = `${" ".repeat(offset)}${"~".repeat(length)}`;
    return hint === undefined
      ? `${squiggle} ${message}`
      : `${squiggle} ${message}\n${" ".repeat(offset)}${hint}`;
  });
  return [text, ...drawn].join("\n");
}
