import type { Diagnostic } from "../diagnostic.ts";
import type { Lines, Span } from "./lines.ts";

/** A fault of the text by offsets. */
export interface Fault {
  /** Absent where the fault is the file's as a whole. */
  readonly span?: Span;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Collects the faults of one file. */
export interface Faults {
  /** Keeps a fault; the same one at the same place (seen again through an alias) only once. */
  report(fault: Fault): void;
  /** True where further faults are dropped, so that work on them is wasted. */
  isFull(): boolean;
  /** A fault as a diagnostic, without keeping it. */
  draw(fault: Fault): Diagnostic;
  /** The 1-based line of an offset. */
  lineOf(offset: number): number;
  /** The line around an offset, secrets masked. */
  lineAt(offset: number): string;
  /** All that was kept, in the order of the text. */
  diagnostics(): readonly Diagnostic[];
}

/** Thrown where going on would take too long; the fault is all there is to say of the file. */
export class Limit extends Error {
  /** What to report. */
  readonly fault: Fault;

  /** @param fault What to report. */
  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** An empty collection of faults for a file. */
export function createFaults(file: string, lines: Lines): Faults {
  const kept = new Map<string, Fault>();
  const draw = ({ span, message, hint }: Fault): Diagnostic => {
    const range = span === undefined ? undefined : lines.rangeOf(span);
    const source = range === undefined ? undefined : lines.sourceOf(range);
    return {
      severity: "error",
      message,
      file,
      ...(range === undefined ? {} : { range }),
      ...(source === undefined ? {} : { source }),
      ...(hint === undefined ? {} : { hint }),
    };
  };
  return {
    report(fault) {
      // A hundred faults are more than anybody reads; a hostile text has a hundred thousand.
      const id = `${fault.span?.[0]} ${fault.message}`;
      if (kept.size < MAX_FAULTS && !kept.has(id)) kept.set(id, fault);
    },
    isFull: () => kept.size >= MAX_FAULTS,
    draw,
    lineOf: (offset) => lines.rangeOf([offset, offset]).line,
    lineAt: (offset) => lines.sourceOf(lines.rangeOf([offset, offset])) ?? "",
    diagnostics: () => [...kept.values()].sort((a, b) => (a.span?.[0] ?? -1) - (b.span?.[0] ?? -1)).map(draw),
  };
}

const MAX_FAULTS = 100;
