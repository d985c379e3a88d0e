import { describe, expect, test } from "vitest";
import { type CliRig, cliRig } from "../support/cli-rig.ts";
import { type Edit, edited, goodFiles } from "../support/spec-folder.ts";

const project = (...edits: readonly Edit[]): CliRig =>
  cliRig({ ...goodFiles, ".git/HEAD": "", "distill.yaml": edited(edits) });

const cases: Readonly<Record<string, readonly [edits: readonly Edit[], errors: number]>> = {
  "a misspelt key and a file that is not there": [
    [
      ["seed: 7", "sead: 7"],
      ["data/pool.jsonl", "data/pol.jsonl"],
    ],
    2,
  ],
  "a ring": [[["rows: pool", "rows: select"]], 1],
  "a template that is not closed": [[["{{ item.text }}", "{{#if item.text}}"]], 1],
  "a secret": [
    [['base_url: "http://127.0.0.1:8000/v1"', `identity: sk-proj-${"aB3dE5gH7jK9".repeat(3)}`]],
    1,
  ],
  "YAML that cannot be read": [[["    uses: filter", "\tuses: filter"]], 1],
};

describe("distill run on a malformed spec", () => {
  for (const [title, [edits, errors]] of Object.entries(cases))
    test(`${title}: exit 2, all on standard error, no stack, nothing run`, async () => {
      const rig = project(...edits);
      const { code, stdout, stderr } = await rig.distill(["run"]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(
        new RegExp(`\\n\\n${errors} ${errors === 1 ? "error" : "errors"}\\. Nothing was run\\.\\n$`),
      );
      expect(stderr.match(/^distill\.yaml:\d+:\d+ error: /gm)).toHaveLength(errors);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(stderr).not.toContain("aB3dE5gH7jK9");
      expect(() => rig.read(".distill/.gitignore")).toThrow("ENOENT");
    });
});

test("validate --json prints all diagnostics as one JSON object, and exits 2", async () => {
  const { code, stdout, stderr } = await project(
    ["rows: capture", "rows: captur"],
    ["{{ item.text }}", "{{ item.txt }}"],
  ).distill(["validate", "--json"]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
  expect(JSON.parse(stdout)).toMatchInlineSnapshot(`
    {
      "diagnostics": [
        {
          "file": "distill.yaml",
          "hint": "did you mean "text"?",
          "message": "the rows of "pool" have no column "txt"",
          "range": {
            "column": 27,
            "endColumn": 30,
            "endLine": 13,
            "line": 13,
          },
          "severity": "error",
          "source": "        content: "{{ item.txt }}"",
        },
        {
          "file": "distill.yaml",
          "hint": "did you mean "capture"?",
          "message": "no step or dataset is called "captur"",
          "range": {
            "column": 11,
            "endColumn": 17,
            "endLine": 35,
            "line": 35,
          },
          "severity": "error",
          "source": "    rows: captur",
        },
      ],
      "valid": false,
    }
  `);
});
