/** A decoded text; where it has a fault, the text up to and around it, for drawing. */
export interface DecodedText {
  /** Without a byte order mark. */
  readonly text: string;
  readonly fault?: { readonly message: string; readonly hint?: string; readonly offset?: number };
}

/** Decodes UTF-8 strictly and refuses what no YAML text may hold. */
export function decodeText(input: Uint8Array | string): DecodedText {
  const bytes = typeof input === "string" ? byteLengthUpToCap(input) : input.byteLength;
  if (bytes > MAX_BYTES) {
    const message = "the spec is larger than 1 MiB";
    return { text: "", fault: { message, hint: "keep rows in files that datasets name" } };
  }
  if (typeof input === "string") return checkCharacters(withoutMark(input));
  try {
    return checkCharacters(
      withoutMark(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(input)),
    );
  } catch {
    return locateBadByte(input);
  }
}

const MAX_BYTES = 1024 * 1024;

function byteLengthUpToCap(text: string): number {
  return text.length > MAX_BYTES ? text.length : Buffer.byteLength(text);
}

function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** YAML's non-printable characters, and a carriage return that ends no line: the parser would let both through. */
function checkCharacters(text: string): DecodedText {
  const offset = text.search(/[\x00-\x08\x0B\x0C\x0E-\x1F]|\r(?!\n)/);
  if (offset < 0) return { text };
  const code = text.charCodeAt(offset);
  if (code === 13) {
    const message = "a carriage return alone does not end a line";
    return { text, fault: { message, hint: "save the file with LF or CRLF line ends", offset } };
  }
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const hint = `write it as an escape in double quotes: "\\x${code.toString(16).padStart(2, "0")}"`;
  return { text, fault: { message: `the control character ${name} cannot stand in a spec`, hint, offset } };
}

/** The longest prefix that a strict decoder accepts ends before the bad byte: found by halving. */
function locateBadByte(bytes: Uint8Array): DecodedText {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodePrefix(bytes.subarray(0, middle)) === undefined) bad = middle;
    else good = middle;
  }
  const before = decodePrefix(bytes.subarray(0, good)) ?? "";
  const byte = bytes[Buffer.byteLength(before)] ?? 0;
  const offset = withoutMark(before).length;
  const text = withoutMark(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const message = `byte 0x${byte.toString(16).toUpperCase().padStart(2, "0")} is not UTF-8`;
  return { text, fault: { message, hint: "save the file as UTF-8", offset } };
}

function decodePrefix(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
