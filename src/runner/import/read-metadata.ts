import { checkMetadata } from "../metadata-limits.ts";
import type { Json } from "../row.ts";
import { isRecord } from "./fields.ts";

/** Metadata that can be stored, or what is wrong with it. */
export function readMetadata(
  value: Json | undefined,
): { readonly metadata: { readonly [key: string]: string } } | { readonly fault: string } {
  if (value === undefined || value === null) return { metadata: {} };
  if (!isRecord(value)) return { fault: "its metadata is no mapping" };
  const metadata: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") return { fault: `its metadata "${key}" is no text` };
    metadata[key] = text;
  }
  const [fault] = checkMetadata(metadata);
  return fault === undefined ? { metadata } : { fault: fault.text };
}
