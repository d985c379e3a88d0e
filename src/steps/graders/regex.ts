import type { FromSchema } from "json-schema-to-ts";
import type { GraderDefinition } from "../../runner/grader.ts";
import type { ParamsSchema } from "../params-schema.ts";
import { tryEvaluate } from "../scope.ts";
import { compilePattern } from "./linear-regex.ts";

const params = {
  type: "object",
  additionalProperties: false,
  required: ["input", "pattern"],
  properties: {
    input: {
      type: "string",
      template: "rows",
      description: "What is searched, such as {{ sample.output_text }}.",
    },
    pattern: {
      type: "string",
      minLength: 1,
      maxLength: 5000,
      description:
        "A regular expression in RE2's syntax, found anywhere in the input; anchor it with ^ and $.",
    },
    flags: {
      type: "string",
      pattern: "^[ims]*$",
      default: "",
      description: "i: whatever the case; m: ^ and $ at lines; s: . is any character.",
    },
  },
} as const satisfies ParamsSchema;

/** Searches a text for a regular expression, in time linear in the text. */
export const regex: GraderDefinition<FromSchema<typeof params>> = {
  name: "regex",
  version: 1,
  summary: "Passes where a regular expression (RE2, linear time) is found in a text.",
  params,
  check({ pattern, flags }, fault) {
    const compiled = compilePattern(pattern, flags);
    if (!compiled.ok) fault("/pattern", compiled.message, "RE2 has no lookaround and no backreferences");
  },
  open({ params: { input, pattern, flags }, template }) {
    const renderInput = template(input);
    const compiled = compilePattern(pattern, flags);
    if (!compiled.ok) throw new RangeError(compiled.message);
    return (row) => {
      const given = tryEvaluate(() => renderInput(row));
      if (!given.ok) return { score: 0, passed: false, invalid: `input: ${given.message}` };
      const passed = compiled.matches(given.value);
      return { score: passed ? 1 : 0, passed };
    };
  },
};
