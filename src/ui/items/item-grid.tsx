// biome-ignore-all lint/a11y/useSemanticElements: a table cannot leave out the rows that are out of sight.
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { OpenSet } from "../open-page.ts";
import { ItemRow } from "./item-row.tsx";

/** The items as rows, of which only those in sight are in the document. */
export function ItemGrid(props: {
  readonly set: OpenSet;
  readonly grader: number;
  /** The items that are shown, as places in the set. */
  readonly places: readonly number[];
  /** Which of them the keyboard is at. */
  readonly active: number;
  readonly onActive: (position: number) => void;
  readonly onOpen: (position: number) => void;
  readonly grid: RefObject<HTMLDivElement | null>;
}) {
  const { set, grader, places, active, onActive, onOpen, grid } = props;
  const rowHeight = useRowHeight();
  const [view, setView] = useState({ top: 0, height: 0 });
  const measure = () => {
    const { scrollTop, clientHeight } = grid.current!;
    setView({ top: scrollTop, height: clientHeight });
  };
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(grid.current!);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const box = grid.current!;
    const top = active * rowHeight;
    const end = top + rowHeight + headHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (end > box.scrollTop + box.clientHeight) box.scrollTop = end - box.clientHeight;
    // Not only when the browser tells of the scrolling, a frame later: the active row must be in the document.
    measure();
  }, [active, rowHeight, places]);

  const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - spare);
  const last = Math.min(places.length, Math.ceil((view.top + view.height) / rowHeight) + spare);
  const labelled = set.expected[grader]!.some((label) => label >= 0);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = targetOf(event.key, { active, page, last: places.length - 1 });
    if (to !== undefined) onActive(Math.max(0, Math.min(places.length - 1, to)));
    else if (event.key === "Enter" && places.length > 0) onOpen(active);
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={grid}
      class={`items ${labelled ? "labelled" : ""}`}
      role="grid"
      tabIndex={0}
      aria-label="Items: arrow keys move, Enter opens"
      aria-rowcount={places.length + 1}
      aria-activedescendant={places.length > 0 ? `row-${active}` : undefined}
      style={{ "--models": set.models.length }}
      onScroll={measure}
      onKeyDown={onKeyDown}
    >
      <div role="row" class="row head" aria-rowindex={1} tabIndex={-1}>
        <Head name="id" />
        {labelled && <Head name="expected" />}
        <Head name="prompt" />
        {set.models.map((model) => (
          <Head name={model} />
        ))}
      </div>
      <div role="rowgroup" class="rows" style={{ height: `${places.length * rowHeight}px` }}>
        {places.slice(first, last).map((at, index) => (
          <ItemRow
            key={at}
            set={set}
            grader={grader}
            at={at}
            labelled={labelled}
            position={first + index}
            isActive={first + index === active}
            top={(first + index) * rowHeight}
            onOpen={() => {
              onActive(first + index);
              onOpen(first + index);
            }}
          />
        ))}
      </div>
      {places.length === 0 && <p class="nothing">No item is like that.</p>}
    </div>
  );
}

/** Rows beyond either end of the view, so that scrolling shows no gap. */
const spare = 6;

/** Of the head of the grid, in pixels, as in report.css. */
const headHeight = 36;

function Head({ name }: { readonly name: string }) {
  return (
    <span role="columnheader" tabIndex={-1} title={name}>
      {name}
    </span>
  );
}

function targetOf(
  key: string,
  { active, page, last }: { readonly active: number; readonly page: number; readonly last: number },
): number | undefined {
  switch (key) {
    case "ArrowDown":
      return active + 1;
    case "ArrowUp":
      return active - 1;
    case "PageDown":
      return active + page;
    case "PageUp":
      return active - page;
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}

/** Heights of a row in pixels, as in report.css: on a narrow screen its cells stand below each other. */
function useRowHeight(): number {
  const [isNarrow, setNarrow] = useState(narrow.matches);
  useEffect(() => {
    const change = () => setNarrow(narrow.matches);
    narrow.addEventListener("change", change);
    return () => narrow.removeEventListener("change", change);
  }, []);
  return isNarrow ? 92 : 40;
}

const narrow = matchMedia("(max-width: 720px)");
