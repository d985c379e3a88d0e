import type { Plan } from "../runner/plan.ts";
import { shownPath } from "../runner/project.ts";
import { lockPath } from "../runner/run.ts";
import { runGit } from "./git.ts";

/**
 * The commits that brought each result into the lock, shortened, the oldest first; "not committed" for one that no
 * commit names. Undefined where there is no git.
 */
export async function readLookCommits(
  plan: Plan,
  results: readonly string[],
): Promise<readonly string[] | undefined> {
  const { root } = plan.spec;
  const path = shownPath(lockPath(plan), root);
  const commits: string[] = [];
  for (const digest of results) {
    const found = await runGit(root, [
      "log",
      "--reverse",
      "--format=%h",
      "--no-ext-diff",
      "--no-textconv",
      `-S${digest}`,
      "--",
      path,
    ]);
    if (!found.ok) return undefined;
    commits.push(found.stdout.toString().split("\n")[0]?.slice(0, 7) || "not committed");
  }
  return commits;
}
