// biome-ignore-all lint/a11y/useSemanticElements: a table cannot leave out the rows that are out of sight.
import type { ComponentChildren } from "preact";
import type { OutcomeLetter } from "../../report/html/page-data.ts";
import { Mark, type Outcome } from "../mark.tsx";
import type { OpenSet } from "../open-page.ts";
import { outcomeAt } from "./filter-items.ts";

/** One item in the grid: what it is, and what became of it with every model. */
export function ItemRow(props: {
  readonly set: OpenSet;
  readonly grader: number;
  readonly at: number;
  readonly labelled: boolean;
  readonly position: number;
  readonly isActive: boolean;
  readonly top: number;
  readonly onOpen: () => void;
}) {
  const { set, grader, at, labelled, position, isActive, top, onOpen } = props;
  const item = set.item(at);
  const expected = set.labels[set.expected[grader]![at]!];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid hears the keys for all its rows.
    <div
      role="row"
      id={`row-${position}`}
      class={`row ${isActive ? "active" : ""}`}
      aria-rowindex={position + 2}
      aria-selected={isActive}
      tabIndex={-1}
      style={{ transform: `translateY(${top}px)` }}
      onClick={onOpen}
    >
      <Cell kind="id">{item.id}</Cell>
      {labelled && <Cell kind="expected">{expected ?? "–"}</Cell>}
      <Cell kind="prompt">{excerptOf(set, at)}</Cell>
      {set.models.map((name, model) => (
        <Cell kind="outcome">
          <Mark outcome={outcomes[outcomeAt(set, { grader, model, at })]} />
          <span class="given">{wrongLabel(set, { grader, model, at })}</span>
          <span class="model">{name}</span>
        </Cell>
      ))}
    </div>
  );
}

function Cell({ kind, children }: { readonly kind: string; readonly children: ComponentChildren }) {
  return (
    <span role="gridcell" tabIndex={-1} class={kind}>
      {children}
    </span>
  );
}

const outcomes: { readonly [Letter in OutcomeLetter]: Outcome } = {
  p: "pass",
  f: "fail",
  i: "undecided",
  "-": "none",
};

/** The beginning of what is an item's own in its prompt, in one line. */
function excerptOf(set: OpenSet, at: number): string {
  const last = set.item(at).prompt.at(-1);
  if (last === undefined) return "";
  return set
    .text(last[1])
    .slice(set.lead, set.lead + 200)
    .replace(/\s+/g, " ");
}

/** What a model answered, where that is not what was expected. */
function wrongLabel(
  set: OpenSet,
  { grader, model, at }: { readonly grader: number; readonly model: number; readonly at: number },
): string {
  const given = set.given[grader]![model]![at]!;
  const first = typeof given === "number" ? given : (given[0] ?? -1);
  return first === set.expected[grader]![at] ? "" : (set.labels[first] ?? "");
}
