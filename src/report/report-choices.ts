import { formatCount, formatCounted, formatP, formatShare } from "../steps/format.ts";
import { formatConfidence } from "./describe.ts";
import { escapeMarkdown, table } from "./markdown.ts";
import type { CascadeResults, Exam, Selection } from "./results.ts";

/** What each rule of a filter left of its rows. */
export function formatSelection({ step, rows, kept, items, rules }: Selection): string {
  let left = rows;
  const lines = rules.map(({ name, dropped, errors }) => {
    left -= dropped;
    return [
      escapeMarkdown(name),
      formatCount(dropped),
      errors === 0 ? "–" : formatCount(errors),
      formatCount(left),
    ];
  });
  return [
    `## Selection: ${escapeMarkdown(step)}`,
    `${formatCount(kept)} of ${formatCounted(rows, "row")} kept, of ${formatCounted(items, "item")}.`,
    table(
      ["rule", "dropped", "of these not evaluable", "left"],
      [["all rows", "–", "–", formatCount(rows)], ...lines],
      [1, 2, 3],
    ),
  ].join("\n\n");
}

/** What a cascade promises, how its threshold was chosen, and what came of it on other rows. */
export function formatCascade(cascade: CascadeResults, exams: readonly Exam[]): string {
  const { step, first, fallback, risk, threshold } = cascade;
  const names = { first: escapeMarkdown(first), fallback: escapeMarkdown(fallback) };
  const loss = {
    loss_to_teacher: `${names.first} answers itself and fails where ${names.fallback} would have passed`,
    served_failure: `${names.first} answers itself and fails`,
  }[risk.of];
  const promise = `Promise: on at most ${formatShare(risk.max)} of all items ${loss}, with ${formatConfidence(risk.confidence)} confidence.`;
  const rule =
    threshold === null
      ? `No threshold keeps it: ${names.fallback} answers everything.`
      : `${names.first} answers itself where it is sure to ${threshold} or more; ${names.fallback} elsewhere.`;
  return [
    `## Cascade: ${escapeMarkdown(step)}`,
    `${promise}\n${rule}`,
    tableOfShares(cascade, exams),
    tableOfCurve(cascade),
    tellQuality(cascade),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** RouteLLM's measures on the rows that the threshold was chosen on. */
function tellQuality({ fallback, quality }: CascadeResults): string {
  if (quality === null) return "";
  const { apgr, cpt50, cpt80, random, oracle } = quality;
  const [byLot, atBest] = [random, oracle].map((line) => (line.apgr === null ? "–" : line.apgr.toFixed(2)));
  return [
    `Over all thresholds it closes ${apgr.toFixed(2)} of the gap to ${escapeMarkdown(fallback)} on average (APGR; ${byLot} by lot, ${atBest} at best):`,
    `half of it with ${formatShare(cpt50)} sent (CPT 50 %), four fifths with ${formatShare(cpt80)} (CPT 80 %).`,
  ].join("\n");
}

function tableOfShares(cascade: CascadeResults, exams: readonly Exam[]): string {
  const { step, fallback, rows, risk, items, kept, losses, bound, threshold } = cascade;
  if (threshold === null) return "";
  const chosen = [
    `${escapeMarkdown(rows ?? "rows")} (chosen here)`,
    formatCount(items),
    formatShare(kept / items),
    `${formatCount(losses)} (${formatShare(losses / items)}), at most ${formatShare(bound ?? 1)}`,
  ];
  const tested = exams.flatMap((exam) => {
    const model = exam.models.find(({ name }) => name === step);
    if (model?.cascade === undefined) return [];
    const { served, answers } = model.cascade;
    // What the promise is about shows in the exam only where its teacher is the fallback.
    const counts = risk.of === "loss_to_teacher" && exam.teacher === fallback;
    const lost = counts ? model.toTeacher?.only_other : undefined;
    const told = lost === undefined ? "–" : `${formatCount(lost)} (${formatShare(lost / exam.items)})`;
    return [
      [escapeMarkdown(exam.rows ?? "all"), formatCount(exam.items), formatShare(served / answers), told],
    ];
  });
  return table(["rows", "items", "answered itself", "lost"], [chosen, ...tested], [1, 2]);
}

/** More rows than this are no table but a listing. */
const maxPoints = 9;

function tableOfCurve({ curve, threshold, items }: CascadeResults): string {
  if (curve.length === 0) return "";
  const rows = thin(
    curve,
    curve.findLastIndex((point) => threshold !== null && point.threshold >= threshold),
  ).map((point) => [
    // Thresholds between two points keep the same items; the chosen one may lie there.
    point.chosen ? `**${threshold}**` : String(point.threshold),
    `${formatCount(point.kept)} (${formatShare(point.kept / items, 0)})`,
    `${formatCount(point.losses)} (${formatShare(point.losses / items)})`,
    formatP(point.p),
  ]);
  return table(["threshold", "answered itself", "lost", "p of too much risk"], rows, [0, 1]);
}

/** Evenly spaced points of a curve, with both ends, the chosen one and the next. */
function thin(curve: CascadeResults["curve"], chosen: number) {
  const step = Math.max(1, (curve.length - 1) / (maxPoints - 1));
  const wanted = new Set(
    Array.from({ length: maxPoints }, (_, at) => Math.min(curve.length - 1, Math.round(at * step))),
  );
  if (chosen >= 0) wanted.add(chosen).add(Math.min(curve.length - 1, chosen + 1));
  return [...wanted].sort((a, b) => a - b).map((at) => ({ ...curve[at]!, chosen: at === chosen }));
}
