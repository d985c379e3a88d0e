import { useLayoutEffect, useRef } from "preact/hooks";
import type { PageAnswer, PageGrade } from "../../report/html/page-data.ts";
import { formatCount } from "../../steps/format.ts";
import { Mark } from "../mark.tsx";
import type { OpenSet } from "../open-page.ts";
import { spaceJson } from "./space-json.ts";

/** One item: what was asked, and every model's answer beside the others'. */
export function ItemDialog(props: {
  readonly set: OpenSet;
  /** The item's place in the set. */
  readonly at: number;
  /** Its place among the items that are shown. */
  readonly position: number;
  readonly count: number;
  readonly onMove: (position: number) => void;
  readonly onClose: () => void;
}) {
  const { set, at, position, count, onMove, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current!.showModal(), []);
  const body = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => body.current!.scrollTo(0, 0), [at]);
  const { id, group, prompt, metadata, answers } = set.item(at);
  const move = (by: number) => {
    if (position + by >= 0 && position + by < count) onMove(position + by);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowLeft") move(-1);
    else if (event.key === "ArrowRight") move(1);
    else return;
    event.preventDefault();
  };
  const facts = [
    ...(group === undefined ? [] : [["group", group] as const]),
    ...set.slices.flatMap(({ name, values, of }) => (of[at]! < 0 ? [] : [[name, values[of[at]!]!] as const])),
    ...metadata.map(([name, text]) => [name, set.text(text)] as const),
  ];
  return (
    <dialog ref={dialog} class="item" aria-labelledby="item-title" onClose={onClose} onKeyDown={onKeyDown}>
      <header>
        <h2 id="item-title">{id}</h2>
        <span class="soft">
          {formatCount(position + 1)} of {formatCount(count)}
        </span>
        <button
          class="button"
          type="button"
          disabled={position === 0}
          onClick={() => move(-1)}
          aria-label="previous item"
        >
          ←
        </button>
        <button
          class="button"
          type="button"
          disabled={position === count - 1}
          onClick={() => move(1)}
          aria-label="next item"
        >
          →
        </button>
        <button class="button" type="button" onClick={() => dialog.current!.close()} aria-label="close">
          ×
        </button>
      </header>
      <div class="body" ref={body}>
        <h3>Prompt</h3>
        {prompt.length === 0 && (
          <p class="note">The rows of this evaluation are not in the store any more.</p>
        )}
        {prompt.map(([role, text]) => (
          <Message role={role} text={set.text(text)} folded={set.common.includes(text as number)} />
        ))}
        {facts.length > 0 && (
          <dl class="facts">
            {facts.map(([name, value]) => (
              <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
        <h3>Answers</h3>
        <div class="answers">
          {set.models.map((name, model) => (
            <section class="arm" aria-label={name}>
              <h4>{name}</h4>
              {answers
                .filter((answer) => answer.model === model)
                .map((answer) => (
                  <Answer set={set} answer={answer} />
                ))}
            </section>
          ))}
        </div>
      </div>
    </dialog>
  );
}

/** A message; one that all items have in common is folded up. */
function Message(props: { readonly role: string; readonly text: string; readonly folded: boolean }) {
  const { role, text, folded } = props;
  return (
    <details class="message" open={!folded}>
      <summary>
        {role}
        {folded && <span class="soft"> · the same for every item</span>}
      </summary>
      <pre>{text}</pre>
    </details>
  );
}

function Answer({ set, answer }: { readonly set: OpenSet; readonly answer: PageAnswer }) {
  const { sample, text, finish, by, grades } = answer;
  const notes = [
    ...(sample > 0 ? [`sample ${sample + 1}`] : []),
    ...(by === undefined ? [] : [by === "first" ? "answered by the first model" : "asked the fallback"]),
    ...(finish === undefined ? [] : [`ended by ${finish}`]),
  ];
  const told = set.text(text);
  return (
    <article class="answer">
      {grades.map((grade, grader) =>
        grade === null ? null : <Grade set={set} name={set.graders[grader]!} grade={grade} />,
      )}
      {notes.length > 0 && <p class="soft small">{notes.join(" · ")}</p>}
      {told === "" ? <p class="soft">no text</p> : <pre>{spaceJson(told)}</pre>}
    </article>
  );
}

function Grade({
  set,
  name,
  grade,
}: {
  readonly set: OpenSet;
  readonly name: string;
  readonly grade: PageGrade;
}) {
  const [passed, score, given, expected, invalid] = grade;
  const labels = [
    ...(given < 0 ? [] : [set.labels[given]]),
    ...(expected < 0 || expected === given ? [] : [`expected ${set.labels[expected]}`]),
    ...(score === passed ? [] : [`score ${Number(score.toFixed(4))}`]),
  ];
  return (
    <div class="grade">
      <Mark outcome={passed === 1 ? "pass" : invalid === undefined ? "fail" : "undecided"} />
      <span>
        <b>{name}</b> {labels.join(", ")}
        {invalid !== undefined && <span class="note"> could not be judged: {set.text(invalid)}</span>}
      </span>
    </div>
  );
}
