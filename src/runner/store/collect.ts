import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Collected, Keep } from "../store.ts";
import type { Answers } from "./answers.ts";
import type { Asked } from "./asked.ts";
import type { Database } from "./database.ts";
import { keptByRuns } from "./kept-by-runs.ts";
import type { Manifests } from "./manifests.ts";
import type { Objects } from "./objects.ts";
import type { Runs } from "./runs.ts";
import { asUnavailable } from "./unavailable.ts";

interface Everything {
  readonly database: Database;
  readonly manifests: Manifests;
  readonly asked: Asked;
  readonly answers: Answers;
  readonly runs: Runs;
  readonly objects: Objects;
}

/**
 * Removes steps and contents that neither a lock nor the newest runs need, and what was set aside; answers
 * only where that is wanted. Steps go before their contents, so that an end in between leaves no step without them.
 * Nobody else may work in the store meanwhile.
 */
export function collectGarbage(everything: Everything, keep: Keep): Collected {
  const { database, objects } = everything;
  // What is found to be damaged on the way is told first, and goes the next time.
  const began = Date.now();
  const steps = sortSteps(everything, keep);
  const all = [...objects.all()];
  const contents = all.filter((digest) => !steps.contents.has(digest));
  const answers = keep.dropAnswers && steps.unlinked === 0 ? sortAnswers(everything, keep, steps) : [];
  const damaged = countDamaged(database, began);
  const counts = {
    steps: { removed: steps.unkept.length, kept: steps.kept.size },
    files: { removed: contents.length, kept: all.length - contents.length },
    answers: { removed: answers.length, kept: everything.answers.sealed.count() - answers.length },
    damaged: damaged.count,
    bytes:
      sum([...steps.unkept, ...answers].map(({ bytes }) => bytes)) +
      sum(contents.map(objects.sizeOf)) +
      damaged.bytes,
    unlinked: keep.dropAnswers ? steps.unlinked : 0,
  };
  if (keep.dryRun) return counts;
  database.write(() => {
    for (const { key } of steps.unkept) {
      database.run("DELETE FROM manifests WHERE key = ?", key);
      database.run("DELETE FROM asked WHERE step = ?", key);
    }
    for (const { key } of answers) {
      database.run("DELETE FROM tags WHERE answer = (SELECT seq FROM answers WHERE key = ?)", key);
      database.run("DELETE FROM answers WHERE key = ?", key);
    }
    database.run("DELETE FROM damaged WHERE found < ?", began);
  });
  for (const digest of contents) objects.remove(digest);
  removeDamaged(database.directory);
  // SQLite keeps the room of what was deleted for itself.
  if (answers.length > 0) database.run("VACUUM");
  return counts;
}

interface Removable {
  readonly key: string;
  readonly bytes: number;
}

interface SortedSteps {
  readonly kept: ReadonlySet<string>;
  readonly unkept: readonly Removable[];
  /** Contents that stay. */
  readonly contents: ReadonlySet<string>;
  /** When what goes on began. */
  readonly since: number;
  readonly unlinked: number;
}

function sortSteps({ manifests, asked, runs }: Everything, { named }: Keep): SortedSteps {
  const byRuns = keptByRuns(runs);
  const kept = new Set<string>();
  const unkept: Removable[] = [];
  const contents = new Set(named);
  let unlinked = 0;
  for (const manifest of manifests.sealed.checkAll()) {
    if (manifest === undefined) continue;
    const { key } = manifest;
    const link = asked.sealed.read(key);
    if (!named.has(key) && !byRuns.steps.has(key) && (link?.since ?? 0) < byRuns.since) {
      unkept.push({ key, bytes: JSON.stringify(manifest).length });
      continue;
    }
    kept.add(key);
    if (link === undefined) unlinked += 1;
    for (const { digest } of Object.values(manifest.outputs)) contents.add(digest);
  }
  return { kept, unkept, contents, since: byRuns.since, unlinked };
}

/** Answers that may go: no step that stays asked for them, no lock names them, and no step that goes on bought them. */
function sortAnswers(
  { asked, answers }: Everything,
  { named }: Keep,
  steps: SortedSteps,
): readonly Removable[] {
  const kept = new Set<string>();
  for (const key of steps.kept) for (const answer of asked.sealed.read(key)?.answers ?? []) kept.add(answer);
  const removable: Removable[] = [];
  for (const answer of answers.sealed.checkAll())
    if (
      answer !== undefined &&
      !kept.has(answer.key) &&
      !named.has(answer.key) &&
      answer.created < steps.since
    )
      removable.push({ key: answer.key, bytes: JSON.stringify(answer).length });
  return removable;
}

function countDamaged(
  database: Database,
  before: number,
): { readonly count: number; readonly bytes: number } {
  const rows = database.get<{ n: number; bytes: number | null }>(
    "SELECT count(*) AS n, sum(length(value)) AS bytes FROM damaged WHERE found < ?",
    before,
  );
  const files = damagedFiles(database.directory).map((path) => lstatSync(path).size);
  return { count: (rows?.n ?? 0) + files.length, bytes: (rows?.bytes ?? 0) + sum(files) };
}

function damagedFiles(directory: string): readonly string[] {
  const folder = join(directory, "damaged");
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder).map((name) => join(folder, name));
}

function removeDamaged(directory: string): void {
  try {
    for (const path of damagedFiles(directory)) rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw asUnavailable(error, directory);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
