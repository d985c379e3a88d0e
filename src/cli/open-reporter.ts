import { openJsonReporter } from "../runner/reporters/json.ts";
import { openLinesReporter } from "../runner/reporters/lines.ts";
import type { Reporter } from "../runner/reporters/reporter.ts";
import { openTerminalReporter } from "../runner/reporters/terminal.ts";
import { usesColor } from "./open-spec.ts";

/** Narrower terminals cannot hold the live block without broken lines. */
const minColumns = 80;

/** The reporter that fits what standard output is. */
export function openReporter(options: {
  readonly json: boolean;
  readonly brief: ReadonlySet<string>;
}): Reporter {
  const write = (text: string) => void process.stdout.write(text);
  if (options.json) return openJsonReporter({ write, problem: (text) => void process.stderr.write(text) });
  const { isTTY, columns } = process.stdout;
  const live = isTTY === true && columns >= minColumns && process.env.TERM !== "dumb" && !process.env.CI;
  const open = live ? openTerminalReporter : openLinesReporter;
  return open({ write, color: usesColor(process.stdout), brief: options.brief });
}
