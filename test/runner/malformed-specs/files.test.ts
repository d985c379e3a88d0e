import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);
specs.link("data/outside.jsonl", "/etc/hostname");

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("a file that cannot be used is told at its path", () => {
  test("a literal secret", () => {
    expect(diagnose(['base_url: "http://127.0.0.1:8000/v1"', "api_key: sk-proj-aB3dE5gH7jK9aB3dE5gH7jK9aB3dE5gH7jK9"])).toMatchInlineSnapshot();
  });

  test("a missing file", () => {
    expect(diagnose(["data/pool.jsonl", "data/pol.jsonl"])).toMatchInlineSnapshot();
  });

  test("a missing file in a missing folder", () => {
    expect(diagnose(["data/pool.jsonl", "dat/pool.jsonl"])).toMatchInlineSnapshot();
  });

  test("a folder where a file is due", () => {
    expect(diagnose(["path: data/pool.jsonl", "path: data"])).toMatchInlineSnapshot();
  });

  test("an absolute path", () => {
    expect(diagnose(["data/pool.jsonl", "/etc/passwd"])).toMatchInlineSnapshot();
  });

  test("a path with ..", () => {
    expect(diagnose(["data/pool.jsonl", "../other/pool.jsonl"])).toMatchInlineSnapshot();
  });

  test("a link that leaves the project", () => {
    expect(diagnose(["data/pool.jsonl", "data/outside.jsonl"])).toMatchInlineSnapshot();
  });

  test("a missing file of a program", () => {
    expect(diagnose(["files: [tool.js]", "files: [tol.js]"])).toMatchInlineSnapshot();
  });

  test("an id column that no row has", () => {
    expect(diagnose(["labelled.jsonl, id: id", "labelled.jsonl, id: key"])).toMatchInlineSnapshot();
  });
});
