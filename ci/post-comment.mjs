import { setTimeout as wait } from "node:timers/promises";
import { Refused } from "./github-api.mjs";

/** @import { Api } from "./github-api.mjs" */

/**
 * The one comment that this posts and keeps up to date.
 *
 * @typedef {object} Sticky
 * @property {string} repository `owner/name`.
 * @property {number} pullRequest
 * @property {string} marker The line that the comment begins with.
 * @property {string} author Who writes it where the token cannot tell.
 * @property {string} body
 */

/**
 * Posts the comment, or updates the one that is there: it is found by its marker and its author, so that nobody else's
 * comment is touched.
 *
 * @param {Api} api
 * @param {Sticky} sticky
 * @returns {Promise<{ done: "posted" | "updated" | "unchanged", lookedFor: string, writtenBy: string }>} What was
 * done, by which author the comment was looked for, and who its author is.
 * @throws Refused
 */
export async function postComment(api, sticky) {
  const author = (await readLogin(api)) ?? sticky.author;
  const { repository, pullRequest, body } = sticky;
  const known = { lookedFor: author, writtenBy: author };
  for (let attempt = 0; ; attempt += 1) {
    const found = await findComment(api, { ...sticky, author });
    if (found?.body === body) return { done: "unchanged", ...known };
    try {
      if (found !== undefined) {
        await api({
          method: "PATCH",
          path: `/repos/${repository}/issues/comments/${found.id}`,
          body: { body },
        });
        return { done: "updated", ...known };
      }
      const { body: made } = await api({
        method: "POST",
        path: `/repos/${repository}/issues/${pullRequest}/comments`,
        body: { body },
      });
      return { done: "posted", lookedFor: author, writtenBy: String(made?.user?.login ?? author) };
    } catch (error) {
      if (!(error instanceof Refused) || attempt >= RETRIES || !mayBeDone(error, found !== undefined))
        throw error;
      await wait(500 * 2 ** attempt);
    }
  }
}

const RETRIES = 3;

/**
 * Whether to look again: an answer got lost, and the comment may be there; or it was deleted since it was found.
 *
 * @param {Refused} error
 * @param {boolean} wasThere
 */
function mayBeDone({ status }, wasThere) {
  return wasThere ? status === 404 : status === 0 || status >= 500;
}

/**
 * Who the token is; a workflow's own token is no user and may not ask.
 *
 * @param {Api} api
 * @returns {Promise<string | undefined>}
 */
async function readLogin(api) {
  try {
    const { body } = await api({ method: "GET", path: "/user" });
    return typeof body?.login === "string" ? body.login : undefined;
  } catch (error) {
    if (error instanceof Refused && (error.status === 403 || error.status === 404)) return undefined;
    throw error;
  }
}

/**
 * @param {Api} api
 * @param {Sticky} sticky
 * @returns {Promise<{ id: number, body: string } | undefined>}
 */
async function findComment(api, { repository, pullRequest, marker, author }) {
  let path = `/repos/${repository}/issues/${pullRequest}/comments?per_page=100`;
  while (path !== "") {
    const { body, next } = await api({ method: "GET", path });
    for (const comment of Array.isArray(body) ? body : [])
      if (
        comment?.user?.login === author &&
        typeof comment.body === "string" &&
        Number.isSafeInteger(comment.id) &&
        comment.body.split(/\r?\n/, 1)[0] === marker
      )
        return comment;
    path = next;
  }
  return undefined;
}
