import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Damage, Lease, Manifest, Store } from "../store.ts";
import { openAnswers } from "./answers.ts";
import { openAsked } from "./asked.ts";
import { collectGarbage } from "./collect.ts";
import { findCompletions } from "./completions.ts";
import { openDatabase } from "./database.ts";
import { eraseMeant } from "./erase.ts";
import { giveAnswers, takeInAnswers } from "./exchange.ts";
import { syncDirectory } from "./files.ts";
import { openFreshness } from "./freshness.ts";
import { openJobs } from "./jobs.ts";
import { openLeases } from "./leases.ts";
import { refuseLinks } from "./links.ts";
import { openManifests } from "./manifests.ts";
import { openNotes } from "./notes.ts";
import { openObjects } from "./objects.ts";
import { replayFolder } from "./replays.ts";
import { openRuns } from "./runs.ts";
import { openStaging } from "./staging.ts";
import { openTags } from "./tags.ts";
import { openTombstones } from "./tombstones.ts";
import { asUnavailable } from "./unavailable.ts";
import { openUses } from "./uses.ts";
import { verifyStore } from "./verify.ts";

/** What the caller of a store may want to hear. */
export interface StoreOptions {
  /** Called for each value that no longer fits its sha256, after it was set aside. */
  readonly onDamage?: (damage: Damage) => void;
  /** sha256 of the recording that is replayed: its answers are kept apart, where no other run takes them for bought. */
  readonly replay?: string;
}

/**
 * Opens the store of a project, creating it where there is none.
 * @param root absolute path of the project
 * @throws StoreUnavailable where it cannot be written, is damaged, of a newer version or behind a link
 */
export function openStore(root: string, options: StoreOptions = {}): Store {
  const directory = layOut(root, options.replay);
  const found: Damage[] = [];
  const onDamage = (damage: Damage) => {
    found.push(damage);
    options.onDamage?.(damage);
  };

  const database = openDatabase(directory);
  const staging = openStaging(directory);
  const leases = openLeases(directory);
  const uses = openUses(directory);
  const objects = openObjects(directory, onDamage);
  const manifests = openManifests(database, onDamage);
  const tags = openTags(database, onDamage);
  const tombstones = openTombstones(database, onDamage);
  const answers = openAnswers(database, tags, onDamage);
  const asked = openAsked(database, onDamage);
  const jobs = openJobs(database, answers, onDamage);
  const runs = openRuns(database, onDamage);
  const notes = openNotes(database, onDamage);
  const freshness = openFreshness(database, root, onDamage);
  const sealed = [manifests, answers, tags, asked, runs, notes, freshness, tombstones].map(
    (table) => table.sealed,
  );
  const tables = [...sealed, ...jobs.sealed];
  const underWay = new Map<string, Lease>();

  function lookup(key: string): Manifest | undefined {
    const manifest = manifests.read(key);
    if (manifest === undefined) return undefined;
    const outputs = Object.values(manifest.outputs);
    return outputs.every(({ digest, bytes }) => objects.has(digest, bytes)) ? manifest : undefined;
  }

  function put(manifest: Manifest, own: readonly string[] | undefined): void {
    database.write(() => {
      manifests.put(manifest);
      for (const { digest } of Object.values(manifest.outputs)) tombstones.lift(digest);
      tombstones.lift(manifest.key);
      if (own !== undefined) asked.put(manifest.key, own);
    });
  }

  return {
    directory,
    lookup,
    stage: staging.stage,
    async commit(manifest, stage, own) {
      for (const [name, { digest, bytes }] of Object.entries(manifest.outputs)) {
        await objects.take(join(stage.directory, name), digest, bytes);
      }
      put(manifest, own);
      await stage.discard();
    },
    open: objects.open,
    forget: manifests.forget,
    asked: asked.of,

    giveAnswers: (keys) => giveAnswers({ database, answers, tags }, keys),
    takeInContent: (source, { digest, bytes }) => objects.take(source, digest, bytes),
    takeInAnswers: (foreign) => takeInAnswers({ database, answers, tags, tombstones }, foreign),
    takeInStep(manifest, own) {
      const standing = lookup(manifest.key) ?? manifest;
      if (standing === manifest || asked.of(manifest.key) === undefined) put(standing, own);
      return standing;
    },

    answer: answers.read,
    keepAnswer: answers.keep,
    tag: tags.keep,
    completions: (filter) => findCompletions({ database, answers, tags }, filter),

    jobs,

    tryLease: leases.tryLease,
    holder: leases.holder,
    use: uses.share,

    startRun(spec) {
      const use = uses.share();
      const id = runs.start(spec);
      jobs.endAnswered();
      underWay.set(id, use);
      return id;
    },
    finishRun(id, steps) {
      runs.finish(id, steps);
      underWay.get(id)?.release();
      underWay.delete(id);
    },
    runs: runs.of,
    specs: runs.specs,

    digestFile: freshness.digestFile,
    remember: notes.remember,
    recall: notes.recall,
    async verify(onProgress) {
      const before = found.length;
      await verifyStore({ database, tables, manifests, objects, onDamage }, onProgress);
      return found.slice(before);
    },
    collect(keep) {
      const claim = uses.claim();
      if (claim === undefined) return undefined;
      try {
        return collectGarbage({ database, manifests, asked, answers, runs, objects }, keep);
      } finally {
        claim.release();
      }
    },
    async erase(wish) {
      const claim = uses.claim();
      if (claim === undefined) return undefined;
      try {
        return await eraseMeant(
          { database, manifests, answers, tags, jobs, runs, notes, objects, tombstones },
          wish,
        );
      } finally {
        claim.release();
      }
    },
    tombstone: tombstones.read,
    isErased: tombstones.covers,
    *tombstones() {
      for (const tombstone of tombstones.sealed.checkAll()) if (tombstone !== undefined) yield tombstone;
    },
    close() {
      answers.flush();
      leases.close();
      uses.close();
      staging.close();
      database.close();
    },
  };
}

/** The store of a project that has one; undefined where nothing was ever run. */
export function openStoreIfPresent(root: string, options: StoreOptions = {}): Store | undefined {
  const directory = join(root, ".distill");
  refuseLinks(directory);
  return existsSync(join(directory, "store.sqlite")) ? openStore(root, options) : undefined;
}

/** Makes the folders of a store; a replay's lie below the project's own. */
function layOut(root: string, replay: string | undefined): string {
  const own = join(root, ".distill");
  layOutIn(root, own, ["objects", "staging", "leases"]);
  if (replay === undefined) return own;
  const directory = replayFolder(root, replay.slice(0, 16));
  const replays = dirname(directory);
  layOutIn(own, replays, []);
  layOutIn(replays, directory, ["objects", "staging", "leases"]);
  return directory;
}

function layOutIn(parent: string, directory: string, folders: readonly string[]): void {
  try {
    refuseLinks(directory);
    const created = ["", ...folders].map((name) => makeFolder(join(directory, name)));
    accessSync(directory, constants.W_OK);
    if (!existsSync(join(directory, ".gitignore"))) writeFileSync(join(directory, ".gitignore"), "*\n");
    if (!created.includes(true)) return;
    syncDirectory(directory);
    syncDirectory(parent);
  } catch (error) {
    throw asUnavailable(error, directory);
  }
}

/** Not Node's `recursive`, which calls a folder missing where it cannot be made. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
