import { formatUsd } from "../runner/money/format-usd.ts";
import { formatCounted, formatPoints, formatShare } from "../steps/format.ts";
import type { Cost, Exam, ExamModel } from "./results.ts";

/** What an exam is about: `correct, 600 test items`. */
export function describeExam({ grader, items, rows }: Exam): string {
  return `${grader}, ${formatCounted(items, rows === undefined ? "item" : `${rows} item`)}`;
}

/** An interval of shares in percent: `96.3 … 98.7`. */
export function formatInterval({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${(100 * low).toFixed(1)} … ${(100 * high).toFixed(1)}`;
}

/** An interval of differences in points: `−2.1 … +0.6`. */
export function formatPointsInterval({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${formatPoints(low)} … ${formatPoints(high)}`;
}

/** A confidence: `95 %`, `99.5 %`. */
export function formatConfidence(confidence: number): string {
  return `${Number((100 * confidence).toFixed(3))} %`;
}

/** What a thousand answers cost. */
export function formatCost(cost: Cost): string {
  switch (cost.type) {
    case "nothing":
      return "0";
    case "not recorded":
    case "not in the evidence":
      return cost.type;
    case "recorded":
      return formatUsd(cost.usd);
    case "share":
      return `${formatShare(cost.share, 0)} of ${cost.of}`;
  }
}

/** A latency: `0.041 ms`, `12 ms`, `1.3 s`. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return "not recorded";
  if (ms === 0) return "0 ms";
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toPrecision(2)} ms`;
}

/** What an exam measures where its grader takes somebody's answers for right. */
export function describeAgreement({ grader, agreesWith }: Exam): readonly string[] {
  if (agreesWith === undefined) return [];
  return [`${grader} measures agreement with ${agreesWith}, not whether an answer is right`];
}

/** For every cascade of an exam, what it answers itself and what its first model alone would lose. */
export function describeCascades(exam: Exam): readonly string[] {
  return exam.models.flatMap((model) => {
    const { cascade } = model;
    if (cascade === undefined) return [];
    const own = `${model.name} answers ${formatShare(cascade.served / cascade.answers, 0)} of the traffic itself`;
    const alone = lossAlone(
      exam,
      exam.models.find(({ name }) => name === cascade.first),
    );
    return [`${own}${alone === undefined ? "" : `; ${alone}`}.`];
  });
}

function lossAlone({ teacher }: Exam, first: ExamModel | undefined): string | undefined {
  if (first?.toTeacher === undefined || teacher === undefined) return undefined;
  const { difference } = first.toTeacher;
  const points = Math.abs(100 * difference).toFixed(1);
  if (Number(points) === 0) return `${first.name} alone would lose nothing`;
  return `${first.name} alone would ${difference < 0 ? "lose" : "win"} ${points} ${points === "1.0" ? "point" : "points"}`;
}
