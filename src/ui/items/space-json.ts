/** JSON in one line as lines that a narrow column can hold: only space between its parts is added; all else stays. */
export function spaceJson(text: string): string {
  if (!isObjectOrArray(text) || text.includes("\n")) return text;
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return text.replace(parts, (part) => {
    if (part.startsWith('"') || part === "{}" || part === "[]") return part;
    if (part === ",") return `,${line()}`;
    if (part === ":") return ": ";
    if (part === "{" || part === "[") {
      depth++;
      return part + line();
    }
    if (part === "}" || part === "]") {
      depth--;
      return line() + part;
    }
    return "";
  });
}

/** Strings, empty brackets, signs, and the space between them. */
const parts = /"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]|\s+/g;

function isObjectOrArray(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
