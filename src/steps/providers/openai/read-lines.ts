import { decodeBody } from "./decode-body.ts";

/** Why lines could not be read. */
export type LineFault = "too long" | "no text";

/**
 * Splits bytes into lines of text, without their breaks; memory for the longest of them. What follows the last
 * break is a line too.
 *
 * @param fault makes the error to throw
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  { maxBytes, fault }: { readonly maxBytes: number; fault(kind: LineFault): Error },
): AsyncGenerator<string> {
  let open: Buffer[] = [];
  let length = 0;

  const add = (bytes: Buffer): void => {
    length += bytes.length;
    if (length > maxBytes) throw fault("too long");
    open.push(bytes);
  };
  const close = (): string => {
    const text = decodeBody(open, undefined);
    open = [];
    length = 0;
    if (text === undefined) throw fault("no text");
    return text;
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, start)) {
      add(chunk.subarray(start, at));
      yield close();
      start = at + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (length > 0) yield close();
}
