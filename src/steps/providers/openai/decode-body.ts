import { isUtf8 } from "node:buffer";

/** A body's text; undefined where it is compressed, which nobody asked for, or no UTF-8. */
export function decodeBody(chunks: readonly Buffer[], encoding: string | undefined): string | undefined {
  if (encoding !== undefined && encoding !== "identity") return undefined;
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString("utf8");
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
