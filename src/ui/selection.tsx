import type { Selection as SelectionResults } from "../report/results.ts";
import { formatCount, formatCounted, formatShare } from "../steps/format.ts";
import { percent } from "./percent.ts";
import { Section, Wide } from "./section.tsx";

/** The rows that went in, what each rule dropped, and what was kept. */
export function Selection({ selection }: { readonly selection: SelectionResults }) {
  const { step, rows, kept, items, rules } = selection;
  let left = rows;
  const lines = rules.map(({ name, dropped, errors }) => {
    const before = left;
    left -= dropped;
    return { name, dropped, errors, before, left };
  });
  const failing = rules.some(({ errors }) => errors > 0);
  return (
    <Section
      title="Selection"
      about={`${step}: ${formatCount(kept)} of ${formatCounted(rows, "row")} kept, of ${formatCounted(items, "item")}`}
    >
      <Wide label="Rows after each rule">
        <table class="selection">
          <thead>
            <tr>
              <th scope="col">rule</th>
              <th scope="col" class="chart" />
              <th scope="col" class="figure">
                dropped
              </th>
              {failing && (
                <th scope="col" class="figure">
                  of these not evaluable
                </th>
              )}
              <th scope="col" class="figure">
                left
              </th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">all rows</th>
              <td class="chart">
                <FunnelBar rows={rows} before={rows} left={rows} />
              </td>
              <td class="figure soft">–</td>
              {failing && <td class="figure soft">–</td>}
              <td class="figure strong">{formatCount(rows)}</td>
            </tr>
            {lines.map(({ name, dropped, errors, before, left }) => (
              <tr>
                <th scope="row">{name}</th>
                <td class="chart">
                  <FunnelBar rows={rows} before={before} left={left} />
                </td>
                <td class={`figure ${dropped === 0 ? "soft" : ""}`}>
                  {dropped === 0 ? "0" : `−${formatCount(dropped)}`}
                </td>
                {failing && <td class="figure soft">{errors === 0 ? "–" : formatCount(errors)}</td>}
                <td class="figure strong">{formatCount(left)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Section>
  );
}

function FunnelBar({
  rows,
  before,
  left,
}: {
  readonly rows: number;
  readonly before: number;
  readonly left: number;
}) {
  const share = (count: number) => (rows === 0 ? 0 : count / rows);
  const dropped = before - left;
  const told = dropped === 0 ? "" : `; ${formatShare(share(dropped))} dropped here`;
  return (
    <svg class="bar" role="img" aria-label={`${formatShare(share(left))} of the rows left${told}`}>
      <rect class="track" width="100%" y="7" height="10" />
      <rect class="rate" width={percent(share(left))} y="7" height="10" />
      <rect class="dropped" x={percent(share(left))} width={percent(share(dropped))} y="7" height="10" />
    </svg>
  );
}
