import { describeExam, formatConfidence, formatCost, formatInterval } from "../report/describe.ts";
import type { Exam, ExamModel } from "../report/results.ts";
import { formatCounted, formatShare } from "../steps/format.ts";
import { percent } from "./percent.ts";
import { Section, Wide } from "./section.tsx";

/** Every model's pass rate with its interval, drawn and in figures. */
export function Comparison({ exam }: { readonly exam: Exam }) {
  const teacher = exam.models.find(({ name }) => name === exam.teacher);
  const labelled = exam.models.some(({ labels }) => labels !== undefined);
  return (
    <Section title="Comparison" about={describeExam(exam)}>
      <Wide label="Pass rates">
        <table class="comparison">
          <thead>
            <tr>
              <th scope="col">model</th>
              <th scope="col" class="chart">
                <span class="axis">
                  <span>0 %</span>
                  <span>50 %</span>
                  <span>100 %</span>
                </span>
              </th>
              <th scope="col" class="figure">
                passed
              </th>
              <th scope="col" class="figure">
                {formatConfidence(exam.confidence)} interval
              </th>
              {labelled && (
                <th scope="col" class="figure">
                  macro-F1
                </th>
              )}
              <th scope="col" class="figure">
                cost / 1,000
              </th>
            </tr>
          </thead>
          <tbody>
            {exam.models.map((model) => (
              <tr>
                <th scope="row">
                  {model.name} <Role model={model} exam={exam} />
                </th>
                <td class="chart">
                  <RateBar model={model} teacher={model === teacher ? undefined : teacher} />
                </td>
                <td class="figure strong">{formatShare(model.rate)}</td>
                <td class="figure">{formatInterval(model)}</td>
                {labelled && <td class="figure">{model.labels?.macro_f1.toFixed(3) ?? "–"}</td>}
                <td class="figure soft">{formatCost(model.cost)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {teacher !== undefined && (
        <p class="key">
          <span>
            <svg class="swatch" aria-hidden="true">
              <line class="reference" x1="50%" x2="50%" y1="0" y2="100%" />
            </svg>
            {teacher.name}'s rate
          </span>
        </p>
      )}
      {exam.models
        .filter(({ invalid }) => invalid > 0)
        .map(({ name, invalid }) => (
          <p class="note">
            {exam.grader} could not judge {formatCounted(invalid, "answer")} of {name}: they count as not
            passed.
          </p>
        ))}
    </Section>
  );
}

function RateBar({ model, teacher }: { readonly model: ExamModel; readonly teacher: ExamModel | undefined }) {
  const { rate, low, high } = model;
  const beside = teacher === undefined ? "" : `; ${teacher.name} ${formatShare(teacher.rate)}`;
  return (
    <svg class="bar" role="img" aria-label={`${formatShare(rate)}, ${formatInterval(model)}${beside}`}>
      <rect class="track" width="100%" y="7" height="10" />
      <rect class="rate" width={percent(rate)} y="7" height="10" />
      {teacher !== undefined && (
        <line class="reference" x1={percent(teacher.rate)} x2={percent(teacher.rate)} y1="2" y2="22" />
      )}
      <line class="interval" x1={percent(low)} x2={percent(high)} y1="12" y2="12" />
      <line class="interval end" x1={percent(low)} x2={percent(low)} y1="8" y2="16" />
      <line class="interval end" x1={percent(high)} x2={percent(high)} y1="8" y2="16" />
    </svg>
  );
}

/** The part that a model plays, where its name does not say so. */
function Role({ model: { name }, exam }: { readonly model: ExamModel; readonly exam: Exam }) {
  const roles = (["teacher", "base", "candidate"] as const).filter(
    (role) => exam[role] === name && name !== role,
  );
  return roles.length === 0 ? null : <span class="role">{roles.join(", ")}</span>;
}
