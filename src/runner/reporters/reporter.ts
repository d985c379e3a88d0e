import type { RunEvent } from "../event.ts";

/** Draws a run while it goes on. */
export interface Reporter {
  event(event: RunEvent): void;
  /** Tells something that no step said, such as that the run is being stopped. */
  note(message: string): void;
  /** Ends the drawing; only then may anything else be written. Twice is once. */
  close(): Promise<void>;
}

/** What every reporter is opened with. */
export interface ReporterOptions {
  /** Where the drawing goes; a text may hold several lines. */
  readonly write: (text: string) => void;
  /** True where colour may be written; it adds and never carries. */
  readonly color: boolean;
  /** Ids of steps of which only the first line is told, because what they say comes again below. */
  readonly brief?: ReadonlySet<string>;
  /** Milliseconds since any fixed moment; for elapsed seconds and for how often progress is told. */
  readonly now?: () => number;
}
