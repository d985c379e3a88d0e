/** A part of a report. */
export interface Section {
  readonly text: string;
  /** What it is called where it must be left out; without a name it never is. */
  readonly name?: string;
}

/** What a comment on GitHub holds. */
const maxLength = 65_536;

/** Joins the sections that have a text; where all of them are too long, the longest are left out, and that is said. */
export function fitSections(sections: readonly Section[]): string {
  const there = sections.filter(({ text }) => text !== "");
  const left = new Set<Section>();
  for (;;) {
    const text = join(there, left);
    const [longest] = there
      .filter((section) => section.name !== undefined && !left.has(section))
      .sort((a, b) => b.text.length - a.text.length);
    if (text.length <= maxLength || longest === undefined) return text;
    left.add(longest);
  }
}

function join(sections: readonly Section[], left: ReadonlySet<Section>): string {
  const kept = sections.filter((section) => !left.has(section)).map(({ text }) => text);
  const names = sections.flatMap((section) => (left.has(section) ? section.name! : []));
  const note = `Left out, so that a comment can hold this: ${[...new Set(names)].join(", ")}.`;
  return `${[...kept, ...(left.size === 0 ? [] : [note])].join("\n\n")}\n`;
}
