import { findStoreRoot } from "../runner/project.ts";
import { printable } from "../runner/sanitize.ts";
import type { Damage } from "../runner/store.ts";
import { exit } from "./exit.ts";
import { openStores } from "./open-stores.ts";
import { Stop } from "./stop.ts";

/** A damaged value, and in which replay's store it was. */
type FoundDamage = Damage & { readonly replay?: string };

/** `distill store verify`: checks the project's own store and those of its replays. */
export async function verifyStore(flags: { readonly json?: boolean }): Promise<void> {
  const damage: FoundDamage[] = [];
  // Opening reads something already, and what fails there is set aside before anybody verifies.
  const stores = openStores(findStoreRoot(process.cwd()), (one, replay) =>
    damage.push({ ...one, ...(replay !== undefined && { replay }) }),
  );
  let checked = 0;
  try {
    const progress = openProgress(flags.json !== true);
    for (const { store } of stores) {
      const before = checked;
      await store.verify((done, total) => {
        checked = before + total;
        progress.show(before + done, checked);
      });
    }
    progress.clear();
  } finally {
    for (const { store } of stores) store.close();
  }
  process.stdout.write(
    flags.json === true ? `${JSON.stringify({ checked, damage })}\n` : formatDamage(checked, damage),
  );
  if (damage.length > 0)
    throw new Stop(
      exit.failed,
      "What is damaged was set aside.",
      "distill run makes it again, or asks for it again",
    );
}

function formatDamage(checked: number, damage: readonly FoundDamage[]): string {
  const count = `${checked.toLocaleString("en-US")} ${checked === 1 ? "value" : "values"}`;
  if (checked === 0 && damage.length === 0) return "nothing is stored in this project yet\n";
  if (damage.length === 0) return `${count} checked: all fit their sha256\n`;
  const lines = damage.map(({ what, key, detail, replay }) =>
    printable(
      `  ${what}  ${key.slice(0, 16)}  ${detail}${replay === undefined ? "" : `, in replay ${replay}`}`,
    ),
  );
  return `${count} checked, ${damage.length} damaged\n${lines.join("\n")}\n`;
}

/** A line on a terminal that tells how far it is; nothing elsewhere. */
function openProgress(wanted: boolean): { show(done: number, total: number): void; clear(): void } {
  const { stderr } = process;
  let shown = 0;
  return {
    show(done, total) {
      if (!wanted || !stderr.isTTY || performance.now() - shown < 100) return;
      shown = performance.now();
      stderr.write(`\r${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} values checked`);
    },
    clear() {
      if (shown > 0) stderr.write("\r\x1b[K");
    },
  };
}
