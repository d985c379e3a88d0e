import { setTimeout as wait } from "node:timers/promises";

/**
 * An answer of GitHub's API that says that something was not done.
 *
 * @property {number} status 0 where no answer came.
 */
export class Refused extends Error {
  name = "Refused";

  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @typedef {object} Answer
 * @property {any} body Parsed.
 * @property {string} next The path of the page after this one; or empty.
 */

/**
 * Sends one request, and again where GitHub asks to wait or is out of order.
 *
 * @typedef {(request: { method: "GET" | "POST" | "PATCH", path: string, body?: object }) => Promise<Answer>} Api
 */

/**
 * Opens GitHub's API. The token goes to the origin of `url` and nowhere else.
 *
 * @param {{ url: string, token: string }} options
 * @returns {Api}
 * @throws Refused where the token would go over an open line, or is none
 */
export function openApi({ url, token }) {
  const base = new URL(url);
  const isHere = ["127.0.0.1", "[::1]", "localhost"].includes(base.hostname);
  if (base.protocol !== "https:" && !isHere) throw new Refused(0, "the API's address is not https");
  // Whoever refuses such a header quotes it.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Refused(0, "the token has characters that no token has");
  /** @param {string} path */
  const locate = (path) =>
    new URL(path.startsWith("/") ? `${base.pathname.replace(/\/$/, "")}${path}` : path, base);
  return async ({ method, path, body }) => {
    let target = locate(path);
    let patience = PATIENCE_S;
    for (let attempt = 0; ; attempt += 1) {
      const answer = await send({ target, method, body, token });
      const { status } = answer;
      if (status >= 200 && status < 300) return { body: answer.json, next: nextPage(answer.headers, base) };
      const moved = answer.headers.get("location");
      if (status >= 300 && status < 400 && moved !== null && attempt < RETRIES) {
        target = new URL(moved, target);
        if (target.origin !== base.origin) throw new Refused(status, "the API points to another origin");
        continue;
      }
      const seconds = secondsToWait({ answer, attempt, method });
      if (seconds === undefined || attempt >= RETRIES || seconds > patience)
        throw new Refused(
          status,
          typeof answer.json?.message === "string" ? answer.json.message : answer.told,
        );
      patience -= seconds;
      await wait(seconds * 1000);
    }
  };
}

const RETRIES = 3;

/** A job does not wait longer than this for one comment. */
const PATIENCE_S = 180;

/** @param {{ target: URL, method: string, body: object | undefined, token: string }} options */
async function send({ target, method, body, token }) {
  try {
    const response = await fetch(target, {
      method,
      redirect: "manual",
      signal: AbortSignal.timeout(30_000),
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "x-github-api-version": "2022-11-28",
        "user-agent": "distill-ci",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      json: parse(text),
      told: `status ${response.status}`,
    };
  } catch (error) {
    const { cause, message } = /** @type {Error & { cause?: { code?: string } }} */ (error);
    return { status: 0, headers: new Headers(), json: undefined, told: cause?.code ?? message };
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * How long to wait before the same request; undefined where it is not to be sent again. A request that makes
 * something may have been done although the answer was lost: whoever sent it has to look first.
 *
 * @param {{ answer: Awaited<ReturnType<typeof send>>, attempt: number, method: string }} options
 * @returns {number | undefined} Seconds.
 */
function secondsToWait({ answer, attempt, method }) {
  const { status, headers, json } = answer;
  const limited =
    status === 429 ||
    (status === 403 &&
      (headers.has("retry-after") ||
        headers.get("x-ratelimit-remaining") === "0" ||
        /rate limit/i.test(json?.message ?? "")));
  if (limited) {
    const named = Number(headers.get("retry-after") ?? Number.NaN);
    if (Number.isFinite(named) && named >= 0) return named;
    const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN) - Date.now() / 1000;
    if (headers.get("x-ratelimit-remaining") === "0" && Number.isFinite(reset))
      return Math.max(1, Math.ceil(reset));
    return 60 * 2 ** attempt;
  }
  if (method !== "POST" && (status === 0 || status >= 500)) return 2 ** attempt / 2;
  return undefined;
}

/**
 * @param {Headers} headers
 * @param {URL} base
 */
function nextPage(headers, base) {
  const [, next] = /<([^>]+)>;\s*rel="next"/.exec(headers.get("link") ?? "") ?? [];
  if (next === undefined) return "";
  const target = new URL(next, base);
  if (target.origin !== base.origin) throw new Refused(0, "the API points to another origin");
  return target.href;
}
