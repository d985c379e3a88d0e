/** A sentence that is never broken within a figure: `p = 0.081`, `−1.1 … +6.7`, `41 %`. */
export function keepFigures(text: string): string {
  return text.replace(/ (?=[=<…] )|(?<=[=<…]) (?=[\d+−])|(?<=\d) (?=%)/g, "\u00a0");
}
