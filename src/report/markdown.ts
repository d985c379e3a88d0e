import { foreign } from "../runner/reporters/text-layout.ts";

/**
 * A text that came from files or services as Markdown that says just that: no markup, HTML, link, mention or
 * reference comes of it on any forge.
 */
export function escapeMarkdown(text: string): string {
  return (
    foreign(text)
      .replace(/[\\`*_[\]|~$]|<(?=[a-z/!?])|&(?=#|\w)/gi, "\\$&")
      // An empty comment parts what a forge would otherwise link after Markdown is done.
      .replace(/@(?=\w)|#(?=\d)|\bGH-(?=\d)|\bhttps?(?=:)|\bwww(?=\.)|\bmailto(?=:)/gi, "$&<!-- -->")
      .replace(/^([-+#=>]|\d+[.)])/, "\\$1")
  );
}

/** A foreign text set as code, whatever backticks are in it. */
export function code(text: string): string {
  const line = foreign(text).replace(/\|/g, "\\|");
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = /^`|`$|^ .* $/.test(line) ? " " : "";
  return line === "" ? "–" : `${fence}${space}${line}${space}${fence}`;
}

/** A table; cells are Markdown already. Columns of figures stand to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  figures: readonly number[] = [],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, at) => (figures.includes(at) ? "--:" : "---"));
  return [line(head), `|${rule.join("|")}|`, ...rows.map(line)].join("\n");
}
