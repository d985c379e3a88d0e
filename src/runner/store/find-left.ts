import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "./database.ts";
import { textFinder } from "./erased-texts.ts";
import { fileFinder } from "./file-finder.ts";

/**
 * Where texts are found in a store: everything that its database holds, and every file below its folder.
 *
 * @returns names of places, such as `objects/ab/cdef…` or `completion 3f9c2a…`
 */
export async function findLeft(database: Database, texts: ReadonlySet<string>): Promise<readonly string[]> {
  if (texts.size === 0) return [];
  const holds = textFinder(texts);
  const inValues = [...findInDatabase(database, holds)];
  const inFiles: string[] = [];
  const fileHolds = fileFinder(texts);
  for await (const name of filesBelow(database.directory))
    if (await fileHolds(join(database.directory, name))) inFiles.push(name);
  // That its file holds what its values hold goes without saying.
  return [
    ...inValues,
    ...inFiles.filter((name) => inValues.length === 0 || !name.startsWith("store.sqlite")),
  ];
}

function* findInDatabase(database: Database, holds: (bytes: Buffer) => boolean): Generator<string> {
  const tables = database.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
  );
  for (const { name } of tables) {
    let place = 0;
    for (;;) {
      const rows = database.all<{ [column: string]: unknown; place_: number }>(
        `SELECT rowid AS place_, * FROM ${name} WHERE rowid > ? ORDER BY rowid LIMIT ${PAGE}`,
        place,
      );
      for (const { place_, ...row } of rows) {
        place = place_;
        const values = Object.values(row).filter((value) => typeof value === "string");
        if (values.some((value) => holds(Buffer.from(value)))) yield placeOf(name, row);
      }
      if (rows.length < PAGE) break;
    }
  }
}

const PAGE = 100;

function placeOf(table: string, row: { readonly [column: string]: unknown }): string {
  const name = row.key ?? row.id ?? row.answer ?? row.path;
  return `${singular[table] ?? table} ${String(name).slice(0, 12)}`;
}

const singular: { readonly [table: string]: string } = {
  answers: "completion",
  manifests: "step",
  tags: "metadata of completion",
  job_requests: "request under way",
  jobs: "batch",
  runs: "run",
  notes: "note",
};

/** Names of all files, without those of replays: each is a store of its own. */
async function* filesBelow(directory: string): AsyncGenerator<string> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const name = join(entry.parentPath, entry.name).slice(directory.length + 1);
    if (entry.isFile() && !/^replays[\\/]/.test(name)) yield name;
  }
}
