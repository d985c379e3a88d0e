import { findStoreRoot } from "../runner/project.ts";
import { printable } from "../runner/sanitize.ts";
import { openStoreIfPresent } from "../runner/store/open-store.ts";
import type { Damage } from "../runner/store.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** `distill store verify`. */
export async function verifyStore(flags: { readonly json?: boolean }): Promise<void> {
  const damage: Damage[] = [];
  // Opening reads something already, and what fails there is set aside before anybody verifies.
  const store = openStoreIfPresent(findStoreRoot(process.cwd()), {
    onDamage: (one) => damage.push(one),
  });
  let checked = 0;
  if (store !== undefined)
    try {
      const progress = openProgress(flags.json !== true);
      await store.verify((done, total) => {
        checked = total;
        progress.show(done, total);
      });
      progress.clear();
    } finally {
      store.close();
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

function formatDamage(checked: number, damage: readonly Damage[]): string {
  const count = `${checked.toLocaleString("en-US")} ${checked === 1 ? "value" : "values"}`;
  if (checked === 0 && damage.length === 0) return "nothing is stored in this project yet\n";
  if (damage.length === 0) return `${count} checked: all fit their sha256\n`;
  const lines = damage.map(({ what, key, detail }) => printable(`  ${what}  ${key.slice(0, 16)}  ${detail}`));
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
