import { formatInterval } from "../report/describe.ts";
import type { Exam, Slice } from "../report/results.ts";
import { formatCount, formatShare } from "../steps/format.ts";
import { Section, Wide } from "./section.tsx";

/** Every model's pass rate in each part of the items, with a mark where a part is too small to say much. */
export function Slices({ exam, slice }: { readonly exam: Exam; readonly slice: Slice }) {
  const { name, values } = slice;
  const models = exam.models.map((model) => model.name);
  return (
    <Section title="Slices" about={`${exam.grader} by ${name}`}>
      <Wide label={`Pass rates by ${name}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">{name}</th>
              <th scope="col" class="figure">
                items
              </th>
              {models.map((model) => (
                <th scope="col" class="figure">
                  {model}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {values.map((value) => (
              <tr>
                <th scope="row">{value.value}</th>
                <td class="figure">
                  {value.items < leastItems && <Few />} {formatCount(value.items)}
                </td>
                {models.map((model) => (
                  <Rate rate={value.models.find((one) => one.name === model)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {values.some(({ items }) => items < leastItems) && (
        <p class="note">
          <Few /> fewer than {leastItems} items: too few to say much.
        </p>
      )}
    </Section>
  );
}

/** Parts with fewer items are marked. */
const leastItems = 30;

function Few() {
  return (
    <span class="few">
      <span aria-hidden="true">▲</span>
      <span class="unseen">few items:</span>
    </span>
  );
}

function Rate({ rate }: { readonly rate: Slice["values"][number]["models"][number] | undefined }) {
  if (rate === undefined) return <td class="figure">–</td>;
  return (
    <td class="figure">
      {formatShare(rate.rate)} <span class="soft small">{formatInterval(rate)}</span>
    </td>
  );
}
