import { formatCount } from "../../steps/format.ts";
import type { OpenSet } from "../open-page.ts";
import type { ItemFilter, OutcomeFilter } from "./filter-items.ts";

/** What narrows the items down: a search, and a choice for each thing that they can be told apart by. */
export function FilterBar(props: {
  readonly sets: readonly OpenSet[];
  readonly chosen: number;
  readonly onChoose: (set: number) => void;
  readonly filter: ItemFilter;
  readonly onFilter: (filter: ItemFilter) => void;
  readonly query: string;
  readonly onQuery: (query: string) => void;
}) {
  const { sets, chosen, onChoose, filter, onFilter, query, onQuery } = props;
  const set = sets[chosen]!;
  const { models, graders, labels, slices } = set;
  const outcomes = outcomeChoices(models);
  const expected = [...new Set(set.expected[filter.grader])]
    .filter((label) => label >= 0)
    .sort((a, b) => a - b);
  return (
    <search class="filters">
      <label class="query">
        <span>search</span>
        <input
          type="search"
          value={query}
          placeholder="id, prompt, answer, metadata"
          onInput={(event) => onQuery(event.currentTarget.value)}
        />
      </label>
      <Choice
        label="items of"
        value={chosen}
        options={sets.map(({ step, rows, total }) => `${step}: ${formatCount(total)} ${rows ?? ""}`)}
        onChange={(next) => onChoose(next!)}
      />
      <Choice
        label="grader"
        value={filter.grader}
        options={graders}
        onChange={(grader) => onFilter({ grader: grader!, outcome: { type: "all" }, slices: filter.slices })}
      />
      <Choice
        label="outcome"
        any="all"
        value={outcomes.findIndex(({ outcome }) => sameOutcome(outcome, filter.outcome))}
        options={outcomes.map(({ told }) => told)}
        onChange={(next) =>
          onFilter({ ...filter, outcome: next === undefined ? { type: "all" } : outcomes[next]!.outcome })
        }
      />
      {expected.length > 0 && expected.length <= mostLabels && (
        <Choice
          label="expected"
          any="all labels"
          value={expected.indexOf(filter.expected ?? -1)}
          options={expected.map((label) => labels[label]!)}
          onChange={(next) =>
            onFilter({ ...filter, expected: next === undefined ? undefined : expected[next] })
          }
        />
      )}
      {slices.map(({ name, values }, slice) => (
        <Choice
          label={name}
          any="all"
          value={filter.slices.get(slice) ?? -1}
          options={values}
          onChange={(value) => onFilter({ ...filter, slices: withValue(filter.slices, slice, value) })}
        />
      ))}
      {filter.cell !== undefined && (
        <button type="button" class="button" onClick={() => onFilter({ ...filter, cell: undefined })}>
          {models[filter.cell.model]}: {labels[filter.cell.expected]} taken for{" "}
          {filter.cell.given === undefined ? "none of these" : labels[filter.cell.given]}
          <span aria-hidden="true"> ×</span>
          <span class="unseen">, show all again</span>
        </button>
      )}
    </search>
  );
}

/** More labels than this are texts, and nobody chooses from them. */
const mostLabels = 200;

/** A list to choose from; not shown where there is nothing to choose. */
function Choice(props: {
  readonly label: string;
  /** What choosing nothing is called; without it something is always chosen. */
  readonly any?: string;
  readonly value: number;
  readonly options: readonly string[];
  readonly onChange: (value: number | undefined) => void;
}) {
  const { label, any, value, options, onChange } = props;
  if (options.length + (any === undefined ? 0 : 1) < 2) return null;
  return (
    <label>
      <span>{label}</span>
      <select
        value={String(value)}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.value === "-1" ? undefined : Number(currentTarget.value))
        }
      >
        {any !== undefined && <option value="-1">{any}</option>}
        {options.map((option, at) => (
          <option value={String(at)}>{option}</option>
        ))}
      </select>
    </label>
  );
}

function outcomeChoices(
  models: readonly string[],
): readonly { readonly told: string; readonly outcome: OutcomeFilter }[] {
  return [
    ...models.map((name, model) => ({
      told: `wrong by ${name}`,
      outcome: { type: "wrong", model } as const,
    })),
    ...models.flatMap((one, first) =>
      models.slice(first + 1).map((other, after) => ({
        told: `${one} and ${other} differ`,
        outcome: { type: "differ", models: [first, first + 1 + after] } as const,
      })),
    ),
  ];
}

function sameOutcome(one: OutcomeFilter, other: OutcomeFilter): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function withValue(
  slices: ReadonlyMap<number, number>,
  slice: number,
  value: number | undefined,
): ReadonlyMap<number, number> {
  const next = new Map(slices);
  if (value === undefined) next.delete(slice);
  else next.set(slice, value);
  return next;
}
