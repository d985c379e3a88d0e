import { existsSync, readFileSync } from "node:fs";
import { escapeMarkdown } from "./foreign.mjs";
import { openApi, Refused } from "./github-api.mjs";
import { postComment } from "./post-comment.mjs";
import { writeSummary } from "./write-files.mjs";

/** @import { Log } from "./log.mjs" */
/** @import { Settings } from "./read-settings.mjs" */

/**
 * Posts what the review wrote as the one comment on the pull request. Where that cannot be, log and summary say why,
 * and that is all: a review does not fail for it.
 *
 * @param {Settings} settings
 * @param {Log} log
 */
export async function comment(settings, log) {
  try {
    log.line(await post(settings));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const told = `No comment on the pull request: ${reasonOf(error, settings)}.`;
    log.line(told);
    writeSummary(settings.github.summaryFile, escapeMarkdown(told));
  }
}

/** GitHub refuses a comment with more characters. */
export const COMMENT_CHARACTERS = 65_536;

/**
 * @param {Settings} settings
 * @returns {Promise<string>} What was done.
 * @throws Refused
 */
async function post({ pullRequest, token, name, author, commentFile, github }) {
  if (pullRequest === undefined) return "No comment: this is not a pull request.";
  if (commentFile === "" || !existsSync(commentFile)) return "No comment: there is no review to post.";
  if (token === "") throw new Refused(0, "there is no token");
  if (!/^[\w-]+\/(?!\.{1,2}$)[\w.-]+$/.test(github.repository))
    throw new Refused(0, "GITHUB_REPOSITORY is not owner/name");
  const marker = `<!-- distill:${name} -->`;
  const { done, lookedFor, writtenBy } = await postComment(openApi({ url: github.apiUrl, token }), {
    repository: github.repository,
    pullRequest: pullRequest.number,
    marker,
    author,
    body: `${marker}\n${readFileSync(commentFile, "utf8").trim()}`.slice(0, COMMENT_CHARACTERS),
  });
  const told = `The comment on the pull request was ${done}.`;
  return writtenBy === lookedFor
    ? told
    : `${told} Its author is ${writtenBy}: set comment-author to that, or the next run posts another.`;
}

/**
 * @param {Refused} error
 * @param {Settings} settings
 */
function reasonOf({ status, message }, { pullRequest }) {
  switch (status) {
    case 0:
      return message;
    case 401:
      return `GitHub does not accept the token (${message})`;
    case 403:
      return pullRequest?.isFork === true
        ? `the branch is in a fork, and its workflows may not write (${message})`
        : `the token may not write; the job needs "pull-requests: write" (${message})`;
    default:
      return `GitHub answers ${status} (${message})`;
  }
}
