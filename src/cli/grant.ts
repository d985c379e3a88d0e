import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** One thing that the user allows: programs of the spec, or requests to an origin. */
export type Grant = { readonly kind: "exec" } | { readonly kind: "origin"; readonly origin: string };

/**
 * Reads `exec` or the address of an origin.
 *
 * @param source where the word stands, for the message
 * @throws Stop with exit code 2 where it is neither
 */
export function parseGrant(word: string, source: string): Grant {
  const origin = originOf(word);
  if (origin !== undefined) return { kind: "origin", origin };
  if (word === "exec") return { kind: "exec" };
  throw new Stop(
    exit.usage,
    `${source}: ${JSON.stringify(word)} cannot be allowed`,
    "write exec, or an origin such as https://llm.example",
  );
}

/** The origin of an http or https address; undefined for every other text. */
export function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : undefined;
}
