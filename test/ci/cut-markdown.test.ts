import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { root } from "./run-action.ts";

interface Part {
  readonly first: string;
  readonly always: string;
  readonly rest: readonly string[];
}

const { fitParts, cutLines, splitSections, closeBlocks } = (await import(
  pathToFileURL(join(root, "ci/cut-markdown.mjs")).href
)) as {
  fitParts(options: {
    readonly parts: readonly Part[];
    readonly limit: number;
    readonly note: string;
  }): string;
  cutLines(options: { readonly text: string; readonly limit: number; readonly note?: string }): string;
  splitSections(text: string): readonly string[];
  closeBlocks(text: string): string;
};

describe("parts that do not fit", () => {
  const part = (name: string): Part => ({
    first: `# ${name}`,
    always: `checked ${name}`,
    rest: ["one", "two", "three"].map((section) => `## ${name} ${section}\n${"x".repeat(80)}`),
  });

  test("stay whole where they do fit", () => {
    expect(fitParts({ parts: [{ ...part("a"), rest: [] }], limit: 100, note: "more" })).toBe(
      "# a\n\nchecked a",
    );
  });

  test("keep what is read first and what was checked, then sections in turn, each whole", () => {
    const text = fitParts({ parts: [part("a"), part("b")], limit: 380, note: "more" });
    expect(text.length).toBeLessThanOrEqual(380);
    expect(text.split("\n").filter((line) => !line.startsWith("x"))).toEqual([
      "# a",
      "",
      "checked a",
      "",
      "## a one",
      "",
      "## a two",
      "",
      "# b",
      "",
      "checked b",
      "",
      "## b one",
      "",
      "more",
    ]);
  });

  test("keep no section behind one that was left out", () => {
    const long = { ...part("a"), rest: [`## long\n${"x".repeat(500)}`, "## short"] };
    expect(fitParts({ parts: [long], limit: 300, note: "more" })).toBe("# a\n\nchecked a\n\nmore");
  });

  test("fit however little room there is", () => {
    const parts = Array.from({ length: 40 }, (_, at) => part(`spec-${at}`));
    for (let limit = 10; limit < 12_000; limit += 97)
      expect(fitParts({ parts, limit, note: "more" }).length).toBeLessThanOrEqual(limit);
  });
});

describe("a text that is cut", () => {
  test("ends with a line and a note, and closes what was open", () => {
    const text = `<details><summary>Plan</summary>\n\n\`\`\`text\n${"a line of it\n".repeat(100)}\`\`\`\n\n</details>`;
    const cut = cutLines({ text, limit: 600, note: "The rest is elsewhere." });
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(600);
    expect(cut).toMatch(/a line of it\n```\n<\/details>\n\nThe rest is elsewhere\.$/);
  });

  test("is measured in bytes", () => {
    const cut = cutLines({ text: "漢字\n".repeat(1000), limit: 2000, note: "…" });
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(2000);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(1700);
  });

  test("keeps nothing of a line that alone is too long", () => {
    expect(cutLines({ text: "x".repeat(5000), limit: 1000, note: "more" })).toBe("\n\nmore");
  });
});

test("sections begin at headings and folds, but not at those in folds and code", () => {
  const sections = [
    "intro",
    "# a\n```\n# code\n```\n~~~~\n# code\n~~~\n~~~~",
    "<details>\n\n## folded\n<details>\n</details>\n\n</details>\ntext",
    "<details open><summary>b</summary>\n</details>",
    "## c\nend",
  ];
  expect(splitSections(sections.join("\n"))).toEqual(sections);
});

test.each([
  ["nothing", "a\nb", "a\nb"],
  ["a fence", "````js\n```\nx", "````js\n```\nx\n````"],
  ["folds", "<details>\n<details open>\nx", "<details>\n<details open>\nx\n</details>\n</details>"],
  ["no fold that is code", "```\n<details>\n```", "```\n<details>\n```"],
  ["no more than is open", "</details>\n<details>", "</details>\n<details>\n</details>"],
])("%s is closed", (_, text, closed) => {
  expect(closeBlocks(text)).toBe(closed);
});
