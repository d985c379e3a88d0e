import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeFileDurably } from "../../src/runner/write-file.ts";

test("a file is replaced whole, and never through a link that lies where it is prepared", () => {
  const folder = mkdtempSync(join(tmpdir(), "distill-write-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "router.lock");
  const victim = join(folder, "victim");
  writeFileSync(victim, "mine");
  symlinkSync(victim, `${path}.${process.pid}.tmp`);
  writeFileDurably(path, "new");
  expect(readFileSync(path, "utf8")).toBe("new");
  expect(readFileSync(victim, "utf8")).toBe("mine");
  expect(readdirSync(folder).sort()).toEqual(["router.lock", "victim"]);
});
