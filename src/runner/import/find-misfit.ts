import { canonicalJson } from "../../templating/canonical-json.ts";
import { keyedRequest } from "../key.ts";
import type { Json, JsonObject } from "../row.ts";
import { saysSomething } from "./fields.ts";

/**
 * Where a completion was asked for otherwise than a spec asks, so that it is not the answer to the spec's request.
 *
 * @param told parameters as the completion tells them, with what the provider filled in
 * @param meant parameters of the spec
 * @param assumed true where what it does not tell was asked as the spec does; else it was the API's default
 * @returns a sentence; undefined where they fit
 */
export function findMisfit(
  told: JsonObject,
  meant: JsonObject,
  assumed: boolean,
): { readonly text: string; readonly untold: boolean } | undefined {
  const asked = keyedRequest(told);
  const wanted = keyedRequest(meant);
  for (const [name, value] of Object.entries(asked)) {
    if (Object.hasOwn(wanted, name)) {
      if (!isSame(value, wanted[name]!))
        return differs(`its ${name} is ${shown(value)}, and the spec says ${shown(wanted[name]!)}`);
    } else if (!isDefault(name, value))
      return differs(`its ${name} is ${shown(value)}, of which the spec says nothing`);
  }
  if (assumed) return undefined;
  for (const [name, value] of Object.entries(wanted))
    if (!Object.hasOwn(asked, name) && !isDefault(name, value, "meant"))
      return { text: `it tells no ${name}, and the spec says ${shown(value)}`, untold: true };
  return undefined;
}

function differs(text: string) {
  return { text, untold: false };
}

function isDefault(name: string, value: Json, of: "told" | "meant" = "told"): boolean {
  if (of === "meant" && !saysSomething(value)) return true;
  return (defaults[name] ?? []).some((usual) => (usual === "any" ? of === "told" : isSame(value, usual)));
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
