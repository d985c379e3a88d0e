import { describeCascades } from "../report/describe.ts";
import type { Results } from "../report/results.ts";
import { keepFigures } from "./keep-figures.ts";
import { Mark, type Outcome } from "./mark.tsx";

/** The verdict with every gate's sentence: what a reader must know in five seconds. */
export function Verdict({ results }: { readonly results: Results }) {
  const { name, verdict, exams } = results;
  const outcome: Outcome = verdict ?? "none";
  return (
    <header class="verdict">
      <p class="over">distill · {name}</p>
      <h1 class={outcome}>
        <Mark outcome={outcome} word="" />
        {titles[outcome]}
      </h1>
      <ul class="gates">
        {exams
          .flatMap(({ gates }) => gates)
          .map((gate) => (
            <li>
              <Mark outcome={gate.outcome} word={`${gate.outcome}:`} />
              <span>{keepFigures(gate.text)}</span>
            </li>
          ))}
      </ul>
      {exams.flatMap(describeCascades).map((sentence) => (
        <p class="soft">{keepFigures(sentence)}</p>
      ))}
    </header>
  );
}

const titles = { pass: "Pass", fail: "Fail", undecided: "Undecided", none: "No verdict" } as const;
