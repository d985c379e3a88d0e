import { acceptedCounts, EXPERIMENTS, type Finding } from "./finding.ts";

// On each side, so that a promise that is kept ends up within in 99.9 % of simulations.
const MISS = 0.0005;

/** The page docs/statistics.md: one table of all findings. */
export function renderPage(findings: readonly Finding[]): string {
  return `# What the statistics promise, simulated

Written by \`node bench/statistics.ts\`; a test says when it is stale. Each row rests on
${EXPERIMENTS.toLocaleString("en")} simulated experiments with a fixed seed.

*Accepted* is the range in which the share found lies with a probability of 99.9 % where the promise is just
kept. Where *at most* or *at least* is promised, a method may be on the safe side of it: exact tests of counts
(\`mcnemarExact\`, \`mcnemarExactBetter\`), the exact bound (\`clopperPearsonUpper\`), spent levels, Holm's
procedure, e-processes and the cascade's promise never raise more false alarms than they say, and often fewer.
\`shiftedPermutation\` needs losses that mirror gains, or to be told the worst case; \`notWorseThan\` is asymptotic
and may raise slightly more on few items; intervals of fewer than some 20 groups cover less than they say.
Rows that promise nothing show what goes wrong without a method, or how far it carries.

${table(findings)}
`;
}

function table(findings: readonly Finding[]): string {
  const rows = findings.map((finding) => [
    `\`${finding.of}\``,
    finding.setting,
    finding.measure,
    describePromise(finding),
    percent(finding.happened / finding.experiments),
    ...judge(finding),
  ]);
  return [
    ["function", "setting", "measured", "promised", "found", "accepted", "kept"],
    ["---", "---", "---", "---", "---:", "---:", "---"],
    ...rows,
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function describePromise({ promised }: Finding): string {
  return promised === null ? "–" : `${promised.is} ${percent(promised.rate)}`;
}

function judge(finding: Finding): readonly [string, string] {
  if (finding.promised === null) return ["–", "–"];
  const { low, high } = acceptedCounts(finding, MISS);
  const { happened, experiments } = finding;
  return [
    `${percent(low / experiments)} … ${percent(high / experiments)}`,
    low <= happened && happened <= high ? "yes" : "**no**",
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
