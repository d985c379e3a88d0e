import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Exam } from "../../report/results.ts";
import { formatCount, formatCounted } from "../../steps/format.ts";
import type { OpenSet } from "../open-page.ts";
import { Section } from "../section.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { type CellFilter, filterItems, type ItemFilter, placeCell } from "./filter-items.ts";
import { ItemDialog } from "./item-dialog.tsx";
import { ItemGrid } from "./item-grid.tsx";
import { useSearch } from "./use-search.ts";

/** Every item of every evaluation with what the models made of it: searched, filtered, opened. */
export function Items(props: {
  readonly sets: readonly OpenSet[];
  readonly exams: readonly Exam[];
  /** The cell of a confusion matrix whose items are asked for. */
  readonly cell: CellFilter | undefined;
  readonly onCell: (cell: CellFilter | undefined) => void;
}) {
  const { sets, exams, cell, onCell } = props;
  const [chosen, setChosen] = useState(() =>
    Math.max(
      0,
      sets.findIndex(({ step }) => exams[0]?.from.includes(step)),
    ),
  );
  const [filter, setFilter] = useState<ItemFilter>(noFilter);
  const [query, setQuery] = useState("");
  const [opened, setOpened] = useState<number | undefined>(undefined);
  const [active, setActive] = useState(0);
  const grid = useRef<HTMLDivElement>(null);
  const placed = useMemo(() => (cell === undefined ? undefined : placeCell(sets, cell)), [sets, cell]);
  useLayoutEffect(() => {
    if (placed === undefined) return;
    setChosen(placed.set);
    setFilter({ ...noFilter, grader: placed.grader, cell: placed.cell });
    setQuery("");
    grid.current?.focus({ preventScroll: true });
  }, [placed]);

  const set = sets[chosen];
  const filtered = useMemo(() => (set === undefined ? [] : filterItems(set, filter)), [set, filter]);
  const { found, searched } = useSearch(set, filtered, query);
  // Another choice of items begins at its top.
  useEffect(() => setActive(0), [set, filter, query]);
  if (set === undefined) return null;

  const change = (next: ItemFilter) => {
    if (next.cell === undefined) onCell(undefined);
    setFilter(next);
  };
  const choose = (next: number) => {
    setChosen(next);
    change(noFilter);
  };
  const close = () => {
    setOpened(undefined);
    grid.current?.focus({ preventScroll: true });
  };
  const places = found ?? filtered;
  const open = opened === undefined ? undefined : places[opened];
  return (
    <Section title="Items">
      <FilterBar
        sets={sets}
        chosen={chosen}
        onChoose={choose}
        filter={filter}
        onFilter={change}
        query={query}
        onQuery={setQuery}
      />
      <p class="count" role="status">
        {formatCount(places.length)} of {formatCounted(set.count, "item")}
        {searched !== undefined && searched < filtered.length && `, ${formatCount(searched)} searched`}
        {set.count < set.total &&
          `; the first ${formatCount(set.count)} of ${formatCount(set.total)} are in this page`}
      </p>
      <ItemGrid
        set={set}
        grader={filter.grader}
        places={places}
        active={Math.min(active, places.length - 1)}
        onActive={setActive}
        onOpen={setOpened}
        grid={grid}
      />
      {open !== undefined && (
        <ItemDialog
          set={set}
          at={open}
          position={opened!}
          count={places.length}
          onMove={(to) => {
            setOpened(to);
            setActive(to);
          }}
          onClose={close}
        />
      )}
    </Section>
  );
}

const noFilter: ItemFilter = { grader: 0, outcome: { type: "all" }, slices: new Map() };
