import { hash } from "node:crypto";
import type { HtmlReport } from "./data.ts";
import { encodeItems } from "./encode-items.ts";
import type { PageData } from "./page-data.ts";
import { shownText, shownTexts } from "./shown-text.ts";

/** What the page runs and looks like. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/**
 * The whole report as one page that asks for nothing from anywhere. Equal inputs give equal bytes. Whatever came
 * from files or services lies in it as JSON that no browser runs, and the policy lets only our own script run.
 */
export function renderPage({ results, items }: HtmlReport, { script, style }: PageAssets): string {
  const { sets, chunks, texts } = encodeItems(items);
  const data: PageData = { results: shownTexts(results), sets };
  return [
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(script, style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${escapeHtml(shownText(results.name))} · distill</title>
<style>${uncut(style, "style")}</style>
</head>
<body>
<div id="page"></div>
<noscript>This page draws itself with a script of its own. The report beside the spec says the same without one.</noscript>`,
    embed("report", data),
    embed("texts", texts),
    ...chunks.flatMap((own, set) => own.map((chunk, at) => embed(`items-${set}-${at}`, chunk))),
    `<script>${uncut(script, "script")}</script>
</body>
</html>
`,
  ].join("\n");
}

function policyOf(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src '${digestOf(script)}'`,
    `style-src '${digestOf(style)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    // No text ever becomes markup or script, and were there a place where it could, the browser refuses.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

function digestOf(text: string): string {
  return `sha256-${hash("sha256", text, "base64")}`;
}

/** A value as a block of data: nothing in it can end the block, and no parser of scripts reads a line's end in it. */
function embed(id: string, value: unknown): string {
  const json = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `<script type="application/json" id="${id}">${json}</script>`;
}

/** Our own text as it is, since its digest is in the policy. @throws Error where the page would end it early */
function uncut(text: string, tag: "script" | "style"): string {
  if (new RegExp(`</${tag}|<!--`, "i").test(text)) throw new Error(`the page's ${tag} holds a closing tag`);
  return text;
}

function escapeHtml(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
