import { readFileSync } from "node:fs";
import { Usage } from "./exit.mjs";

/**
 * All that the script is told from outside.
 *
 * @typedef {object} Settings
 * @property {readonly string[]} specs Files and patterns; none where every spec with a lock is meant.
 * @property {string} against A revision to compare with where no pull request names one; or empty.
 * @property {string} store A directory that `distill store push` wrote to; or empty.
 * @property {"fail" | "undecided" | "never"} failOn Which verdicts fail the job.
 * @property {string} distill How distill is called; empty where it is looked for.
 * @property {string} name What tells this comment from other comments of the same user.
 * @property {string} author The user who writes the comment, where the token cannot tell.
 * @property {string} token Of GitHub's API; or empty.
 * @property {string} commentFile Where the comment's text is handed over; or empty.
 * @property {PullRequest | undefined} pullRequest
 * @property {GitHub} github
 */

/**
 * The pull request that is reviewed.
 *
 * @typedef {object} PullRequest
 * @property {number} number
 * @property {string} baseSha The tip of its base; or empty.
 * @property {boolean} isFork
 */

/**
 * What the runner says of itself; every text may be empty.
 *
 * @typedef {object} GitHub
 * @property {boolean} isRunner
 * @property {string} apiUrl
 * @property {string} repository `owner/name`.
 * @property {string} runUrl The page with the job's summary.
 * @property {string} workspace The repository's root.
 * @property {string} summaryFile
 * @property {string} outputFile
 * @property {string} temporary A folder for files that the job may lose.
 */

/**
 * Reads the settings from environment and event.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Settings}
 * @throws Usage where a setting is not one of those that there are
 */
export function readSettings(env) {
  /** @param {string} name */
  const read = (name) => (env[name] ?? "").trim();
  const failOn = read("DISTILL_CI_FAIL_ON") || "undecided";
  if (failOn !== "fail" && failOn !== "undecided" && failOn !== "never")
    throw new Usage(`fail-on is fail, undecided or never, and not ${JSON.stringify(failOn)}`);
  const name = read("DISTILL_CI_NAME") || "review";
  // It stands in an HTML comment, which "--" may end.
  if (!/^[a-z0-9](?:-?[a-z0-9_.]){0,63}$/i.test(name))
    throw new Usage(
      `name has letters, digits, dots and single hyphens, at most 64, and is ${JSON.stringify(name)}`,
    );
  return {
    specs: read("DISTILL_CI_SPECS")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
    against: read("DISTILL_CI_AGAINST"),
    store: read("DISTILL_CI_STORE"),
    failOn,
    distill: read("DISTILL_CI_DISTILL"),
    name,
    author: read("DISTILL_CI_AUTHOR") || "github-actions[bot]",
    token: read("DISTILL_CI_TOKEN"),
    commentFile: read("DISTILL_CI_COMMENT"),
    pullRequest: readPullRequest(read("GITHUB_EVENT_PATH"), read("DISTILL_CI_PULL_REQUEST")),
    github: {
      isRunner: read("GITHUB_ACTIONS") === "true",
      apiUrl: read("GITHUB_API_URL") || "https://api.github.com",
      repository: read("GITHUB_REPOSITORY"),
      runUrl:
        read("GITHUB_RUN_ID") === ""
          ? ""
          : `${read("GITHUB_SERVER_URL") || "https://github.com"}/${read("GITHUB_REPOSITORY")}/actions/runs/${read("GITHUB_RUN_ID")}`,
      workspace: read("GITHUB_WORKSPACE") || process.cwd(),
      summaryFile: read("GITHUB_STEP_SUMMARY"),
      outputFile: read("GITHUB_OUTPUT"),
      temporary: read("RUNNER_TEMP"),
    },
  };
}

/**
 * @param {string} eventFile
 * @param {string} named A number that stands in for the event.
 * @returns {PullRequest | undefined}
 */
function readPullRequest(eventFile, named) {
  const event = eventFile === "" ? {} : readEvent(eventFile);
  const number = named === "" ? event.pull_request?.number : Number(named);
  if (number === undefined) return undefined;
  if (!Number.isSafeInteger(number) || number < 1)
    throw new Usage(`a pull request's number is not ${JSON.stringify(named || number)}`);
  const sha = event.pull_request?.base?.sha;
  const [head, base] = [event.pull_request?.head, event.pull_request?.base];
  return {
    number,
    baseSha: typeof sha === "string" && /^[0-9a-f]{40,64}$/.test(sha) ? sha : "",
    isFork: head !== undefined && head.repo?.full_name !== base?.repo?.full_name,
  };
}

/**
 * What is read of an event; nothing of it is sure.
 *
 * @typedef {{ sha?: unknown, repo?: { full_name?: unknown } | null }} Side
 * @param {string} file
 * @returns {{ pull_request?: { number?: number, base?: Side, head?: Side } }}
 */
function readEvent(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")) ?? {};
  } catch (error) {
    throw new Usage(`the event ${file} cannot be read: ${/** @type {Error} */ (error).message}`);
  }
}
