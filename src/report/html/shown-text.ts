import { printable } from "../../runner/sanitize.ts";
import { maskSecrets } from "../../runner/secret-patterns.ts";

/** A text from files or services as the page shows it: secrets masked, what is invisible spelt out, lines and tabs kept. */
export function shownText(text: string): string {
  if (isPlain(text)) return text;
  return maskSecrets(text)
    .split(/\r?\n/)
    .map((line) => line.split("\t").map(printable).join("\t"))
    .join("\n");
}

/** A value of JSON with all its texts as the page shows them, names of fields included. */
export function shownTexts<T>(value: T): T {
  return show(value) as T;
}

function show(value: unknown): unknown {
  if (typeof value === "string") return shownText(value);
  if (Array.isArray(value)) return value.map(show);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [shownText(key), show(entry)]));
}

// Most texts are short and hold nothing that must be changed: no secret is that short.
function isPlain(text: string): boolean {
  return text.length < 16 && /^[ -~]*$/.test(text);
}
