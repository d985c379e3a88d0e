import { existsSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { Usage } from "./exit.mjs";

/**
 * How distill is called for a spec: as the settings say, else the one that the project installed. Nothing is
 * downloaded.
 *
 * @param {{ spec: string, called: string }} options `called` is a file, or words that name a program; or empty.
 * @returns {readonly string[]} A program and its first arguments.
 * @throws Usage where there is none
 */
export function findDistill({ spec, called }) {
  if (existsSync(called)) return asCommand(resolve(called));
  if (/^\S*\/\S*$/.test(called)) throw new Usage(`distill: there is no ${called}`);
  if (called !== "") return called.split(/\s+/);
  const root = process.cwd();
  for (let folder = dirname(resolve(spec)); `${folder}${sep}`.startsWith(root); folder = dirname(folder)) {
    const file = join(folder, "node_modules", ".bin", "distill");
    if (existsSync(file)) return [file];
    if (folder === root) break;
  }
  throw new Usage(
    "distill is not installed here: run npm ci before this, with distill among the project's own packages",
  );
}

/** @param {string} file */
function asCommand(file) {
  return /\.[cm]?js$/.test(file) ? [process.execPath, file] : [file];
}
