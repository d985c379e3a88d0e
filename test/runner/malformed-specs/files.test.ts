import { afterAll, describe, expect, test } from "vitest";
import { type Edit, edited, openSpecFolder } from "../../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);
specs.link("data/outside.jsonl", "/etc/hostname");

const diagnose = (...edits: readonly Edit[]) => specs.diagnose(edited(edits));

describe("a file that cannot be used is told at its path", () => {
  test("a literal secret", () => {
    expect(
      diagnose([
        'base_url: "http://127.0.0.1:8000/v1"',
        "api_key: sk-proj-aB3dE5gH7jK9aB3dE5gH7jK9aB3dE5gH7jK9",
      ]),
    ).toMatchInlineSnapshot(`
      "spec.yaml:17:27 error: unknown key "api_key"
         17 |   server: { type: openai, api_key: ******************************************** }
            |                           ~~~~~~~ did you mean "api_key_env"?

      spec.yaml:17:36 error: this looks like a secret
         17 |   server: { type: openai, api_key: ******************************************** }
            |                                    ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
            |                name an environment variable: api_key_env: OPENAI_API_KEY"
    `);
  });

  test("a missing file", () => {
    expect(diagnose(["data/pool.jsonl", "data/pol.jsonl"])).toMatchInlineSnapshot(`
      "spec.yaml:6:17 error: there is no file data/pol.jsonl
          6 |   pool: { path: data/pol.jsonl }
            |                 ~~~~~~~~~~~~~~ did you mean "data/pool.jsonl"?"
    `);
  });

  test("a missing file in a missing folder", () => {
    expect(diagnose(["data/pool.jsonl", "dat/pool.jsonl"])).toMatchInlineSnapshot(`
      "spec.yaml:6:17 error: there is no file dat/pool.jsonl
          6 |   pool: { path: dat/pool.jsonl }
            |                 ~~~~~~~~~~~~~~ did you mean "data/pool.jsonl"?"
    `);
  });

  test("a folder where a file is due", () => {
    expect(diagnose(["path: data/pool.jsonl", "path: data"])).toMatchInlineSnapshot(`
      "spec.yaml:6:17 error: data is a folder, and this takes a file
          6 |   pool: { path: data }
            |                 ~~~~"
    `);
  });

  test("an absolute path", () => {
    expect(diagnose(["data/pool.jsonl", "/etc/passwd"])).toMatchInlineSnapshot(`
      "spec.yaml:6:17 error: "/etc/passwd" is an absolute path
          6 |   pool: { path: /etc/passwd }
            |                 ~~~~~~~~~~~ paths are relative to the spec and stay
            |                             inside the project"
    `);
  });

  test("a path with ..", () => {
    expect(diagnose(["data/pool.jsonl", "../other/pool.jsonl"])).toMatchInlineSnapshot(`
      "spec.yaml:6:17 error: this path leads out of the project
          6 |   pool: { path: ../other/pool.jsonl }
            |                 ~~~~~~~~~~~~~~~~~~~ a spec reads files of its own
            |                                     project only: copy the file in"
    `);
  });

  test("a link that leaves the project", () => {
    expect(diagnose(["data/pool.jsonl", "data/outside.jsonl"])).toMatchInlineSnapshot(`
      "spec.yaml:6:17 error: a link on this path leads out of the project
          6 |   pool: { path: data/outside.jsonl }
            |                 ~~~~~~~~~~~~~~~~~~ a spec reads files of its own project
            |                                    only: copy the file in"
    `);
  });

  test("a missing file of a program", () => {
    expect(diagnose(["files: [tool.js]", "files: [tol.js]"])).toMatchInlineSnapshot(`
      "spec.yaml:58:13 error: there is no file tol.js
         58 |     files: [tol.js]
            |             ~~~~~~ did you mean "tool.js"?"
    `);
  });

  test("an id column that no row has", () => {
    expect(diagnose(["labelled.jsonl, id: id", "labelled.jsonl, id: key"])).toMatchInlineSnapshot(`
      "spec.yaml:7:46 error: the rows of "labelled" have no column "key", by which an item is known
          7 |   labelled: { path: data/labelled.jsonl, id: key }
            |                                              ~~~ name one with id: id, text, team, customer"
    `);
  });
});
