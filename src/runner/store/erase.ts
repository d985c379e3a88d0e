import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Jobs } from "../batch/job.ts";
import type { Erased, ErasedFile, ErasedMark, EraseWish, Tombstone } from "../erasure.ts";
import { readJsonLines } from "../read-rows.ts";
import type { Manifest } from "../store.ts";
import type { Answers } from "./answers.ts";
import { findCompletions } from "./completions.ts";
import type { Database } from "./database.ts";
import { sentencesOf, stringsIn, textFinder } from "./erased-texts.ts";
import { fileFinder } from "./file-finder.ts";
import { findLeft } from "./find-left.ts";
import { findMeant, type Meant } from "./find-meant.ts";
import type { Manifests } from "./manifests.ts";
import type { Notes } from "./notes.ts";
import type { Objects } from "./objects.ts";
import type { Runs } from "./runs.ts";
import { namesOfSteps } from "./step-names.ts";
import type { TagTable } from "./tags.ts";
import type { Tombstones } from "./tombstones.ts";
import { asUnavailable } from "./unavailable.ts";

interface Everything {
  readonly database: Database;
  readonly manifests: Manifests;
  readonly answers: Answers;
  readonly tags: TagTable;
  readonly jobs: Jobs;
  readonly runs: Runs;
  readonly notes: Notes;
  readonly objects: Objects;
  readonly tombstones: Tombstones;
}

/**
 * Removes what is meant from every place of the store, so that no byte of it is left in any of its files, and puts up
 * tombstones. Contents are never rewritten: one that holds something of it goes as a whole, with the steps that made
 * it. Nobody else may work in the store meanwhile.
 */
export async function eraseMeant(everything: Everything, wish: EraseWish): Promise<Erased> {
  const { database, objects, notes } = everything;
  if (!wish.dryRun) removeContents(everything);
  const steps = namesOfSteps(everything.runs);
  const meant = await findMeant(
    {
      completions: () => findCompletions(everything, {}),
      manifests: () => allManifests(everything),
      specsOf: (key) => [...new Set(steps.get(key)?.map(({ spec }) => spec))],
      async *lines(digest) {
        const path = await objects.open(digest);
        if (path !== undefined) for await (const { value } of readJsonLines(path, digest)) yield value;
      },
    },
    wish,
  );
  const files = wish.through ? await findFiles(everything, meant) : meant.files;
  const gone = wish.through
    ? [...allManifests(everything)].filter((manifest) => isGone(manifest, files, meant))
    : [];
  const requests = findRequests(everything, meant);
  const damaged = countDamaged(database);
  const names = (key: string) => (steps.get(key) ?? []).map(({ spec, step }) => `${step} of ${spec}`);
  const erased: Erased = {
    answers: [...meant.answers],
    files: [...files.values()],
    steps: gone.map(({ key, step }) => ({ key, names: orElse(names(key), `a step of type ${step}`) })),
    trained: wish.through ? findTrained(everything, files, names) : [],
    requests: requests.length,
    damaged,
    uncleared: notes.recall(...DUE) !== undefined,
    left: [],
    items: meant.items,
    texts: meant.texts,
  };
  if (wish.dryRun) return erased;
  if (isNothing(erased)) return erased.uncleared ? { ...erased, uncleared: !clearAll(everything) } : erased;

  const put = (what: Tombstone["what"], id: string, mark?: ErasedMark) =>
    everything.tombstones.put({ id, what, erased: Date.now(), reason: wish.reason, ...(mark && { mark }) });
  const marks = new Map(
    [...meant.answers].flatMap((key) => {
      const answer = everything.answers.read(key);
      return answer === undefined ? [] : [[key, everything.tombstones.mark(answer)] as const];
    }),
  );
  // What is deleted is overwritten, and not only forgotten.
  database.run("PRAGMA secure_delete = ON");
  database.write(() => {
    for (const key of meant.answers) {
      database.run("DELETE FROM tags WHERE answer = (SELECT seq FROM answers WHERE key = ?)", key);
      database.run("DELETE FROM answers WHERE key = ?", key);
      put("answer", key, marks.get(key));
    }
    for (const { key } of gone) {
      database.run("DELETE FROM manifests WHERE key = ?", key);
      database.run("DELETE FROM asked WHERE step = ?", key);
      put("step", key);
    }
    for (const digest of files.keys()) put("file", digest);
    for (const { job, key } of requests) everything.jobs.drop(job, [key]);
    removeNotes(database, meant.texts);
    database.run("DELETE FROM damaged");
    // Until all is cleared: also by the next one, where this one is killed.
    notes.remember(...DUE, true);
  });
  const uncleared = !clearAll(everything);
  // Completions alone: what was made of them holds their texts, and stays.
  const isLeft = wish.through && !uncleared;
  return {
    ...erased,
    uncleared,
    left: isLeft ? await findLeft(database, sentencesOf(meant.texts)) : [],
  };
}

/** What is remembered while something is still to be cleared. */
const DUE = ["erase", "uncleared"] as const;

/** Removes the bytes of what has a tombstone; false where another process reads the database, so that some stay. */
function clearAll(everything: Everything): boolean {
  const { database } = everything;
  removeContents(everything);
  removeDamaged(database.directory);
  if (!clearPages(database)) return false;
  database.run("DELETE FROM notes WHERE topic = ? AND key = ?", ...DUE);
  return true;
}

/** Contents that have a tombstone, also of an erasure that was ended half-way. */
function removeContents({ objects, tombstones }: Everything): void {
  for (const tombstone of tombstones.sealed.checkAll())
    if (tombstone?.what === "file") objects.remove(tombstone.id);
}

function removeDamaged(directory: string): void {
  try {
    rmSync(join(directory, "damaged"), { recursive: true, force: true });
  } catch (error) {
    throw asUnavailable(error, directory);
  }
}

/** Has SQLite write its file anew, and empties its log; false where another process reads what both were. */
function clearPages(database: Database): boolean {
  database.run("VACUUM");
  return database.get<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)")?.busy === 0;
}

function* allManifests({ manifests }: Everything): Generator<Manifest> {
  for (const manifest of manifests.sealed.checkAll()) if (manifest !== undefined) yield manifest;
}

/** Rows and results that hold something of it, what a program made of these, and whatever else has its texts. */
async function findFiles(
  everything: Everything,
  { files, texts }: Meant,
): Promise<ReadonlyMap<string, ErasedFile>> {
  const all = new Map(files);
  const holdsText = fileFinder(texts);
  const holdsSentence = fileFinder(sentencesOf(texts));
  for (let before = -1; before < all.size; ) {
    before = all.size;
    for (const { ingredients, outputs, step } of allManifests(everything)) {
      const madeFrom = step === "command" && namesOne(ingredients, all);
      for (const { digest, kind } of Object.values(outputs)) {
        if (all.has(digest)) continue;
        // Rows of others may well have a label that only this one has as a whole text.
        const holds = kind === "rows" || kind === "results" ? holdsSentence : holdsText;
        const path = madeFrom ? undefined : await everything.objects.open(digest);
        if (madeFrom || (path !== undefined && (await holds(path))))
          all.set(digest, { digest, kind, rows: 0 });
      }
    }
  }
  return all;
}

function isGone(manifest: Manifest, files: ReadonlyMap<string, ErasedFile>, { texts }: Meant): boolean {
  return Object.values(manifest.outputs).some(({ digest }) => files.has(digest)) || holdsOne(manifest, texts);
}

function holdsOne(value: unknown, texts: ReadonlySet<string>): boolean {
  for (const text of stringsIn(value)) if (texts.has(text)) return true;
  return false;
}

/** True where the ingredients of a step name one of these contents. */
function namesOne(ingredients: Manifest["ingredients"], files: ReadonlyMap<string, unknown>): boolean {
  for (const text of stringsIn(ingredients)) if (files.has(text)) return true;
  return false;
}

function findTrained(
  everything: Everything,
  files: ReadonlyMap<string, ErasedFile>,
  names: (key: string) => readonly string[],
): Erased["trained"] {
  return [...allManifests(everything)].flatMap(({ key, step, ingredients, outputs }) => {
    const models = Object.values(outputs).filter(({ kind }) => kind === "model");
    if (models.length === 0 || models.some(({ digest }) => files.has(digest))) return [];
    const learnt = new Set(stringsIn(ingredients));
    const rows = [...files.values()]
      .filter(({ digest, kind }) => kind === "rows" && learnt.has(digest))
      .reduce((sum, file) => sum + file.rows, 0);
    return rows === 0 ? [] : [{ names: orElse(names(key), `a model of a step of type ${step}`), rows }];
  });
}

interface HeldRequest {
  readonly job: string;
  readonly key: string;
}

/** Requests of batches under way that are about what is meant. */
function findRequests({ jobs }: Everything, { answers, texts }: Meant): readonly HeldRequest[] {
  return jobs
    .open()
    .flatMap(({ id }) =>
      [...jobs.requests(id)]
        .filter(({ key, request }) => answers.has(key) || holdsOne(request, texts))
        .map(({ key }) => ({ job: id, key })),
    );
}

function removeNotes(database: Database, texts: ReadonlySet<string>): void {
  const holdsText = textFinder(texts);
  for (const { place, key, value } of database.all<{ place: number; key: string; value: string | null }>(
    "SELECT rowid AS place, key, value FROM notes",
  ))
    if (holdsText(Buffer.from(`${key} ${value ?? ""}`)))
      database.run("DELETE FROM notes WHERE rowid = ?", place);
}

function countDamaged(database: Database): number {
  const rows = database.get<{ n: number }>("SELECT count(*) AS n FROM damaged")?.n ?? 0;
  const folder = join(database.directory, "damaged");
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    ? rows + readdirSync(folder).length
    : rows;
}

function isNothing({ answers, files, steps, requests }: Erased): boolean {
  return answers.length + files.length + steps.length + requests === 0;
}

function orElse(names: readonly string[], other: string): readonly string[] {
  return names.length === 0 ? [other] : names;
}
