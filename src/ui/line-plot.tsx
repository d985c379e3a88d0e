import { formatShare } from "../steps/format.ts";

/** A line of a plot; y is a share. */
export interface PlotLine {
  readonly name: string;
  /** What it is drawn like: each has a colour and a dash of its own. */
  readonly tone: "kept" | "lost" | "random" | "oracle";
  /** In the order of x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Lines over a common x. */
export function LinePlot(props: {
  readonly title: string;
  /** What the lines say, in words and figures. */
  readonly told: string;
  readonly x: { readonly label: string; readonly format: (value: number) => string };
  /** The largest share that is drawn. */
  readonly most: number;
  readonly least?: number;
  readonly lines: readonly PlotLine[];
  readonly marker?: { readonly x: number; readonly label: string } | undefined;
  readonly rule?: { readonly y: number; readonly label: string } | undefined;
}) {
  const { title, told, x, most, least = 0, lines, marker, rule } = props;
  const xs = lines.flatMap(({ points }) => points.map(([at]) => at));
  const [from, to] = [Math.min(...xs), Math.max(...xs)];
  const top = niceTop(most);
  // In a box of 100 by 100 that is stretched to its place.
  const across = (at: number) => (to === from ? 50 : round((100 * (at - from)) / (to - from)));
  const up = (share: number) => round(100 - (100 * (share - least)) / (top - least));
  // The label of the marker stands where the lines are not.
  const [ascent] = lines;
  const rises = ascent !== undefined && ascent.points.at(-1)![1] > ascent.points[0]![1];
  const digits = top - least < 0.1 ? 1 : 0;
  return (
    <figure class="plot" role="img" aria-label={`${title}: ${told}.`}>
      <figcaption aria-hidden="true">{title}</figcaption>
      <div class="area" aria-hidden="true">
        <div class="ticks">
          {[top, (top + least) / 2, least].map((tick) => (
            <span>{formatShare(tick, digits)}</span>
          ))}
        </div>
        <div class="canvas">
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            {[0, 50, 100].map((y) => (
              <line class="grid-line" x1="0" x2="100" y1={y} y2={y} />
            ))}
            {rule && <line class="rule" x1="0" x2="100" y1={up(rule.y)} y2={up(rule.y)} />}
            {marker && <line class="marker" x1={across(marker.x)} x2={across(marker.x)} y1="0" y2="100" />}
            {lines.map(({ tone, points }) => (
              <polyline
                class={tone}
                points={points.map(([at, share]) => `${across(at)},${up(share)}`).join(" ")}
              />
            ))}
          </svg>
          {marker && (
            <span
              class={`tag ${across(marker.x) > 60 ? "before" : ""} ${rises ? "low" : ""}`}
              style={{ left: `${across(marker.x)}%` }}
            >
              {marker.label}
            </span>
          )}
          {rule && (
            <span class="tag rule-tag" style={{ top: `${up(rule.y)}%` }}>
              {rule.label}
            </span>
          )}
        </div>
        <div class="ticks across">
          <span>{x.format(from)}</span>
          <span class="soft">{x.label}</span>
          <span>{x.format(to)}</span>
        </div>
      </div>
      {lines.length > 1 && (
        <p class="key" aria-hidden="true">
          {lines.map(({ name, tone }) => (
            <span>
              <svg class="swatch" aria-hidden="true">
                <line class={tone} x1="0" x2="100%" y1="50%" y2="50%" />
              </svg>
              {name}
            </span>
          ))}
        </p>
      )}
    </figure>
  );
}

function niceTop(most: number): number {
  return [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8].find((top) => most <= top) ?? 1;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
