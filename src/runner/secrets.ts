import type { Diagnostic, Range } from "./diagnostic.ts";
import { indexLines } from "./document/lines.ts";
import type { SpecDocument } from "./document.ts";
import { toPointer } from "./pointer.ts";
import type { Json } from "./row.ts";
import { looksRandom, mask, matchSecrets, namesSecret } from "./secret-patterns.ts";

/**
 * Reports whatever in a spec looks like a secret: in keys, values and comments, as written and after
 * variables and escapes are read. No diagnostic holds any part of one.
 */
export function findSecrets(document: SpecDocument): readonly Diagnostic[] {
  const lines = indexLines(document.text);
  const found = matchSecrets(document.text)
    .slice(0, MOST)
    .map(({ offset, length }) => lines.rangeOf([offset, offset + length]));
  const add = (range: Range | undefined) => {
    if (range !== undefined && found.length < MOST && !found.some((other) => overlap(other, range)))
      found.push(range);
  };
  for (const { pointer, key, text } of textsOf(document.data)) {
    for (const { offset, length } of matchSecrets(text)) add(document.locateText(pointer, offset, length));
    if (key !== undefined && namesSecret(key) && looksRandom(text)) add(document.locate(pointer, "value"));
    if (found.length >= MOST) break;
  }
  return found
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .slice(0, MOST)
    .map((range) => draw(document, range));
}

/** More than anybody reads at once. */
const MOST = 100;

function* textsOf(root: Json): Iterable<{ pointer: string; key: string | undefined; text: string }> {
  const open: { value: Json; pointer: string; key: string | undefined }[] = [
    { value: root, pointer: "", key: undefined },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, pointer, key } = next;
    if (typeof value === "string") yield { pointer, key, text: value };
    if (typeof value !== "object" || value === null) continue;
    for (const [name, child] of Object.entries(value)) {
      // An item of a list stands under the list's key.
      open.push({
        value: child,
        pointer: toPointer([name], pointer),
        key: Array.isArray(value) ? key : name,
      });
    }
  }
}

function overlap(a: Range, b: Range): boolean {
  const before = (x: Range, y: Range) =>
    x.endLine < y.line || (x.endLine === y.line && x.endColumn <= y.column);
  return !before(a, b) && !before(b, a);
}

function draw(document: SpecDocument, range: Range): Diagnostic {
  const line = document.sourceOf(range);
  const end = range.endLine === range.line ? range.endColumn : (line?.length ?? 0) + 1;
  const source =
    line === undefined
      ? undefined
      : line.slice(0, range.column - 1) + mask(line.slice(range.column - 1, end - 1)) + line.slice(end - 1);
  return {
    severity: "error",
    message: "this looks like a secret",
    file: document.file,
    range,
    ...(source === undefined ? {} : { source }),
    hint: "name an environment variable: api_key_env: OPENAI_API_KEY",
  };
}
