import { exit } from "./exit.ts";
import { findBranchPoint } from "./git.ts";
import { Stop } from "./stop.ts";

/**
 * The revision that a selection of what is modified compares with: the one that was named, else the commit at which
 * the branch began.
 *
 * @throws Stop where none was named and git knows no base
 */
export async function findAgainst(root: string, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const began = await findBranchPoint(root);
  if (began !== undefined) return began.slice(0, 12);
  throw new Stop(
    exit.usage,
    "git knows no branch to compare with here: neither origin's default branch nor main",
    "name one: --against REV",
  );
}
