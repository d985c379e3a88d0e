import type { FromSchema } from "json-schema-to-ts";
import type { GraderDefinition } from "../../runner/grader.ts";
import type { ParamsSchema } from "../params-schema.ts";
import { tryEvaluate } from "../scope.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["input", "reference", "operation"],
  properties: {
    input: {
      type: "string",
      template: "rows",
      description: "What is checked, such as {{ sample.output_text }}.",
    },
    reference: {
      type: "string",
      template: "rows",
      description: "What it is checked against, such as {{ item.team }}.",
    },
    operation: {
      enum: ["eq", "ne", "like", "ilike"],
      description:
        "eq: equal; ne: not equal; like: input contains reference; ilike: contains it whatever the case. The others mind the case.",
    },
  },
} as const satisfies ParamsSchema;

/** OpenAI's `string_check`: compares two texts. */
export const stringCheck: GraderDefinition<FromSchema<typeof params>> = {
  name: "string_check",
  version: 1,
  summary: "Passes where a text equals, differs from or contains another.",
  params,
  open({ params: { input, reference, operation }, template }) {
    const renderInput = template(input);
    const renderReference = template(reference);
    return (row) => {
      const expected = tryEvaluate(() => renderReference(row));
      if (!expected.ok) return { score: 0, passed: false, invalid: `reference: ${expected.message}` };
      const given = tryEvaluate(() => renderInput(row));
      const labels = operation === "eq" ? { expected: expected.value } : {};
      if (!given.ok) return { score: 0, passed: false, invalid: `input: ${given.message}`, ...labels };
      const passed = compare(given.value, expected.value, operation);
      const grade = { score: passed ? 1 : 0, passed, ...labels };
      return operation === "eq" ? { ...grade, label: given.value } : grade;
    };
  },
};

function compare(
  input: string,
  reference: string,
  operation: FromSchema<typeof params>["operation"],
): boolean {
  switch (operation) {
    case "eq":
      return input === reference;
    case "ne":
      return input !== reference;
    case "like":
      return input.includes(reference);
    case "ilike":
      return foldCase(input).includes(foldCase(reference));
  }
}

/** Upper case first, so that ß and SS, ς and σ meet. */
function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase();
}
