import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type StoreOptions } from "../../src/runner/store/open-store.ts";
import type { Store } from "../../src/runner/store.ts";

/** A new store in memory (where the system has such a folder), removed when it is closed. */
export function openMemoryStore(options: StoreOptions = {}): Store {
  const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "distill-store-"));
  const store = openStore(root, options);
  const remove = () => rmSync(root, { recursive: true, force: true });
  process.once("exit", remove);
  return {
    ...store,
    close() {
      store.close();
      process.off("exit", remove);
      remove();
    },
  };
}
