import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { escapeMarkdown as shippedEscape } from "../../src/report/markdown.ts";
import { printable } from "../../src/runner/sanitize.ts";
import { startFakeGitHub } from "../support/fake-github.ts";
import { committed, openCiProject } from "./ci-project.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { readCommands } from "./read-log.ts";
import { root, runAction } from "./run-action.ts";

const { logLine, escapeMarkdown, code, codeBlock, defuseMarkdown } =
  await load<{
    readonly [name in "logLine" | "escapeMarkdown" | "code" | "codeBlock" | "defuseMarkdown"]: (
      text: string,
    ) => string;
  }>("foreign.mjs");
const { openLog } = await load<{
  openLog(options: { readonly write: (text: string) => unknown; readonly isGitHub: boolean }): {
    line(text: string): void;
    fail(text: string): void;
    group(title: string, text: string): void;
    annotate(annotations: readonly object[]): void;
  };
}>("log.mjs");

const everyText = hostileTexts.map((text) => [text] as const);

describe.each([true, false])("a log (of GitHub: %s)", (isGitHub) => {
  test.each(everyText)("obeys nothing of %j", (text) => {
    let written = "";
    const log = openLog({ write: (part) => (written += part), isGitHub });
    log.line(text);
    log.fail(text);
    log.group(text, text);
    log.annotate([{ severity: "error", file: text, line: 1, title: text, message: text }]);
    expectPlain(written);
    const commands = readCommands(written);
    expect(commands.map(({ name }) => name)).toEqual(
      isGitHub ? ["error", "group", "stop-commands", "endgroup", "error"] : [],
    );
    if (!isGitHub) return;
    // The runner reads back what was meant, on one line.
    const meant = logLine(text);
    expect(commands[4]!.data).toBe(meant);
    expect(commands[4]!.properties).toEqual({ file: meant, line: "1", title: meant });
  });
});

describe("Markdown", () => {
  test.each(everyText)("says only what is in %j", (text) => {
    for (const drawn of [escapeMarkdown(text), code(text), codeBlock(text)]) expectPlain(drawn);
    expect(escapeMarkdown(text)).not.toMatch(/(?<!\\)<(?!!-- -->)[a-z/!?]/i);
    expect(escapeMarkdown(text)).not.toMatch(/@\w|#\d|https?:|www\./);
    expect(escapeMarkdown(text)).not.toContain("\n");
    // Code ends where it is meant to end: no run of backticks inside is as long as the fence.
    const [, fence, inside] = /^(`+)(.*)\1$/s.exec(code(text))!;
    expect(inside!.match(/`+/g) ?? []).not.toContain(fence);
    const [, blockFence, block] = /^(`{3,})text\n(.*)\n\1$/s.exec(codeBlock(text))!;
    expect(block!.match(/`+/g) ?? []).not.toContain(blockFence);
  });

  test.each(everyText)("that distill drew is shown without what hides or notifies in %j", (text) => {
    const drawn = defuseMarkdown(`before ${text}\n${text}\n\nafter`);
    expectPlain(drawn.replaceAll("@\u200b", "").replaceAll("<\u200b", ""));
    expect(drawn).not.toMatch(/(?<![a-z0-9])@\w/i);
    expect(drawn.match(/<[a-z/!?][^>]*>?/gi) ?? []).toEqual(
      (drawn.match(/<\/?(?:details|summary)>/g) ?? []) as string[],
    );
  });

  test("that distill draws itself stays as it is", () => {
    const drawn = [
      "### distill: router ✅ PASS",
      "",
      "| a | b |\n|---|--:|\n| `x <= 3` | 97.2 % (95.5 … 98.2) |",
      "",
      "<details><summary>Rows</summary>\n\n31 items, user@example.com, @<!-- -->mallory<br>\n\n</details>",
      "",
      "```text\n  sure\t>= 0.6 → >= 0.7\n```",
      "👩‍💻 naïve Ω 漢字",
    ].join("\n");
    expect(defuseMarkdown(drawn)).toBe(drawn);
  });
});

test("texts are made harmless as distill itself does it", () => {
  for (const text of hostileTexts) {
    const oneLine = text.replaceAll(/[\r\n]+/g, " ");
    for (const line of [oneLine, `x${oneLine}`]) expect(logLine(line)).toBe(printable(line));
    if (!/##\w|\s{2}|teamcity/.test(oneLine)) expect(escapeMarkdown(oneLine)).toBe(shippedEscape(oneLine));
  }
});

test("a hostile branch gets none of it through: not into commands, outputs, summary or comment", async () => {
  const evil = hostileTexts.join("\n");
  const project = openCiProject({
    ...committed,
    "a\n::add-mask::a.yaml": committed["router.yaml"],
    "a\n::add-mask::a.lock": committed["router.lock"],
    "--help; touch pwned.yaml": committed["router.yaml"],
    "--help; touch pwned.lock": committed["router.lock"],
    "@everyone <!-- x.yaml": committed["router.yaml"],
    "@everyone <!-- x.lock": committed["router.lock"],
  });
  const each = (severity: string) =>
    hostileTexts.map((text) => ({
      severity,
      message: text,
      file: text,
      range: { line: 1, column: 1, endLine: 1, endColumn: 2 },
      hint: text,
    }));
  project.answer({
    "validate --json": {
      json: { valid: true, diagnostics: [...each("error"), ...each("warning")] },
      stderr: evil,
    },
    "plan --json": {
      json: { steps: hostileTexts.map((id) => ({ id, action: "run", reason: id })) },
      stderr: evil,
    },
    plan: { stdout: evil, stderr: evil },
    "verify --json": {
      code: 1,
      json: {
        ok: false,
        verdict: evil,
        faults: hostileTexts.map((text) => ({ file: text, line: 1, message: text })),
      },
      stderr: evil,
    },
    "diff --markdown": {
      stdout: `### distill: router ✅ PASS\n\n${evil}\n\n<details>\n${evil}`,
      stderr: evil,
    },
    "store pull": { code: 1, stderr: evil },
    "run --json --frozen": { code: 5, stdout: evil, stderr: evil },
  });
  project.write("shared/index", "");
  const github = await startFakeGitHub({ repository: "acme/router", pullRequest: 7, token: "ghs_token" });
  onTestFinished(() => github.close());
  const run = await runAction({
    folder: project.folder,
    event: { ...project.event(), title: evil, number: 7 },
    apiUrl: github.url,
    token: "ghs_token",
    inputs: { store: "shared" },
    env: { GITHUB_HEAD_REF: evil.replaceAll("\0", ""), GITHUB_REF_NAME: "a\n::add-mask::a" },
  });
  expect(run.code).toBe(5);
  expectPlain(run.log);
  expect([...new Set(run.commands.map(({ name }) => name))].sort()).toEqual([
    "endgroup",
    "error",
    "group",
    "stop-commands",
    "warning",
  ]);
  // Of each of four specs: ten faults and as many warnings at the most.
  expect(run.commands.filter(({ name }) => name === "error")).toHaveLength(40);
  expect(run.outputs.verdict).toBe("none");
  expect(run.leaked).toBe("");
  expect(project.git("status", "--porcelain")).toBe("?? shared/");

  const [comment, ...more] = github.comments;
  expect(more).toEqual([]);
  expect(comment!.body.startsWith("<!-- distill:review -->\n")).toBe(true);
  expect(comment!.body.length).toBeLessThanOrEqual(65_536);
  for (const drawn of [comment!.body.split("\n").slice(1).join("\n"), run.summary]) {
    expectPlain(drawn.replaceAll("@\u200b", "").replaceAll("<\u200b", ""));
    expect(outsideCode(drawn).match(/(?<![a-z0-9])@\w/gi)).toBeNull();
    expect(outsideCode(drawn).match(/(?<!\\)<(?!\/?(?:details|summary)>|!-- -->)[a-z/!?]/gi)).toBeNull();
    expect(drawn.match(/<details[ >]/g)?.length ?? 0).toBeLessThanOrEqual(
      drawn.match(/<\/details>/g)?.length ?? 0,
    );
  }
  // What was checked here is said after all of it, outside of any fold.
  expect(comment!.body).toContain("**Checked here:** `router.yaml`");
});

/** Nothing but visible characters, line ends and the joiners that scripts and emoji need. */
function expectPlain(text: string): void {
  expect(text.match(/(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu)).toBeNull();
}

/** Markdown without its blocks and spans of code, where nothing is drawn or notifies. */
function outsideCode(markdown: string): string {
  return markdown
    .replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, "")
    .split("\n")
    .map((line) => line.replace(/(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)/g, ""))
    .join("\n");
}

/** A module of the script; it is JavaScript without a build, so its types are said here. */
async function load<T>(file: string): Promise<T> {
  return (await import(pathToFileURL(join(root, "ci", file)).href)) as T;
}
