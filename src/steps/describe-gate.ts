import { formatCount, formatCounted, formatP, formatPoints, formatShare } from "./format.ts";
import type { JudgedGate, JudgedLimitGate, JudgedMinGate, JudgedTestedGate } from "./judge-gate.ts";

/** One line a gate, such as `PASS  routed is not worse than teacher by more than 3 points (−0.7, p = 0.002)`. */
export function describeGate(gate: JudgedGate, name: (digest: string) => string): string {
  const [claim, figures] = describe(gate, name);
  return `${gate.outcome.toUpperCase()}  ${claim}${describeSlice(gate)} (${figures})`;
}

/** What a gate claims, whatever came of it. */
export function describeClaim(gate: JudgedGate, name: (digest: string) => string): string {
  const [claim] = describe({ ...gate, outcome: "pass" }, name);
  return claim + describeSlice(gate);
}

function describeSlice({ slice }: JudgedGate): string {
  return slice === undefined ? "" : ` where ${slice.name} is ${slice.value}`;
}

type Described = readonly [claim: string, figures: string];

function describe(gate: JudgedGate, name: (digest: string) => string): Described {
  switch (gate.type) {
    case "min":
      return describeMin(gate, name);
    case "better_than":
    case "not_worse_than":
      return describeTest(gate, name);
    case "max_cost_usd":
    case "max_latency_ms":
    case "max_truncated":
      return describeLimit(gate, name(gate.model));
  }
}

function describeMin(gate: JudgedMinGate, name: (digest: string) => string): Described {
  const { min, outcome, of, value } = gate;
  const model = name(gate.model);
  const grader = name(gate.grader);
  const passes = of === "passes";
  const claim = passes
    ? {
        pass: `${model} passes at least ${formatShare(min)} of ${grader}`,
        fail: `${model} passes less than ${formatShare(min)} of ${grader}`,
        undecided: `${model} may or may not pass ${formatShare(min)} of ${grader}`,
      }
    : {
        pass: `${model} scores at least ${formatNumber(min)} in ${grader}`,
        fail: `${model} scores less than ${formatNumber(min)} in ${grader}`,
        undecided: `${model} may or may not score ${formatNumber(min)} in ${grader}`,
      };
  const show = passes ? (share: number) => (100 * share).toFixed(1) : formatNumber;
  const shown = passes ? formatShare(value) : formatNumber(value);
  return [claim[outcome], `${shown}, ${formatEnds(gate, show)}${needed(gate)}`];
}

function describeTest(gate: JudgedTestedGate, name: (digest: string) => string): Described {
  const { margin, outcome, of, value, p } = gate;
  const model = name(gate.model);
  const other = name(gate.other);
  const by = of === "scores" ? ` in ${name(gate.grader)}` : "";
  const claim =
    margin === undefined
      ? {
          pass: `${model} is better than ${other}${by}`,
          fail: `${model} is worse than ${other}${by}`,
          undecided: `${model} is not shown to be better than ${other}${by}`,
        }
      : {
          pass: `${model} is not worse than ${other}${by} by more than ${formatMargin(gate)}`,
          fail: `${model} is worse than ${other}${by} by more than ${formatMargin(gate)}`,
          undecided: `${model} may be worse than ${other}${by} by more than ${formatMargin(gate)}`,
        };
  const show = of === "passes" ? (share: number) => formatPoints(share) : formatSigned;
  // What makes it a claim: the p of the test that passed, else the interval.
  const figures = [
    show(value),
    ...(outcome === "pass" ? [] : [formatEnds(gate, show)]),
    ...(outcome === "fail" ? [] : [`${formatP(p)}${level(gate)}`]),
  ];
  return [claim[outcome], figures.join(", ") + needed(gate)];
}

function describeLimit(gate: JudgedLimitGate, model: string): Described {
  const { type, max, outcome, value, answers, recorded } = gate;
  const shown = limits[type].show(max);
  const claim = limits[type].claim(model, shown)[outcome];
  if (value === null)
    return [claim, `recorded for ${formatCount(recorded)} of ${formatCounted(answers, "answer")}`];
  return [claim, `${limits[type].show(value)}, ${formatEnds(gate, limits[type].end)}`];
}

const limits = {
  max_cost_usd: {
    show: (usd: number) => `$${formatUsd(usd)}`,
    end: formatUsd,
    claim: (model: string, max: string) => ({
      pass: `1,000 answers of ${model} cost at most ${max}`,
      fail: `1,000 answers of ${model} cost more than ${max}`,
      undecided: `1,000 answers of ${model} may cost more than ${max}`,
    }),
  },
  max_latency_ms: {
    show: (ms: number) => `${formatNumber(ms)} ms`,
    end: formatNumber,
    claim: (model: string, max: string) => ({
      pass: `95 of 100 answers of ${model} take at most ${max}`,
      fail: `more than 5 of 100 answers of ${model} take longer than ${max}`,
      undecided: `more than 5 of 100 answers of ${model} may take longer than ${max}`,
    }),
  },
  max_truncated: {
    show: (count: number) => formatNumber(count),
    end: formatNumber,
    claim: (model: string, max: string) => ({
      pass: `at most ${max} of 1,000 answers of ${model} end by length`,
      fail: `more than ${max} of 1,000 answers of ${model} end by length`,
      undecided: `more than ${max} of 1,000 answers of ${model} may end by length`,
    }),
  },
} as const;

// Where a p below alpha does not pass, it would look like a mistake.
function level({ outcome, p, alpha, level, spent, look, tests }: JudgedTestedGate): string {
  if (outcome !== "undecided" || p > alpha) return "";
  const shared = level < spent ? `, ${formatCounted(tests, "test")}` : "";
  return ` at level ${roundDown(level)}: the ${formatOrdinal(look)} look${shared}`;
}

function needed({ outcome, needs }: JudgedMinGate | JudgedTestedGate): string {
  if (outcome !== "undecided" || needs === undefined) return "";
  if (needs === null) return "; more items alone would not decide it";
  return `; about ${formatCount(roundUp(needs))} items would decide it`;
}

function formatEnds(
  { low, high }: { readonly low: number | null; readonly high: number | null },
  show: (value: number) => string,
): string {
  if (low === null && high === null) return "no interval";
  if (low === null) return `at most ${show(high!)}`;
  return high === null ? `at least ${show(low)}` : `${show(low)} … ${show(high)}`;
}

function formatMargin({ margin = 0, of }: JudgedTestedGate): string {
  if (of === "scores") return formatNumber(margin);
  return `${Number((100 * margin).toFixed(2))} point${margin === 0.01 ? "" : "s"}`;
}

/** Three digits: `0.31`, `4.75`, `1,280`. */
function formatNumber(value: number): string {
  return Math.abs(value) >= 100 ? formatCount(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** Cents where there are any, else three digits: `2.50`, `0.0031`. */
function formatUsd(usd: number): string {
  return usd >= 0.1 && usd < 100 ? usd.toFixed(2).replace(/\.00$/, "") : formatNumber(usd);
}

function formatSigned(value: number): string {
  const text = formatNumber(Math.abs(value));
  if (Number(text) === 0) return "0";
  return `${value < 0 ? "−" : "+"}${text}`;
}

function formatOrdinal(count: number): string {
  const ending = Math.floor((count % 100) / 10) === 1 ? undefined : endings[count % 10];
  return `${count}${ending ?? "th"}`;
}

const endings: { readonly [digit: number]: string } = { 1: "st", 2: "nd", 3: "rd" };

/** Two digits, upwards: what is promised must be enough. */
function roundUp(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return Math.ceil(count / unit) * unit;
}

/** Two digits, downwards: a p that did not pass must not look as if it had. */
function roundDown(level: number): number {
  const digits = 1 - Math.floor(Math.log10(level));
  return Number((Math.floor(level * 10 ** digits + 1e-9) / 10 ** digits).toPrecision(2));
}
