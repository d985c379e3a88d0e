import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { StoreUnavailable } from "./unavailable.ts";

/**
 * Refuses a store of which a part is a link: one that came with a project would let the store write and
 * remove wherever its author likes.
 *
 * @throws StoreUnavailable with the link to remove
 */
export function refuseLinks(directory: string): void {
  refuseLink(directory);
  for (const folder of [directory, join(directory, "objects"), join(directory, "staging")])
    for (const entry of entriesOf(folder)) if (entry.isSymbolicLink()) refuse(join(folder, entry.name));
}

/** Refuses one part of a store; that it is not there is fine. */
export function refuseLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) refuse(path);
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there yet, or no folder at all: whoever needs it says so.
    return [];
  }
}

function refuse(path: string): never {
  throw new StoreUnavailable(
    `${path} is a link, and a store is never reached through one`,
    "remove the link (what it leads to stays), and run again",
  );
}
