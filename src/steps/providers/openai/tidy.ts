import { withoutSecrets } from "../../../runner/without-secrets.ts";

/** What a server wrote as one short line, without the key and without what moves a cursor. */
export function tidy(text: string, apiKey: string | undefined): string {
  const line = withoutSecrets(apiKey === undefined ? [] : [apiKey])(text)
    .slice(0, 2000)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .replace(/\.$/, "");
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
