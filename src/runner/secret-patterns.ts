/** A stretch of text that looks like a secret. */
export interface SecretMatch {
  readonly offset: number;
  readonly length: number;
}

/** Finds what is written like a known kind of key, token or private key. Linear in the text. */
export function matchSecrets(text: string): SecretMatch[] {
  return [...text.matchAll(KNOWN)].map((match) => ({ offset: match.index, length: match[0].length }));
}

/** Replaces what looks like a secret by as many asterisks, so that columns stay where they are. */
export function maskSecrets(text: string): string {
  return text
    .replace(KNOWN, (secret) => mask(secret))
    .replace(NAMED, (whole, before: string, value: string) =>
      looksRandom(value) ? before + mask(value) : whole,
    );
}

/** Asterisks in place of a text, line breaks kept. */
export function mask(text: string): string {
  return text.replace(/[^\r\n]/g, "*");
}

/** True for keys under which only a secret can stand: `api_key`, `accessToken`, `client_secret`, `password`. */
export function namesSecret(key: string): boolean {
  return /(?:api_?-?key|access_?-?key|token|secret|password|passwd)$/i.test(key);
}

/** True for a text without order: no words, paths, templates or names of environment variables. */
export function looksRandom(text: string): boolean {
  if (text.length < 16 || text.length > 4096 || !/^[\w+/=.~-]+$/.test(text)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text)).length;
  return kinds >= 2 && /\d/.test(text) && entropyBits(text) >= 3;
}

/** Shannon entropy of the characters, bits each. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const KNOWN = new RegExp(
  [
    // OpenAI and those that follow it; a digit tells a key from a name with hyphens.
    String.raw`(?<![\w-])sk-(?=[\w-]{0,200}\d)[\w-]{20,}`,
    String.raw`(?<!\w)[sr]k_live_[A-Za-z0-9]{16,}`,
    String.raw`(?<!\w)gh[pousr]_[A-Za-z0-9]{30,}`,
    String.raw`(?<!\w)github_pat_\w{30,}`,
    String.raw`(?<!\w)glpat-[\w-]{20,}`,
    String.raw`(?<!\w)(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)`,
    String.raw`(?<!\w)xox[abeprs]-[A-Za-z0-9-]{10,}`,
    String.raw`(?<!\w)AIza[\w-]{30,}`,
    String.raw`(?<!\w)hf_[A-Za-z0-9]{30,}`,
    String.raw`(?<!\w)eyJ[\w-]{10,}\.eyJ[\w-]{10,}`,
    String.raw`(?<=\bBearer[ \t]{1,8})(?=[\w.~+/-]{0,200}\d)[\w.~+/-]{20,}`,
    String.raw`-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:(?:(?!-----BEGIN)[\s\S]){0,8000}?-----END [A-Z ]{0,40}PRIVATE KEY-----)?`,
  ].join("|"),
  "g",
);

/** A key that names a secret, with its value on the same line. */
const NAMED =
  /((?<![\w-])[\w-]{0,60}(?:api_?-?key|access_?-?key|token|secret|password|passwd)["']?[ \t]{0,8}:[ \t]{1,8}["']?)([\w+/=.~-]{16,4096})/gi;
