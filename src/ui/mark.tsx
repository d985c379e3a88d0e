/** What came of something. */
export type Outcome = "pass" | "fail" | "undecided" | "none";

/** An outcome as a mark that needs no colour, with its word for those who hear the page. */
export function Mark({ outcome, word }: { readonly outcome: Outcome; readonly word?: string }) {
  return (
    <span class={`mark ${outcome}`}>
      <span aria-hidden="true">{marks[outcome]}</span>
      <span class="unseen">{word ?? words[outcome]}</span>
    </span>
  );
}

const marks = { pass: "✓", fail: "✗", undecided: "?", none: "–" } as const;
const words = { pass: "passed", fail: "not passed", undecided: "undecided", none: "no answer" } as const;
