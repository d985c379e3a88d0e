import { expect, test } from "vitest";
import { readDocument } from "../../src/runner/document.ts";
import { formatDiagnostics } from "../../src/runner/format-diagnostic.ts";
import { diagnose } from "../../src/runner/place.ts";
import { findSecrets } from "../../src/runner/secrets.ts";

/** Put together here, so that no scanner takes this file's inventions for the real thing. */
const body = "aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1cD3eF5";
const secrets = {
  openai: `sk-${body}`,
  project: `sk-proj-${body}_x-y`,
  github: `ghp_${body}`,
  finegrained: `github_pat_${body}`,
  aws: `AKIA${"Z3X9".repeat(4)}`,
  slack: `xoxb-${"1234567890"}-${body}`,
  google: `AIza${body}`,
  huggingface: `hf_${body}`,
  gitlab: `glpat-${body}`,
  jwt: `eyJ${body}.eyJ${body}.${body}`,
};

function find(text: string) {
  const { document } = readDocument({ text, file: "spec.yaml" });
  return findSecrets(document!);
}

test("a secret is reported at its place and never shown", () => {
  const text = `providers:
  a: { type: openai, api_key: ${secrets.project} }
  b: { headers: { Authorization: "Bearer ${body}" } }
  c: |
    -----BEGIN RSA PRIVATE KEY-----
    ${body}
    -----END RSA PRIVATE KEY-----
# ${secrets.github}
`;
  const found = find(text);
  const drawn = formatDiagnostics(found, { color: false });
  expect(JSON.stringify(found)).not.toContain(body.slice(0, 8));
  expect(drawn).toMatchInlineSnapshot(`
    "spec.yaml:2:31 error: this looks like a secret
        2 |   a: { type: openai, api_key: ************************************************ }
          |                               ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
          |                name an environment variable: api_key_env: OPENAI_API_KEY

    spec.yaml:3:42 error: this looks like a secret
        3 |   b: { headers: { Authorization: "Bearer ************************************" } }
          |                                          ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
          |                name an environment variable: api_key_env: OPENAI_API_KEY

    spec.yaml:5:5 error: this looks like a secret
        5 |     *******************************
          |     ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ name an environment variable:
          |                                     api_key_env: OPENAI_API_KEY

    spec.yaml:8:3 error: this looks like a secret
        8 | # ****************************************
          |   ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ name an environment variable:
          |                                            api_key_env: OPENAI_API_KEY"
  `);
});

test.each(Object.entries(secrets))(
  "a literal of the kind %s is a secret in a value, a key and a comment",
  (_, secret) => {
    expect(find(`a: ${secret}\n`)).toHaveLength(1);
    expect(find(`a: { ${secret}: 1 }\n`)).toHaveLength(1);
    expect(find(`a: 1 # ${secret}\n`)).toHaveLength(1);
    expect(find(`a: "say ${secret}!"\n`)).toHaveLength(1);
    expect(find(`a: >-\n  say ${secret}\n  again\n`)).toHaveLength(1);
  },
);

test("escapes and variables do not hide a secret", () => {
  expect(find(`a: "\\x73k-${body}"\n`)).toHaveLength(1);
  expect(find(`vars: { half: sk-aB3dE5 }\na: \${vars.half}${body}\n`)).toHaveLength(1);
});

test("a random literal under a key that names a secret is one", () => {
  for (const key of ["api_key", "apiKey", "OPENAI_API_KEY", "access_token", "client_secret", "password"]) {
    expect(find(`a: { ${key}: Zx9Qw8Er7Ty6Ui5Op4 }\n`)).toHaveLength(1);
  }
});

test("names, templates, digests and words are no secrets", () => {
  const text = `a: { api_key_env: OPENAI_API_KEY, token: "{{ item.token }}", password: changeme, secret: the-secret-santa-model }
vars: { t: x }
b: { token: "\${vars.t}", max_completion_tokens: 1234567890123456, digest: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 }
c: [task-classification-with-many-labels-2, sk-learn-classifier-for-routing, risk-2026-11-30-abcdefghijkl]
d: "Bearer of bad news, a longish sentence without a token"
`;
  expect(find(text)).toEqual([]);
});

test("an alias to a secret is reported once", () => {
  expect(find(`a: &s ${secrets.openai}\nb: [*s, *s]\n`)).toHaveLength(1);
});

test("other diagnostics on the line of a secret do not show it either", () => {
  const text = `p: { api_key: ${secrets.openai}, p: { password: Zx9Qw8Er7Ty6Ui5Op4 }, q: 1, q: 2 }\n`;
  const { document, diagnostics } = readDocument({ text, file: "spec.yaml" });
  const fault = diagnose(document!, { pointer: "/p", message: `no provider is called "${secrets.openai}"` });
  const all = [...diagnostics, fault];
  expect(all).toHaveLength(2);
  for (const shown of [JSON.stringify(all), formatDiagnostics(all, { color: false })]) {
    expect(shown).not.toContain(body.slice(0, 8));
    expect(shown).not.toContain("Zx9Qw8");
  }
});
