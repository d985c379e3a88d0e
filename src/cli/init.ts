import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { printable } from "../runner/sanitize.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** Both this file and the chunk that it is bundled into lie two folders below the package. */
const template = fileURLToPath(new URL("../../templates/init/", import.meta.url));

/** `distill init`. */
export function init(folder: string): void {
  const files = readdirSync(template, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(template, join(entry.parentPath, entry.name)))
    .sort();
  const there = files.filter((file) => existsSync(join(folder, file)));
  if (there.length > 0)
    throw new Stop(
      exit.usage,
      `${there.map((file) => shown(join(folder, file))).join(", ")} ${there.length === 1 ? "is" : "are"} there already`,
      "nothing was written; name another folder: distill init FOLDER",
    );
  try {
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), readFileSync(join(template, file)), { flag: "wx" });
    }
  } catch (error) {
    throw new Stop(exit.failed, `${shown(folder)} cannot be written: ${(error as Error).message}`);
  }
  const enter = folder === "." ? "" : `cd ${shown(folder)} && `;
  process.stdout.write(
    `${[...files.map((file) => `wrote ${shown(join(folder, file))}`), "", "The data are made up: they show how things go together, with no key and no network.", `Next: ${enter}distill run`].join("\n")}\n`,
  );
}

function shown(path: string): string {
  return printable(path.split(sep).join("/"));
}
