/** A piece of a text in quotes for a message: on one line, and cut where it is long. */
export function quoteText(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return `"${line.length > 40 ? `${line.slice(0, 39)}…` : line}"`;
}
