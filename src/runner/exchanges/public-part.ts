import type { WireResponse } from "../exchanges.ts";

/** A response as it may be written down: the headers that matter, and no name of an account. */
export function publicPart({ status, headers, body }: WireResponse): WireResponse {
  return {
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => matters(name))),
    // Errors name the account; in an answer the same letters may be anything.
    body: status < 400 ? body : body.replace(/\b(?:org|proj)[-_]\w{8,}/g, "[account]"),
  };
}

function matters(name: string): boolean {
  return (
    ["content-type", "x-request-id", "retry-after", "retry-after-ms"].includes(name) ||
    name.startsWith("x-ratelimit-") ||
    (name.startsWith("openai-") && name !== "openai-organization" && name !== "openai-project")
  );
}
