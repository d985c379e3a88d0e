import { complaint, runProgram } from "./run-program.mjs";

/**
 * What the branch is compared with.
 *
 * @typedef {object} Base
 * @property {string} revision An abbreviated commit; empty where there is none.
 * @property {string} told Why there is none; empty where there is one or none was asked for.
 */

/**
 * The commit that a branch began at: its merge base with the base of its pull request, else with the revision that
 * the settings name.
 *
 * @param {{ baseSha: string, against: string }} options
 * @returns {Promise<Base>}
 */
export async function findBase({ baseSha, against }) {
  const asked = baseSha || against;
  if (asked === "") return { revision: "", told: "" };
  const found = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${asked}^{commit}`);
  if (found.code !== 0)
    return none(
      found.stderr.trim() === ""
        ? `${baseSha === "" ? asked : "the base of the pull request"} is not in this clone: check out with fetch-depth: 0`
        : complaint(found),
    );
  const tip = found.stdout.trim();
  const merged = await git("merge-base", "HEAD", tip);
  if (merged.code !== 0)
    return none(
      merged.stderr.trim() === ""
        ? "this clone does not reach back to where the branch began: check out with fetch-depth: 0"
        : complaint(merged),
    );
  const short = await git("rev-parse", "--short=12", merged.stdout.trim());
  return short.code === 0 ? { revision: short.stdout.trim(), told: "" } : none(complaint(short));
}

/**
 * @param {string} told
 * @returns {Base}
 */
function none(told) {
  return { revision: "", told };
}

/** @param {readonly string[]} args */
function git(...args) {
  return runProgram(["git", ...args]);
}
