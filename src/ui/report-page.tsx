import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Cascade } from "./cascade.tsx";
import { Comparison } from "./comparison.tsx";
import { Confusion, hasConfusion } from "./confusion.tsx";
import { Differences, hasDifferences } from "./differences.tsx";
import type { CellFilter } from "./items/filter-items.ts";
import { Items } from "./items/items.tsx";
import { Looks } from "./looks.tsx";
import type { Page } from "./open-page.ts";
import { Record } from "./record.tsx";
import { Selection } from "./selection.tsx";
import { Slices } from "./slices.tsx";
import { Verdict } from "./verdict.tsx";

interface Part {
  /** Where the list of contents leads. */
  readonly id: string;
  readonly title: string;
  readonly sections: readonly ComponentChildren[];
}

/** The whole page, verdict first. */
export function ReportPage({ page: { results, sets } }: { readonly page: Page }) {
  const [cell, setCell] = useState<CellFilter | undefined>(undefined);
  const showCell = (next: CellFilter) => {
    setCell(next);
    document.getElementById("items")?.scrollIntoView();
  };
  const { exams, selections, cascades, looks } = results;
  const all: readonly Part[] = [
    { id: "comparison", title: "Comparison", sections: exams.map((exam) => <Comparison exam={exam} />) },
    {
      id: "differences",
      title: "Differences",
      sections: exams.filter(hasDifferences).map((exam) => <Differences exam={exam} />),
    },
    {
      id: "selection",
      title: "Selection",
      sections: selections.map((selection) => <Selection selection={selection} />),
    },
    {
      id: "confusion",
      title: "Who is taken for what",
      sections: exams
        .filter(hasConfusion)
        .map((exam) => <Confusion exam={exam} onCell={sets.length > 0 ? showCell : undefined} />),
    },
    {
      id: "cascade",
      title: "Cascade",
      sections: cascades.map((cascade) => <Cascade cascade={cascade} exams={exams} />),
    },
    {
      id: "slices",
      title: "Slices",
      sections: exams.flatMap((exam) => exam.slices.map((slice) => <Slices exam={exam} slice={slice} />)),
    },
    { id: "looks", title: "Looks", sections: looks.length > 0 ? [<Looks looks={looks} />] : [] },
    { id: "record", title: "What ran", sections: [<Record results={results} />] },
    {
      id: "items",
      title: "Items",
      sections: sets.length > 0 ? [<Items sets={sets} exams={exams} cell={cell} onCell={setCell} />] : [],
    },
  ];
  const parts = all.filter(({ sections }) => sections.length > 0);
  return (
    <>
      <a class="skip" href="#items">
        Skip to the items
      </a>
      <Verdict results={results} />
      <nav aria-label="Contents">
        {parts.map(({ id, title }) => (
          <a href={`#${id}`}>{title}</a>
        ))}
      </nav>
      <main>
        {parts.map(({ id, sections }) => (
          <div id={id}>{sections}</div>
        ))}
      </main>
    </>
  );
}
