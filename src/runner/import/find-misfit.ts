import { canonicalJson } from "../../templating/canonical-json.ts";
import { keyedRequest } from "../key.ts";
import type { Json, JsonObject } from "../row.ts";

/**
 * Where a completion was asked for otherwise than a spec asks, so that it is not the answer to the spec's request.
 *
 * @param told parameters as the completion tells them, with what the provider filled in
 * @param meant parameters of the spec
 * @returns a sentence; undefined where they fit
 */
export function findMisfit(told: JsonObject, meant: JsonObject): string | undefined {
  for (const [name, value] of Object.entries(keyedRequest(told))) {
    if (Object.hasOwn(meant, name)) {
      if (!isSame(value, meant[name]!))
        return `its ${name} is ${shown(value)}, and the spec says ${shown(meant[name]!)}`;
    } else if (!(defaults[name] ?? []).some((usual) => usual === "any" || isSame(value, usual)))
      return `its ${name} is ${shown(value)}, of which the spec says nothing`;
  }
  return undefined;
}

/** What OpenAI's API tells of a stored completion that was asked for without it. */
const defaults: { readonly [name: string]: readonly Json[] } = {
  frequency_penalty: [0],
  modalities: [["text"]],
  parallel_tool_calls: [true],
  presence_penalty: [0],
  response_format: [{ type: "text" }],
  // Drawn by the server where none was given.
  seed: ["any"],
  temperature: [1],
  tool_choice: ["auto", "none"],
  top_p: [1],
};

function isSame(one: Json, other: Json): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}
