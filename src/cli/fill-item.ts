import type { Json, JsonObject } from "../runner/row.ts";
import { isObject } from "../runner/spec.ts";
import type { CompiledMessages } from "../templating/render-messages.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/**
 * The item over which a prompt is rendered: the given JSON, with the text as the one variable that is still missing.
 *
 * @throws Stop where the text has no place, several, or none was given
 */
export function fillItem(options: {
  readonly prompt: { readonly name: string; readonly compiled: CompiledMessages };
  readonly text: string | undefined;
  readonly json: string | undefined;
}): JsonObject {
  const { prompt, text, json } = options;
  const item = json === undefined ? {} : parseItem(json);
  const places = placesOf(prompt.compiled);
  const missing = places.filter(({ path, optional }) => !optional && valueAt(item, path) === undefined);
  if (text === undefined) {
    if (missing.length > 0) throw tooMany(prompt.name, missing);
    return item;
  }
  const open = missing.length > 0 ? missing : places.filter(({ path }) => valueAt(item, path) === undefined);
  const [place] = open;
  if (place === undefined)
    throw new Stop(
      exit.usage,
      places.length === 0
        ? `prompt "${prompt.name}" reads nothing of an item, so that a text has no place in it`
        : `--item says everything that prompt "${prompt.name}" reads: leave the text out`,
    );
  if (open.length > 1 || place.path.length === 0) throw tooMany(prompt.name, open);
  return withValue(item, place.path, place.splice ? [{ role: "user", content: text }] : text);
}

/** A variable of a prompt by its path below `item`. */
interface Place {
  readonly path: readonly string[];
  readonly optional: boolean;
  /** True where a conversation is spliced in. */
  readonly splice: boolean;
}

function placesOf({ variables }: CompiledMessages): readonly Place[] {
  const places = new Map<string, Place>();
  for (const { path, optional, pointer } of variables) {
    if (path[0] !== "item") continue;
    const name = path.join("\0");
    const known = places.get(name);
    const splice = pointer.endsWith("/from");
    if (known === undefined || (known.optional && !optional))
      places.set(name, { path: path.slice(1), optional, splice });
  }
  return [...places.values()];
}

function parseItem(json: string): JsonObject {
  let item: Json | undefined;
  try {
    item = JSON.parse(json) as Json;
  } catch {
    // Told below.
  }
  if (isObject(item)) return item;
  throw new Stop(exit.usage, `--item takes a JSON object, such as '{"text": "…"}'`);
}

function valueAt(item: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = item;
  for (const name of path) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  // A prompt that reads the whole item reads something only where the item has something.
  return path.length === 0 && Object.keys(item).length === 0 ? undefined : value;
}

function withValue(item: JsonObject, [name, ...rest]: readonly string[], value: Json): JsonObject {
  if (name === undefined) return item;
  const inner = Object.hasOwn(item, name) ? item[name] : undefined;
  return {
    ...item,
    [name]: rest.length === 0 ? value : withValue(isObject(inner) ? inner : {}, rest, value),
  };
}

function tooMany(prompt: string, open: readonly Place[]): Stop {
  const names = open.map(({ path }) => ["item", ...path].join("."));
  const sketch = open.map(({ path }) => `${JSON.stringify(path[0] ?? "…")}: "…"`);
  return new Stop(
    exit.usage,
    `prompt "${prompt}" reads ${names.join(" and ")}`,
    `${open.length === 1 ? "give it as the text, or as" : "give what it reads:"} --item '{${[...new Set(sketch)].join(", ")}}'`,
  );
}
