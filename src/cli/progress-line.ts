/** A line on a terminal that tells how far something is; nothing elsewhere. */
export interface ProgressLine {
  show(text: string): void;
  clear(): void;
}

/** Opens the line on standard error; it changes ten times a second at most. */
export function openProgressLine(wanted: boolean): ProgressLine {
  const { stderr } = process;
  let shown = 0;
  return {
    show(text) {
      if (!wanted || !stderr.isTTY || performance.now() - shown < 100) return;
      shown = performance.now();
      stderr.write(`\r${text}\x1b[K`);
    },
    clear() {
      if (shown > 0) stderr.write("\r\x1b[K");
      shown = 0;
    },
  };
}
