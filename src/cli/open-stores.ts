import { existsSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../runner/store/open-store.ts";
import { listReplays } from "../runner/store/replays.ts";
import type { Damage, Store } from "../runner/store.ts";

/** A store of a project: its own, or that of one of its replays. */
export interface OpenedStore {
  readonly store: Store;
  /** The beginning of the recording's sha256; undefined for the project's own. */
  readonly replay: string | undefined;
}

/** Every store of a project, its own first; none where nothing was ever run. The caller closes them. */
export function openStores(
  root: string,
  onDamage: (damage: Damage, replay: string | undefined) => void = () => {},
): readonly OpenedStore[] {
  const replays = listReplays(root);
  const hasOwn = existsSync(join(root, ".distill", "store.sqlite"));
  if (!hasOwn && replays.length === 0) return [];
  const opened: OpenedStore[] = [];
  try {
    for (const replay of [undefined, ...replays])
      opened.push({
        replay,
        store: openStore(root, {
          ...(replay !== undefined && { replay }),
          onDamage: (damage) => onDamage(damage, replay),
        }),
      });
    return opened;
  } catch (error) {
    for (const { store } of opened) store.close();
    throw error;
  }
}
