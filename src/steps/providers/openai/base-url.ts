import { isIPv4 } from "node:net";

/** Where the API is when a spec names no other place. */
export const defaultBaseUrl = "https://api.openai.com/v1";

/** The one key whose home is known: it may go to this origin without further permission. */
const homes: { readonly [variable: string]: string } = { OPENAI_API_KEY: "https://api.openai.com" };

/** The parameters that decide where requests go and which key goes with them. */
export interface Destination {
  readonly base_url?: string | undefined;
  readonly api_key_env?: string | undefined;
}

/** A base URL in its one spelling: lower-case host, no default port, no slash at the end. */
export function normaliseBaseUrl(text: string = defaultBaseUrl): string {
  const url = URL.parse(text);
  return url === null ? text : url.href.replace(/\/+$/, "");
}

/** The origin of a base URL; the text itself where it is none, which `baseUrlFault` reports. */
export function originOf(text: string = defaultBaseUrl): string {
  return URL.parse(text)?.origin ?? text;
}

/** What is wrong with a base URL; undefined where nothing is. Repeats no password that stands in it. */
export function baseUrlFault(text: string = defaultBaseUrl): string | undefined {
  const url = URL.parse(text);
  if (url === null) return "base_url is not a URL";
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return "base_url must begin with https:// or http://";
  if (url.username !== "" || url.password !== "") return "base_url must hold no user name or password";
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(text))
    return "base_url must hold no query and no fragment";
  const api = /^(.*?)\/chat\/completions\/*$/.exec(url.href)?.[1];
  if (api !== undefined) return `base_url must end before /chat/completions: write ${api}`;
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return `base_url sends prompts in the clear: http is for this machine alone, and ${url.host} is another`;
  }
  return undefined;
}

/** The origin that the user has to allow before anything is sent; undefined where no permission is needed. */
export function originToAllow({ base_url = defaultBaseUrl, api_key_env }: Destination): string | undefined {
  const url = URL.parse(base_url);
  if (url === null) return base_url;
  const needsNone = api_key_env === undefined ? isLoopback(url.hostname) : homes[api_key_env] === url.origin;
  return needsNone ? undefined : url.origin;
}

/**
 * True for addresses of this machine. Names are not resolved, because what a name means is another's decision:
 * `localhost` alone counts, and the transport never asks DNS for it.
 */
function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname === "[::1]" || (isIPv4(hostname) && hostname.startsWith("127."))
  );
}
