import type { Exam } from "../results.ts";
import { tones } from "./theme.ts";

/** How a point is drawn: shape and filling say what its colour says, so that either is enough. */
export interface PointMark {
  readonly shape: "diamond" | "square" | "circle" | "triangle-up";
  readonly color: string;
  readonly fill: string;
}

/** A model's part in the exam, in brackets where the name does not say it, and its mark. */
export function markOf(
  name: string,
  { teacher, base, candidate }: Pick<Exam, "teacher" | "base" | "candidate">,
): { readonly note: string; readonly mark: PointMark } {
  // One that plays two parts is drawn as the one that is decided about.
  const part =
    name === candidate ? "candidate" : name === teacher ? "teacher" : name === base ? "base" : "other";
  return { note: part === "other" || part === name ? "" : ` (${part})`, mark: marks[part] };
}

/** The marks of models in one plot: of their parts or, where they play none, one after the other. */
export function marksOf(
  names: readonly string[],
  exam: Pick<Exam, "teacher" | "base" | "candidate">,
): ReadonlyMap<string, PointMark> {
  const turns = [marks.candidate, marks.teacher, marks.base, marks.other];
  return new Map(
    names.map((name, at) => {
      const { mark } = markOf(name, exam);
      return [name, mark === marks.other ? turns[at % turns.length]! : mark];
    }),
  );
}

/** The marks of the parts. */
export const marks = {
  candidate: { shape: "circle", color: tones.blue.light, fill: tones.blue.light },
  teacher: { shape: "diamond", color: tones.ink.light, fill: tones.ink.light },
  base: { shape: "square", color: tones.vermilion.light, fill: tones.vermilion.light },
  other: { shape: "circle", color: tones.quiet.light, fill: tones.page.light },
} as const;
