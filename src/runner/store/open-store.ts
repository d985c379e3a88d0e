import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Damage, Store } from "../store.ts";
import { openAnswers } from "./answers.ts";
import { findCompletions } from "./completions.ts";
import { openDatabase } from "./database.ts";
import { syncDirectory } from "./files.ts";
import { openFreshness } from "./freshness.ts";
import { openLeases } from "./leases.ts";
import { refuseLinks } from "./links.ts";
import { openManifests } from "./manifests.ts";
import { openNotes } from "./notes.ts";
import { openObjects } from "./objects.ts";
import { openRuns } from "./runs.ts";
import { openStaging } from "./staging.ts";
import { openTags } from "./tags.ts";
import { asUnavailable } from "./unavailable.ts";
import { verifyStore } from "./verify.ts";

/** What the caller of a store may want to hear. */
export interface StoreOptions {
  /** Called for each value that no longer fits its sha256, after it was set aside. */
  readonly onDamage?: (damage: Damage) => void;
}

/**
 * Opens the store of a project, creating it where there is none.
 * @param root absolute path of the project
 * @throws StoreUnavailable where it cannot be written, is damaged, of a newer version or behind a link
 */
export function openStore(root: string, options: StoreOptions = {}): Store {
  const directory = join(root, ".distill");
  layOut(root, directory);
  const found: Damage[] = [];
  const onDamage = (damage: Damage) => {
    found.push(damage);
    options.onDamage?.(damage);
  };

  const database = openDatabase(directory);
  const staging = openStaging(directory);
  const leases = openLeases(directory);
  const objects = openObjects(directory, onDamage);
  const manifests = openManifests(database, onDamage);
  const tags = openTags(database, onDamage);
  const answers = openAnswers(database, tags, onDamage);
  const runs = openRuns(database, onDamage);
  const notes = openNotes(database, onDamage);
  const freshness = openFreshness(database, root, onDamage);
  const tables = [manifests, answers, tags, runs, notes, freshness].map(({ sealed }) => sealed);

  return {
    directory,
    lookup(key) {
      const manifest = manifests.read(key);
      if (manifest === undefined) return undefined;
      const outputs = Object.values(manifest.outputs);
      return outputs.every(({ digest, bytes }) => objects.has(digest, bytes)) ? manifest : undefined;
    },
    stage: staging.stage,
    async commit(manifest, stage) {
      for (const [name, { digest, bytes }] of Object.entries(manifest.outputs)) {
        await objects.take(join(stage.directory, name), digest, bytes);
      }
      manifests.put(manifest);
      await stage.discard();
    },
    open: objects.open,
    forget: manifests.forget,

    answer: answers.read,
    keepAnswer: answers.keep,
    tag: tags.keep,
    completions: (filter) => findCompletions({ database, answers, tags }, filter),

    tryLease: leases.tryLease,
    holder: leases.holder,

    startRun: runs.start,
    finishRun: runs.finish,
    runs: runs.of,

    digestFile: freshness.digestFile,
    remember: notes.remember,
    recall: notes.recall,
    async verify(onProgress) {
      const before = found.length;
      await verifyStore({ database, tables, manifests, objects, onDamage }, onProgress);
      return found.slice(before);
    },
    close() {
      answers.flush();
      leases.close();
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

function layOut(root: string, directory: string): void {
  try {
    refuseLinks(directory);
    const folders = ["", "objects", "staging", "leases"].map((name) => join(directory, name));
    const created = folders.map(makeFolder);
    accessSync(directory, constants.W_OK);
    if (!existsSync(join(directory, ".gitignore"))) writeFileSync(join(directory, ".gitignore"), "*\n");
    if (!created.includes(true)) return;
    syncDirectory(directory);
    syncDirectory(root);
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
