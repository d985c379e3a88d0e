import { checkMetadata } from "../runner/metadata-limits.ts";
import { findStoreRoot } from "../runner/project.ts";
import { printable } from "../runner/sanitize.ts";
import { openStoreIfPresent } from "../runner/store/open-store.ts";
import { byHand, type CompletionRecord, isByHand } from "../runner/store.ts";
import { formatCounted } from "../steps/format.ts";
import { canonicalJson } from "../templating/canonical-json.ts";
import { type AtProviderFlags, formatDoneThere, refuseUndone, workAtProviders } from "./at-provider.ts";
import { exit } from "./exit.ts";
import { findCompletion } from "./find-completion.ts";
import { readPairs } from "./read-pairs.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill completions tag`. */
export interface TagFlags extends AtProviderFlags {
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
}

/** `distill completions tag`: sets metadata by hand, beside what steps say, so that no run takes it away. */
export async function tagCompletions(ids: readonly string[], flags: TagFlags): Promise<void> {
  const set = readPairs("--set", flags.set ?? []);
  const unset = flags.unset ?? [];
  if (Object.keys(set).length + unset.length === 0)
    throw new Stop(exit.usage, "say what to set or unset", "with --set key=value or --unset key");
  const store = openStoreIfPresent(findStoreRoot(process.cwd()));
  if (store === undefined) throw new Stop(exit.failed, "nothing is stored in this project yet");
  try {
    const completions = ids.map((id) => findCompletion(store, id));
    const tags = completions
      .map((completion) => ({ completion, metadata: changed(completion, set, unset) }))
      .filter(({ completion, metadata }) => !isSame(completion, metadata))
      .map(({ completion, metadata }) => ({ ...byHand, answer: completion.key, metadata }));
    const there = await workAtProviders({
      flags,
      store,
      completions,
      async work(kept, id, signal) {
        const found = await kept.read(id, signal);
        if (found === undefined) return "it is not kept there, or not any more";
        const metadata = Object.fromEntries(
          Object.entries({ ...found.metadata, ...set }).filter(([name]) => !unset.includes(name)),
        );
        const [fault] = checkMetadata(metadata);
        if (fault === undefined) await kept.tag(id, metadata, signal);
        return fault?.text;
      },
    });
    store.tag(byHand.spec, byHand.step, tags);
    process.stdout.write(
      [
        there === undefined ? "" : formatDoneThere(there, "tagged"),
        tags.length === 0 ? `${unchanged}\n` : `tagged ${formatCounted(tags.length, "completion")}\n`,
      ].join(""),
    );
    if (there !== undefined) refuseUndone(there, "they are tagged here; the same command tries there again");
  } finally {
    store.close();
  }
}

const unchanged = "nothing changed: what is to be set is set, and what is to be unset is not there";

function isSame({ tags }: CompletionRecord, metadata: { readonly [key: string]: string }): boolean {
  return canonicalJson(tags.find(isByHand)?.metadata ?? {}) === canonicalJson(metadata);
}

function changed(
  { key, tags }: CompletionRecord,
  set: { readonly [key: string]: string },
  unset: readonly string[],
): { readonly [key: string]: string } {
  const steps = tags.filter((tag) => !isByHand(tag));
  const own = new Map(Object.entries({ ...tags.find(isByHand)?.metadata, ...set }));
  for (const name of unset) {
    const step = steps.find(({ metadata }) => Object.hasOwn(metadata, name));
    if (!own.delete(name) && step !== undefined)
      throw new Stop(
        exit.usage,
        `${printable(name)} of ${key.slice(0, 12)} was set by ${printable(`${step.step} of ${step.spec}`)}`,
        "change its metadata in the spec",
      );
  }
  const metadata = Object.fromEntries(own);
  for (const all of [metadata, ...steps.map((tag) => ({ ...tag.metadata, ...metadata }))]) {
    const [fault] = checkMetadata(all);
    if (fault !== undefined) throw new Stop(exit.usage, `${key.slice(0, 12)}: ${fault.text}`);
  }
  return metadata;
}
