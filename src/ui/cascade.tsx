import { formatConfidence } from "../report/describe.ts";
import type { CascadeResults, Exam } from "../report/results.ts";
import { formatCount, formatShare } from "../steps/format.ts";
import { keepFigures } from "./keep-figures.ts";
import { LinePlot } from "./line-plot.tsx";
import { Section, Wide } from "./section.tsx";

/** What a cascade promises, how its threshold was chosen, and what came of it on other rows. */
export function Cascade({
  cascade,
  exams,
}: {
  readonly cascade: CascadeResults;
  readonly exams: readonly Exam[];
}) {
  const { step, first, fallback, risk, threshold, curve } = cascade;
  const loss = {
    loss_to_teacher: `${first} answers itself and fails where ${fallback} would have passed`,
    served_failure: `${first} answers itself and fails`,
  }[risk.of];
  const promise = `Promise: on at most ${formatShare(risk.max)} of all items ${loss}, with ${formatConfidence(risk.confidence)} confidence.`;
  const rule =
    threshold === null
      ? `No threshold keeps it: ${fallback} answers everything.`
      : `${first} answers itself where it is sure to ${threshold} or more; ${fallback} elsewhere.`;
  return (
    <Section title="Cascade" about={`${step}: ${first}, then ${fallback}`}>
      <p>{keepFigures(`${promise} ${rule}`)}</p>
      <Shares cascade={cascade} exams={exams} />
      {curve.length > 1 && <ThresholdCurve cascade={cascade} />}
      <Quality cascade={cascade} />
    </Section>
  );
}

function Shares({ cascade, exams }: { readonly cascade: CascadeResults; readonly exams: readonly Exam[] }) {
  const { step, fallback, rows, risk, items, kept, losses, bound, threshold } = cascade;
  if (threshold === null) return null;
  const tested = exams.flatMap((exam) => {
    const model = exam.models.find(({ name }) => name === step);
    if (model?.cascade === undefined) return [];
    // What the promise is about shows in the exam only where its teacher is the fallback.
    const lost =
      risk.of === "loss_to_teacher" && exam.teacher === fallback ? model.toTeacher?.only_other : undefined;
    return [{ exam, share: model.cascade.served / model.cascade.answers, lost }];
  });
  return (
    <Wide label="Traffic and losses">
      <table>
        <thead>
          <tr>
            <th scope="col">rows</th>
            <th scope="col" class="figure">
              items
            </th>
            <th scope="col" class="figure">
              answered itself
            </th>
            <th scope="col" class="figure">
              lost
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">
              {rows ?? "rows"} <span class="role">chosen here</span>
            </th>
            <td class="figure">{formatCount(items)}</td>
            <td class="figure">{formatShare(kept / items)}</td>
            <td class="figure">
              {formatCount(losses)} ({formatShare(losses / items)}), at most {formatShare(bound ?? 1)}
            </td>
          </tr>
          {tested.map(({ exam, share, lost }) => (
            <tr>
              <th scope="row">{exam.rows ?? "all"}</th>
              <td class="figure">{formatCount(exam.items)}</td>
              <td class="figure">{formatShare(share)}</td>
              <td class="figure">
                {lost === undefined ? "–" : `${formatCount(lost)} (${formatShare(lost / exam.items)})`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

/** What every threshold would have kept and lost on the rows that it was chosen on. */
function ThresholdCurve({ cascade }: { readonly cascade: CascadeResults }) {
  const { curve, items, threshold, kept, losses, risk, first } = cascade;
  const points = curve.toSorted((a, b) => a.threshold - b.threshold);
  const chosen = threshold === null ? undefined : { x: threshold, label: `chosen: ${threshold}` };
  const x = {
    label: `threshold: how sure ${first} must be`,
    format: (value: number) => String(Number(value.toFixed(3))),
  };
  const tell = (count: (point: (typeof points)[number]) => number, own: number) =>
    [
      ...[points[0]!, points.at(-1)!].map(
        (point) => `${formatShare(count(point) / items)} at ${x.format(point.threshold)}`,
      ),
      ...(threshold === null ? [] : [`${formatShare(own / items)} at ${threshold}, which was chosen`]),
    ].join(", ");
  return (
    <div class="plots">
      <LinePlot
        title="Share of the items that it answers itself"
        told={tell((point) => point.kept, kept)}
        x={x}
        most={1}
        marker={chosen}
        lines={[
          {
            name: "answered itself",
            tone: "kept",
            points: points.map((one) => [one.threshold, one.kept / items]),
          },
        ]}
      />
      <LinePlot
        title="Share of the items that are lost"
        told={`${tell((point) => point.losses, losses)}; the promise is ${formatShare(risk.max)}`}
        x={x}
        most={Math.max(risk.max, ...points.map((point) => point.losses / items))}
        marker={chosen}
        rule={{ y: risk.max, label: `promise: ${formatShare(risk.max)}` }}
        lines={[
          { name: "lost", tone: "lost", points: points.map((one) => [one.threshold, one.losses / items]) },
        ]}
      />
    </div>
  );
}

/** What it passes for what it sends to the fallback, between drawing lots and knowing all beforehand. */
function Quality({
  cascade: { step, first, fallback, kept, items, threshold, quality },
}: {
  readonly cascade: CascadeResults;
}) {
  if (quality === null) return null;
  const { points, random, oracle, apgr, cpt50, cpt80 } = quality;
  const line = (all: typeof points) => all.map((point) => [point.sentShare, point.quality] as const);
  const all = [...points, ...random.points, ...oracle.points].map((point) => point.quality);
  const sent = 1 - kept / items;
  const [none, every] = [points[0]!, points.at(-1)!].map((point) => formatShare(point.quality));
  return (
    <div class="plots">
      <LinePlot
        title={`Share that passes, by the share that is sent to ${fallback}`}
        told={`${none} with nothing sent, ${every} with everything; APGR ${apgr.toFixed(2)}, with all known beforehand ${oracle.apgr.toFixed(2)}, by lot ${random.apgr.toFixed(2)}`}
        x={{ label: `sent to ${fallback}`, format: (share) => formatShare(share, 0) }}
        least={Math.floor(10 * Math.min(...all)) / 10}
        most={Math.max(...all)}
        marker={threshold === null ? undefined : { x: sent, label: `chosen: ${formatShare(sent, 0)} sent` }}
        lines={[
          { name: `${step}, APGR ${apgr.toFixed(2)}`, tone: "kept", points: line(points) },
          { name: `oracle, ${oracle.apgr.toFixed(2)}`, tone: "oracle", points: line(oracle.points) },
          { name: `random, ${random.apgr.toFixed(2)}`, tone: "random", points: line(random.points) },
        ]}
      />
      <p class="soft beside">
        {keepFigures(
          `Half of the gap between ${first} and ${fallback} is closed with ${formatShare(cpt50, 0)} sent, four fifths of it with ${formatShare(cpt80, 0)}.`,
        )}
      </p>
    </div>
  );
}
