import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readColumns } from "../../src/runner/columns.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "distill-columns-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function columns(...lines: readonly string[]) {
  const path = join(folder, "rows.jsonl");
  writeFileSync(path, lines.join("\n"));
  return readColumns(path);
}

describe("the columns of a file", () => {
  it("are those that any row has, however late", () => {
    const rare = columns(...Array(20_000).fill('{"id":"a","text":"x"}'), '{"id":"b","rare":1}');
    expect([rare.has(["text"]), rare.has(["rare"]), rare.has(["other"])]).toEqual([true, true, false]);
    expect(rare.names(true)).toEqual(["id", "text", "rare"]);
  });

  it("are known by path below objects, and not denied below lists", () => {
    const nested = columns('{"customer":{"plan":"pro"},"tags":[{"name":"a"}]}');
    expect(nested.has(["customer", "plan"])).toBe(true);
    expect(nested.has(["customer", "plam"])).toBe(false);
    expect(nested.has(["tags", "0", "name"])).toBe(true);
  });

  it("pass over lines that are no objects, and take a last line without an end", () => {
    const broken = columns("not json", "[1]", "", '{"last":1}');
    expect(broken.has(["last"])).toBe(true);
  });
});
