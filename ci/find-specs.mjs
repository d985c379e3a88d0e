import { existsSync, readFileSync } from "node:fs";
import { Usage } from "./exit.mjs";
import { complaint, runProgram } from "./run-program.mjs";

/**
 * The specs that are reviewed, sorted: those that the lines name, as files or patterns over git's files; without lines
 * every spec that has a lock or had one at the base, so that removing a lock hides nothing.
 *
 * @param {{ lines: readonly string[], base: string }} options `base` is a commit, or empty.
 * @returns {Promise<readonly string[]>} Paths below the current folder.
 * @throws Usage where a line matches nothing, or nothing is found
 */
export async function findSpecs({ lines, base }) {
  const found = lines.length === 0 ? await withLock(base) : (await Promise.all(lines.map(named))).flat();
  if (found.length === 0)
    throw new Usage("no spec here has a lock: commit what distill run wrote, or name the specs");
  // A file may be called as an option is.
  return [...new Set(found.map((file) => (file.startsWith("-") ? `./${file}` : file)))].sort();
}

/** @param {string} line */
async function named(line) {
  const found = existsSync(line) ? [line] : await listFiles(["ls-files", "-z", "--", `:(glob)${line}`]);
  if (found.length === 0) throw new Usage(`specs: nothing here is called ${line}`);
  return found;
}

/** @param {string} base */
async function withLock(base) {
  const files = await listFiles(["ls-files", "-z"]);
  const before = base === "" ? [] : await listFiles(["ls-tree", "-r", "-z", "--name-only", base]);
  const locks = new Set([...files, ...before].filter((file) => file.endsWith(".lock")));
  return files.filter((file) => {
    const lock = file.replace(/\.ya?ml$/i, ".lock");
    return lock !== file && locks.has(lock) && existsSync(file) && isSpec(file, lock);
  });
}

/** Others keep a .lock beside a .yaml too, as Helm does. */
function isSpec(/** @type {string} */ file, /** @type {string} */ lock) {
  return (
    /^["']?steps["']?[ \t]*:/m.test(readFileSync(file, "utf8")) ||
    (existsSync(lock) && readFileSync(lock, "utf8").startsWith("# Written by distill"))
  );
}

/** @param {readonly string[]} args */
async function listFiles(args) {
  const outcome = await runProgram(["git", ...args]);
  if (outcome.code !== 0) throw new Usage(`git cannot list the files: ${complaint(outcome)}`);
  return outcome.stdout.split("\0").filter((file) => file !== "");
}
