import { hash } from "node:crypto";
import type { FormPart } from "../../../runner/exchanges.ts";

/** The parts of a form, files as text. */
export async function readForm(form: FormData): Promise<readonly FormPart[]> {
  const parts: FormPart[] = [];
  for (const [name, value] of form.entries()) {
    if (typeof value === "string") parts.push({ name, content: value });
    else parts.push({ name, filename: value.name, content: await value.text() });
  }
  return parts;
}

/**
 * A form as multipart/form-data (RFC 7578), with its content type. The boundary is the sha256 of what it bounds,
 * so that the same form is the same bytes each time, and no text holds its own boundary.
 */
export function encodeForm(parts: readonly FormPart[]): readonly [text: string, type: string] {
  const written = parts.map(writePart);
  const boundary = hash("sha256", written.join(""));
  const text = written.map((part) => `--${boundary}\r\n${part}\r\n`).join("");
  return [`${text}--${boundary}--\r\n`, `multipart/form-data; boundary=${boundary}`];
}

function writePart({ name, filename, content }: FormPart): string {
  const file = filename === undefined ? "" : `; filename="${quote(filename)}"`;
  const type = filename === undefined ? "" : "\r\ncontent-type: application/octet-stream";
  return `content-disposition: form-data; name="${quote(name)}"${file}${type}\r\n\r\n${content}`;
}

/** As browsers write names, https://html.spec.whatwg.org/#multipart-form-data. */
function quote(text: string): string {
  return text.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}
