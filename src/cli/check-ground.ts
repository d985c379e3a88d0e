import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { openStoreIfPresent } from "../runner/store/open-store.ts";
import { MIGRATIONS } from "../runner/store/schema.ts";
import { asUnavailable, StoreUnavailable } from "../runner/store/unavailable.ts";
import type { World } from "../runner/world.ts";
import type { Finding } from "./format-findings.ts";
import { runGit } from "./git.ts";
import { type AllowFlags, readGrants, readWorld } from "./permissions.ts";
import { Stop } from "./stop.ts";

/** What a project stands on, apart from its specs. */
export interface Ground {
  readonly findings: readonly Finding[];
  /** Undefined where the user's own configuration has a fault. */
  readonly world: World | undefined;
  /** False where the store cannot be opened. */
  readonly hasStore: boolean;
}

/** Looks at Node, SQLite, git, the store and the user's grants; `root` is the project's. */
export async function checkGround(root: string, flags: AllowFlags, env: NodeJS.ProcessEnv): Promise<Ground> {
  const store = checkStore(root);
  const { world, finding } = checkGrants(root, flags, env);
  return {
    findings: [
      // Older ones are refused before this file is loaded.
      { about: "node", state: "good", text: process.versions.node },
      { about: "sqlite", state: "good", text: process.versions.sqlite ?? "" },
      await checkGit(root),
      { about: "project", state: "good", text: root },
      store,
      checkSpace(root),
      finding,
    ],
    world,
    hasStore: store.state !== "bad",
  };
}

async function checkGit(root: string): Promise<Finding> {
  const version = await runGit(root, ["--version"]);
  const inside = await runGit(root, ["rev-parse", "--is-inside-work-tree"]);
  if (!version.ok)
    return {
      about: "git",
      state: "note",
      text: version.reason,
      hint: "install it: diff, --against and store gc read it, and nothing else does",
    };
  const text = version.stdout.toString().trim().replace("git version ", "");
  if (inside.ok) return { about: "git", state: "good", text };
  const foreign = inside.reason.includes("dubious ownership");
  return {
    about: "git",
    state: "note",
    text: `${text}; ${foreign ? "this repository belongs to somebody else" : "this folder is in no repository"}`,
    hint: foreign
      ? "git config --global --add safe.directory takes it in"
      : "git init makes it one; until then there is no revision to compare with",
  };
}

function checkStore(root: string): Finding {
  const directory = join(root, ".distill");
  try {
    const store = openStoreIfPresent(root);
    store?.close();
    const file = join(directory, "store.sqlite");
    for (const path of store === undefined ? [root] : [directory, file]) accessSync(path, constants.W_OK);
    const kind = networkFileSystems.get(statfsSync(root).type >>> 0);
    if (kind !== undefined)
      return {
        about: "store",
        state: "bad",
        text: `it would lie on ${kind}, where SQLite can lose writes`,
        hint: "keep the project on a disk of this machine, and share with store push and pull",
      };
    return {
      about: "store",
      state: "good",
      text:
        store === undefined ? "none yet: the first run makes it" : `writable, version ${MIGRATIONS.length}`,
    };
  } catch (error) {
    const fault = asUnavailable(error, directory);
    if (!(fault instanceof StoreUnavailable)) throw error;
    return { about: "store", state: "bad", text: fault.message, hint: fault.hint };
  }
}

/** By magic number, man statfs(2). */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
]);

function checkSpace(root: string): Finding {
  const directory = join(root, ".distill");
  const { bavail, bsize } = statfsSync(existsSync(directory) ? directory : root);
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB free`;
  if (free >= littleSpace) return { about: "disk", state: "good", text };
  return {
    about: "disk",
    state: free < noSpace ? "bad" : "note",
    text,
    hint: "free some space: a run that cannot write ends, and keeps what it has; store gc tells what may go",
  };
}

/** Bytes. */
const littleSpace = 1e9;
const noSpace = 5e7;

function checkGrants(
  root: string,
  flags: AllowFlags,
  env: NodeJS.ProcessEnv,
): { readonly world: World | undefined; readonly finding: Finding } {
  try {
    const words = readGrants(root, flags, env).map((grant) =>
      grant.kind === "exec" ? "programs of the spec" : grant.origin,
    );
    const text = words.length === 0 ? "nothing beyond the usual" : [...new Set(words)].join(", ");
    return { world: readWorld(root, flags, env), finding: { about: "allowed", state: "good", text } };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return {
      world: undefined,
      finding: { about: "allowed", state: "bad", text: error.message, hint: error.hint },
    };
  }
}
