import { createInterface } from "node:readline/promises";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/**
 * Asks on a terminal before something that cannot be taken back; elsewhere it needs `--yes`.
 *
 * @throws Stop where the answer is no, or nobody can be asked
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes === true) return;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true)
    throw new Stop(exit.usage, "nothing was removed: nobody is here to be asked", "say --yes, or --dry-run");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new Stop(exit.usage, "nothing was removed");
  } finally {
    terminal.close();
  }
}
