/**
 * A function that writes `[key]` for every secret in a text: as it is, and as URLs, JSON, base64 (at any place of
 * a longer text) and hexadecimal digits spell it. What is shorter than 8 characters, such as `EMPTY`, is no secret.
 */
export function withoutSecrets(secrets: readonly string[]): (text: string) => string {
  const spellings = [...new Set(secrets.filter(({ length }) => length >= 8).flatMap(spell))]
    // The longest first: a spelling may hold a shorter one.
    .sort((a, b) => b.length - a.length);
  if (spellings.length === 0) return (text) => text;
  const pattern = new RegExp(spellings.map(asPattern).join("|"), "gi");
  return (text) => text.replace(pattern, "[key]");
}

function spell(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const inBase64 = [0, 1, 2].map((offset) => base64Within(secret, offset));
  return [
    secret,
    encodeURIComponent(secret),
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    ...inBase64,
    ...inBase64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    Buffer.from(secret).toString("hex"),
  ];
}

/** The base64 digits that are the same whatever stands around a text that begins `offset` bytes after a group of three. */
function base64Within(text: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
  const digits = bytes.toString("base64").replace(/=+$/, "");
  const foreign = Math.ceil((offset * 8) / 6);
  const whole = Math.floor((bytes.length * 8) / 6);
  return digits.slice(foreign, whole);
}

function asPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
