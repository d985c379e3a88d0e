import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { renderPage } from "../../src/report/html/render-page.ts";
import { shownText } from "../../src/report/html/shown-text.ts";
import { makeReport } from "./made-report.ts";

const assets = { script: "draw()", style: "body{}" };

test("equal inputs give equal bytes, whatever the order in which objects were filled", () => {
  const page = renderPage(makeReport(20), assets);
  expect(renderPage(makeReport(20), assets)).toBe(page);
  expect(page).not.toMatch(/\b20\d\d-\d\d-\d\d\b/);
});

test("the policy allows what is ours by its digest and nothing else", () => {
  const page = renderPage(makeReport(1), assets);
  const policy = page.match(/Content-Security-Policy" content="([^"]*)"/)![1]!;
  expect(policy.split("; ")).toEqual([
    "default-src 'none'",
    `script-src 'sha256-${hash("sha256", "draw()", "base64")}'`,
    `style-src 'sha256-${hash("sha256", "body{}", "base64")}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
  expect(page.indexOf("Content-Security-Policy")).toBeLessThan(page.indexOf("<style>"));
});

test("no text can end the block of data that it lies in", () => {
  const report = makeReport(1);
  const hostile = "</script><!--<script>]]>\u2028\u2029&<";
  const page = renderPage({ ...report, results: { ...report.results, name: hostile } }, assets);
  const blocks = [...page.matchAll(/<script type="application\/json" id="[^"]*">(.*)<\/script>\n/g)];
  expect(blocks).toHaveLength(3);
  for (const [, json] of blocks) expect(json).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(blocks[0]![1]!).results.name).toBe("</script><!--<script>]]>\\u2028\\u2029&<");
  expect(page).toContain(
    "<title>&#60;/script&#62;&#60;!--&#60;script&#62;]]&#62;\\u2028\\u2029&#38;&#60; · distill</title>",
  );
});

test("a script that would end its own element is refused", () => {
  expect(() => renderPage(makeReport(0), { ...assets, script: 'x = "</SCRIPT>"' })).toThrow("closing tag");
  expect(() => renderPage(makeReport(0), { ...assets, style: "a{}</style>" })).toThrow("closing tag");
});

test.each([
  ["lines\nand\ttabs stay", "lines\nand\ttabs stay"],
  ["marks that turn \u202ethe writing", "marks that turn \\u202ethe writing"],
  ["an escape \u001b[31m", "an escape \\x1b[31m"],
  ["half a pair \ud83d here", "half a pair \\ud83d here"],
  ["Windows\r\nlines", "Windows\nlines"],
  [`a key sk-${"a1".repeat(12)} in a prompt`, `a key ${"*".repeat(27)} in a prompt`],
  ["naïve café 👩‍👩‍👧 नमस्ते", "naïve café 👩‍👩‍👧 नमस्ते"],
])("%j is shown as %j", (text, shown) => {
  expect(shownText(text)).toBe(shown);
});
