import type { IncomingMessage } from "node:http";

/** One part of a form as it arrived: a field, or a file with its name. */
export interface FormPart {
  readonly name: string;
  readonly filename?: string;
  readonly content: string;
}

/** A request's body: parsed JSON, the parts of a form, the text where it is neither, undefined where there is none. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (bytes.length === 0) return undefined;
  const type = request.headers["content-type"] ?? "";
  try {
    if (type.startsWith("multipart/form-data")) return await readForm(bytes, type);
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return bytes.toString("utf8");
  }
}

async function readForm(bytes: Buffer<ArrayBuffer>, type: string): Promise<readonly FormPart[]> {
  const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
  const parts: FormPart[] = [];
  for (const [name, value] of form) {
    parts.push(
      typeof value === "string"
        ? { name, content: value }
        : { name, filename: value.name, content: await value.text() },
    );
  }
  return parts;
}
