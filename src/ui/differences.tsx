import { describeExam, formatConfidence, formatPointsInterval } from "../report/describe.ts";
import type { Exam, ExamModel } from "../report/results.ts";
import { formatCount, formatP, formatPoints, formatShare } from "../steps/format.ts";
import { percent } from "./percent.ts";
import { Section, Wide } from "./section.tsx";

type Difference = NonNullable<ExamModel["toTeacher"]>;

/** Every model against teacher and base on the same items, with intervals drawn around 0. */
export function Differences({ exam }: { readonly exam: Exam }) {
  const rows = differencesOf(exam);
  const reach = niceReach(Math.max(...rows.flatMap(({ facts }) => [-facts.low, facts.high, 0.01])));
  return (
    <Section title="Differences" about={describeExam(exam)}>
      <Wide label="Differences of pass rates">
        <table class="differences">
          <thead>
            <tr>
              <th scope="col">on the same items</th>
              <th scope="col" class="chart">
                <span class="axis">
                  <span>{formatPoints(-reach, 0)}</span>
                  <span>0</span>
                  <span>{formatPoints(reach, 0)}</span>
                </span>
              </th>
              <th scope="col" class="figure">
                points
              </th>
              <th scope="col" class="figure">
                {formatConfidence(exam.confidence)} interval
              </th>
              <th scope="col" class="figure">
                McNemar
              </th>
              <th scope="col" class="figure">
                only the first
              </th>
              <th scope="col" class="figure">
                only the second
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ model, other, facts }) => (
              <tr>
                <th scope="row">
                  {model} <span class="soft">against</span> {other}
                </th>
                <td class="chart">
                  <DifferenceBar facts={facts} reach={reach} />
                </td>
                <td class="figure strong">{formatPoints(facts.difference)}</td>
                <td class="figure">{formatPointsInterval(facts)}</td>
                <td class="figure">{formatP(facts.p)}</td>
                <td class="figure">{formatCount(facts.only_this)}</td>
                <td class="figure">{formatCount(facts.only_other)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      <GapClosed exam={exam} />
    </Section>
  );
}

/** True where there is something to draw. */
export function hasDifferences(exam: Exam): boolean {
  return differencesOf(exam).length > 0;
}

function DifferenceBar({ facts, reach }: { readonly facts: Difference; readonly reach: number }) {
  const { difference, low, high } = facts;
  const at = (value: number) => percent(0.5 + value / (2 * reach));
  // Which side of 0 the whole interval lies on is told by shape as well: hollow where it holds 0.
  const side = high < 0 ? "below" : low > 0 ? "above" : "around";
  return (
    <svg
      class="bar"
      role="img"
      aria-label={`${formatPoints(difference)} points, ${formatPointsInterval(facts)}`}
    >
      <line class="zero" x1="50%" x2="50%" y1="0" y2="24" />
      <line class={`interval ${side}`} x1={at(low)} x2={at(high)} y1="12" y2="12" />
      <circle class={`point ${side}`} cx={at(difference)} cy="12" r="4" />
    </svg>
  );
}

function GapClosed({ exam: { gapClosed, candidate, base, teacher } }: { readonly exam: Exam }) {
  if (gapClosed === undefined || candidate === undefined) return null;
  const { share, low, high } = gapClosed;
  const bounds = low === null || high === null ? "" : ` (${formatShare(low, 0)} … ${formatShare(high, 0)})`;
  return (
    <p class="soft">
      {candidate} closes {formatShare(share, 0)}
      {bounds} of the gap between {base} and {teacher}.
    </p>
  );
}

function differencesOf(exam: Exam) {
  const against = (other: string | undefined, pick: (model: ExamModel) => Difference | undefined) =>
    other === undefined
      ? []
      : exam.models.flatMap((model) => {
          const facts = pick(model);
          // Base against teacher is said once.
          const said = other === exam.base && model.name === exam.teacher;
          return facts === undefined || said ? [] : [{ model: model.name, other, facts }];
        });
  return [
    ...against(exam.teacher, ({ toTeacher }) => toTeacher),
    ...against(exam.base === exam.teacher ? undefined : exam.base, ({ toBase }) => toBase),
  ];
}

/** The next round number of points, as a share. */
function niceReach(most: number): number {
  return [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7].find((reach) => most <= reach) ?? 1;
}
