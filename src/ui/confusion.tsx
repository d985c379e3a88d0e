import { useState } from "preact/hooks";
import { describeExam } from "../report/describe.ts";
import type { Exam, ExamModel } from "../report/results.ts";
import { formatCounted } from "../steps/format.ts";
import type { CellFilter } from "./items/filter-items.ts";
import { Section, Wide } from "./section.tsx";

/** Who was taken for what; a cell leads to its items. */
export function Confusion({
  exam,
  onCell,
}: {
  readonly exam: Exam;
  readonly onCell: ((cell: CellFilter) => void) | undefined;
}) {
  const models = labelledModels(exam);
  const [chosen, setChosen] = useState(models[0]?.name);
  const model = models.find(({ name }) => name === chosen);
  if (model?.labels === undefined) return null;
  const { confusion, macro_f1 } = model.labels;
  const { labels, counts, other } = confusion;
  const others = other.some((count) => count > 0);
  const answers = labels.map((label, at) => ({ label, of: (row: number) => counts[row]![at]! }));
  const columns = others ? [...answers, { label: undefined, of: (row: number) => other[row]! }] : answers;
  const show = (expected: string, given: string | undefined) =>
    onCell?.({ steps: exam.from, grader: exam.grader, model: model.name, expected, given });
  return (
    <Section title="Who is taken for what" about={describeExam(exam)}>
      <div class="choices">
        {models.length > 1 && (
          <label>
            model
            <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
              {models.map(({ name }) => (
                <option value={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <span class="soft">
          macro-F1 {macro_f1.toFixed(3)}
          {onCell !== undefined && " · a cell shows its items"}
        </span>
      </div>
      <Wide label={`Confusion matrix of ${model.name}`}>
        <table class="confusion">
          <thead>
            <tr>
              <th scope="col" class="corner">
                expected ↓ answered →
              </th>
              {columns.map(({ label }) => (
                <th scope="col" class="turned">
                  <span>{label ?? "none of these"}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {labels.map((label, row) => {
              const total = columns.reduce((sum, { of }) => sum + of(row), 0);
              return (
                <tr>
                  <th scope="row">{label}</th>
                  {columns.map((column, at) => (
                    <Cell
                      count={column.of(row)}
                      share={total === 0 ? 0 : column.of(row) / total}
                      right={at === row}
                      told={`expected ${label}, answered ${column.label ?? "none of these"}`}
                      onShow={onCell === undefined ? undefined : () => show(label, column.label)}
                    />
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </Wide>
    </Section>
  );
}

/** True where answers are labels. */
export function hasConfusion(exam: Exam): boolean {
  return labelledModels(exam).length > 0;
}

function Cell(props: {
  readonly count: number;
  /** Of its row, from 0 to 1. */
  readonly share: number;
  readonly right: boolean;
  readonly told: string;
  readonly onShow: (() => void) | undefined;
}) {
  const { count, share, right, told, onShow } = props;
  if (count === 0) return <td class="empty">·</td>;
  // The root brings out the few that went wrong, which are what one looks for.
  const heat = Math.sqrt(share).toFixed(3);
  return (
    <td class={right ? "right" : "wrong"} style={{ "--heat": heat }}>
      {onShow === undefined ? (
        count
      ) : (
        <button
          type="button"
          onClick={onShow}
          title={told}
          aria-label={`${formatCounted(count, "answer")}: ${told}`}
        >
          {count}
        </button>
      )}
    </td>
  );
}

/** The candidate first, then the model that answers first in it, then the others. */
function labelledModels({ models, candidate }: Exam): readonly ExamModel[] {
  const first = models.find(({ name }) => name === candidate)?.cascade?.first;
  const rank = ({ name }: ExamModel) => (name === candidate ? 0 : name === first ? 1 : 2);
  return models.filter(({ labels }) => labels !== undefined).toSorted((a, b) => rank(a) - rank(b));
}
