import { expect, test } from "vitest";
import { readDocument } from "../../../src/runner/document.ts";
import { formatDiagnostics } from "../../../src/runner/format-diagnostic.ts";
import { findSecrets } from "../../../src/runner/secrets.ts";
import { startCpuTime } from "../../support/cpu-time.ts";

const MEBIBYTE = 1024 * 1024;

const list = (length: number, item: (index: number) => string) =>
  Array.from({ length }, (_, index) => item(index));
const tenfold = (first: string) =>
  `a0: &a0 ${first}\n${list(30, (n) => `a${n + 1}: &a${n + 1} [${list(10, () => `*a${n}`).join(", ")}]`).join("\n")}\n`;

const cases: Readonly<Record<string, readonly [text: string, message: string]>> = {
  "3,000 brackets": [`a: ${"[".repeat(3000)}`, "nests more than 64"],
  "3,000 braces": [`a: ${"{a: ".repeat(3000)}`, "nests more than 64"],
  "3,000 nested lists": ["- ".repeat(3000), "nests more than 64"],
  "3,000 nested mappings": [list(1400, (n) => `${" ".repeat(n)}k:`).join("\n"), "nests more than 64"],
  "3,000 explicit keys": ["? ".repeat(3000), "nests more than 64"],
  "a chain of aliases": [
    `a0: &a0 [x]\n${list(100, (n) => `a${n + 1}: &a${n + 1} [*a${n}]`).join("\n")}`,
    "nests more than 64",
  ],
  "50,000 keys": [list(50_000, (n) => `k${n}: ${n}`).join("\n"), "too long"],
  "50,000 keys in braces": [`{${list(50_000, (n) => `k${n}: ${n}`).join(", ")}}`, "too long"],
  "a mebibyte of list items": ["- a\n".repeat(MEBIBYTE / 4), "too long"],
  "a mebibyte of anchors": ["&a ".repeat(MEBIBYTE / 3), "too long"],
  "a mebibyte of quotes": ['"'.repeat(MEBIBYTE), "too long"],
  "a mebibyte of documents": ["---\n".repeat(MEBIBYTE / 4), "too long"],
  "aliases that explode": [
    tenfold("[x, x, x, x, x, x, x, x, x, x]"),
    "too large once its aliases are expanded",
  ],
  "aliases of a long text": [
    `${tenfold(`"${"x".repeat(10_000)}"`)}`,
    "too large once its aliases are expanded",
  ],
  "merges that explode": [
    `a0: &a0 { ${list(50, (n) => `k${n}: 1`).join(", ")} }\n${list(1000, (n) => `m${n}: { <<: [*a0, *a0, *a0] }`).join("\n")}\n`,
    "too large once its aliases are expanded",
  ],
  "variables that explode": [
    `vars: { x: "${"x".repeat(10_000)}" }\na: "${"${vars.x}".repeat(10_000)}"\n`,
    "variables make this text too long",
  ],
  "more than a mebibyte": [`a: ${"x".repeat(MEBIBYTE)}`, "larger than 1 MiB"],
};

for (const [title, [text, message]] of Object.entries(cases)) {
  test(`${title}: one diagnostic, within two seconds`, () => {
    const cpuMs = startCpuTime();
    const { document, diagnostics } = readDocument({ text, file: "spec.yaml" });
    formatDiagnostics(diagnostics, { color: false });
    expect(cpuMs()).toBeLessThan(2000);
    expect(document).toBeUndefined();
    expect(diagnostics.map((one) => one.message)).toEqual([expect.stringContaining(message)]);
  });
}

const many: Readonly<Record<string, string>> = {
  "unknown aliases among many anchors": `a: [${list(4000, (n) => `&anchor${n} 1`).join(", ")}]\nb: [${list(4000, (n) => `*anchr${n}`).join(", ")}]\n`,
  "unknown variables in a long text": `a: "${"${vars.x} ".repeat(100_000)}"\n`,
  "an unknown variable in an aliased text": `a: &a "${"${vars.x} ".repeat(100)}"\nb: [${list(5000, () => "*a").join(", ")}]\n`,
  "the same key over and over": `a: {${list(8000, () => "k: 1").join(", ")}}\n`,
  "tags everywhere": list(8000, (n) => `k${n}: !t x`).join("\n"),
  "a key of half a mebibyte": `? ${"k".repeat(MEBIBYTE / 2)}\n: 1\n? ${"k".repeat(MEBIBYTE / 2 - 20)}\n: *x\n`,
  "a line of a mebibyte": `{ ${list(5000, (n) => `k${n % 10}: "${"x".repeat(180)}"`).join(", ")} }\n`,
  "letters under piles of accents": `a: "e${"\u0301".repeat(MEBIBYTE / 3)}"\na: 1\n`,
  "what looks like secrets": `a: "${`sk-${"a1".repeat(12)} `.repeat(30_000)}"\n`,
  "private keys that never end": `a: "${"-----BEGIN PRIVATE KEY-----".repeat(30_000)}"\nb: *c\n`,
};

for (const [title, text] of Object.entries(many)) {
  test(`${title}: at most a hundred diagnostics, within two seconds`, () => {
    const cpuMs = startCpuTime();
    const { document, diagnostics } = readDocument({ text, file: "spec.yaml" });
    const all = [...diagnostics, ...(document === undefined ? [] : findSecrets(document))];
    const drawn = formatDiagnostics(all, { color: false });
    expect(cpuMs()).toBeLessThan(2000);
    expect(all.length).toBeGreaterThan(0);
    expect(all.length).toBeLessThanOrEqual(200);
    for (const line of drawn.split("\n")) expect(line.length).toBeLessThan(700);
  });
}
