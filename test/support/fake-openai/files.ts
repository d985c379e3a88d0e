import { type ApiError, invalid, notFound, refusal } from "./api-error.ts";
import { checkSchema } from "./check-schema.ts";
import { listPage, pageRules } from "./list-page.ts";
import type { FormPart } from "./read-body.ts";
import type { Route } from "./route.ts";
import { createFileSchema } from "./schemas.ts";

/** How long a file is to be kept. */
export interface Expiry {
  readonly anchor: "created_at";
  readonly seconds: number;
}

/** A file as the API lists it. */
export interface ApiFile {
  readonly id: string;
  readonly object: "file";
  readonly bytes: number;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly filename: string;
  readonly purpose: string;
  readonly status: "processed";
  readonly status_details: null;
}

/** The files of one server, in memory. */
export interface Files {
  readonly routes: readonly Route[];
  /** Keeps a file that the server itself writes. */
  add(file: { filename: string; purpose: string; content: string; expiry?: Expiry | undefined }): ApiFile;
  /** What a file says and its text; undefined where there is none. */
  read(id: string): { readonly file: ApiFile; readonly content: string } | undefined;
}

/** Keeps files in memory; `delay` passes between the keeping of an upload and its answer. */
export function keepFiles({
  maxBatchBytes,
  delay,
}: {
  readonly maxBatchBytes: number;
  delay(): Promise<void>;
}): Files {
  const kept = new Map<string, { readonly file: ApiFile; readonly content: string }>();
  let made = 0;

  const add: Files["add"] = ({ filename, purpose, content, expiry }) => {
    const created_at = Math.floor(Date.now() / 1000);
    const file: ApiFile = {
      id: `file-${(made++).toString().padStart(8, "0")}`,
      object: "file",
      bytes: Buffer.byteLength(content),
      created_at,
      expires_at: expiry === undefined ? null : created_at + expiry.seconds,
      filename,
      purpose,
      status: "processed",
      status_details: null,
    };
    kept.set(file.id, { file, content });
    return file;
  };
  const find = ([id = ""]: readonly string[]) => kept.get(id) ?? notFound(`No such File object: ${id}`);

  const routes: readonly Route[] = [
    {
      method: "POST",
      path: "/files",
      body: "form",
      async handle({ body }) {
        const form = readUpload(body as readonly FormPart[]);
        if ("status" in form) return form;
        if (form.purpose === "batch" && Buffer.byteLength(form.content) > maxBatchBytes) {
          return refusal(413, `A file for a batch may have at most ${maxBatchBytes} bytes.`);
        }
        const file = add(form);
        await delay();
        return { body: file };
      },
    },
    {
      method: "GET",
      path: "/files",
      query: { ...pageRules(10_000), purpose: (value) => value !== "" },
      handle({ query }) {
        const purpose = query.get("purpose");
        const files = [...kept.values()].map(({ file }) => file);
        const wanted = files.filter((file) => purpose === null || file.purpose === purpose);
        return listPage(wanted, query, { defaultLimit: 10_000, defaultOrder: "desc" });
      },
    },
    {
      method: "GET",
      path: "/files/{id}",
      handle({ names }) {
        const found = find(names);
        return "status" in found ? found : { body: found.file };
      },
    },
    {
      method: "GET",
      path: "/files/{id}/content",
      handle({ names }) {
        const found = find(names);
        if ("status" in found) return found;
        return { body: found.content, headers: { "content-type": "application/octet-stream" } };
      },
    },
    {
      method: "DELETE",
      path: "/files/{id}",
      handle({ names }) {
        const found = find(names);
        if ("status" in found) return found;
        kept.delete(found.file.id);
        return { body: { id: found.file.id, object: "file", deleted: true } };
      },
    },
  ];
  return { routes, add, read: (id) => kept.get(id) };
}

interface Upload {
  readonly filename: string;
  readonly purpose: string;
  readonly content: string;
  readonly expiry: Expiry | undefined;
}

const checkForm = checkSchema(createFileSchema);

function readUpload(parts: readonly FormPart[]): Upload | ApiError {
  const form: { [name: string]: unknown } = {};
  const expiry: { [name: string]: unknown } = {};
  for (const { name, filename, content } of parts) {
    const inner = /^expires_after\[(.+)\]$/.exec(name)?.[1];
    const [target, key] = inner === undefined ? [form, name] : [expiry, inner];
    if (Object.hasOwn(target, key)) return invalid(`Duplicate parameter: '${name}'.`, name);
    if ((name === "file") !== (filename !== undefined)) {
      return invalid(`'${name}' is ${filename === undefined ? "no" : "a"} file.`, name);
    }
    target[key] =
      name === "file" ? filename : key === "seconds" && /^\d+$/.test(content) ? Number(content) : content;
  }
  if (Object.keys(expiry).length > 0) form.expires_after = expiry;
  const fault = checkForm(form);
  if (fault !== undefined) return fault;
  const upload = {
    filename: form.file as string,
    purpose: form.purpose as string,
    content: parts.find(({ name }) => name === "file")?.content ?? "",
    expiry: form.expires_after as Expiry | undefined,
  };
  if (!upload.filename.endsWith(".jsonl")) {
    return invalid(
      `Invalid file format for ${upload.purpose}. Must be .jsonl.`,
      "file",
      "invalid_file_format",
    );
  }
  return upload.purpose === "fine-tune" ? (badTraining(upload.content) ?? upload) : upload;
}

/** Training files are read at once; those of batches when a batch is made of them. */
function badTraining(content: string): ApiError | undefined {
  for (const [index, line] of content.split("\n").entries()) {
    if (line === "") continue;
    try {
      const example: unknown = JSON.parse(line);
      if (typeof example === "object" && example !== null && !Array.isArray(example)) continue;
    } catch {}
    return invalid(
      `Invalid file format. Line ${index + 1} is no JSON object.`,
      "file",
      "invalid_file_format",
    );
  }
  return content.trim() === "" ? invalid("The file is empty.", "file", "empty_file") : undefined;
}
