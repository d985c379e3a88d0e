import { readContents } from "../runner/contents.ts";
import { digestJson, providerIdentity } from "../runner/key.ts";
import { type Models, openModels } from "../runner/models.ts";
import { openBudget } from "../runner/money/budget.ts";
import { type RemoteCompletions, RequestFailure } from "../runner/provider.ts";
import type { JsonObject } from "../runner/row.ts";
import { printable } from "../runner/sanitize.ts";
import { hashFile } from "../runner/store/files.ts";
import type { Store, StoredAnswer } from "../runner/store.ts";
import { formatCounted } from "../steps/format.ts";
import { exit } from "./exit.ts";
import { findSpec } from "./find-spec.ts";
import { openSpec } from "./open-spec.ts";
import { type AllowFlags, readWorld } from "./permissions.ts";
import { Stop } from "./stop.ts";

/** Flags of commands that also work on completions where a provider keeps them. */
export interface AtProviderFlags extends AllowFlags {
  readonly atProvider?: boolean;
  /** The spec that names the providers. */
  readonly spec?: string;
}

/** What became of completions at their providers. */
export interface DoneThere {
  /** Keys of those at which it was done. */
  readonly done: ReadonlySet<string>;
  /** Why it could not be done, by key. */
  readonly failed: ReadonlyMap<string, string>;
  /** How many no provider gave an id. */
  readonly nowhere: number;
}

/** A completion as far as its provider is concerned. */
export type ProviderCompletion = Pick<StoredAnswer, "key" | "provider" | "answer">;

/**
 * Does something to completions where their providers keep them, each found in the spec by the identity under which
 * the answers are stored. Keys and origins are those of a run.
 *
 * @param work ends with why it could not be done, or with nothing
 * @throws Stop where a flag is misused, or the spec is wrong
 */
export async function workAtProviders(options: {
  readonly flags: AtProviderFlags;
  readonly store: Store;
  readonly completions: readonly ProviderCompletion[];
  readonly work: (there: RemoteCompletions, id: string, signal: AbortSignal) => Promise<string | undefined>;
}): Promise<DoneThere | undefined> {
  const { flags, store, work } = options;
  if (flags.atProvider !== true) {
    if (flags.spec === undefined) return undefined;
    throw new Stop(exit.usage, "--spec names the providers of --at-provider", "give both, or none");
  }
  const completions = options.completions.filter(({ answer }) => answer.provider_id !== null);
  const plan = await openSpec(findSpec(flags.spec));
  const contents = await readContents(plan, hashFile);
  const world = readWorld(plan.spec.root, flags, process.env);
  const { signal } = new AbortController();
  const budget = openBudget({ maxUsd: undefined });
  const models = openModels({ plan, store, contents, world, budget, signal });
  const names = [...plan.spec.providers.keys()];
  const known = new Map(names.map((name) => [digestJson(providerIdentity(plan, name, contents)), name]));
  const done = new Set<string>();
  const failed = new Map<string, string>();
  const stopped = new Map<string, string>();

  async function workOn(completion: ProviderCompletion): Promise<string | undefined> {
    const name = known.get(digestJson(completion.provider));
    if (name === undefined)
      return `the spec has no provider like that of its answer (${tellProvider(completion.provider)})`;
    const before = stopped.get(name);
    if (before !== undefined) return before;
    try {
      const there = await connect(models, name);
      return typeof there === "string" ? there : await work(there, completion.answer.provider_id!, signal);
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      if (error.scope === "stop") stopped.set(name, error.message);
      return error.message;
    }
  }

  try {
    for (let at = 0; at < completions.length; at += atOnce)
      await Promise.all(
        completions.slice(at, at + atOnce).map(async (completion) => {
          const fault = await workOn(completion);
          if (fault === undefined) done.add(completion.key);
          else failed.set(completion.key, fault);
        }),
      );
  } finally {
    await models.close();
  }
  return { done, failed, nowhere: options.completions.length - completions.length };
}

/** Lines that say what was done there; `did` as in "deleted". */
export function formatDoneThere({ done, nowhere }: DoneThere, did: string): string {
  const lines = [
    `${did} at their provider: ${formatCounted(done.size, "completion")}`,
    ...(nowhere === 0 ? [] : [`${formatCounted(nowhere, "completion")} of no provider that gives ids`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** @throws Stop with each reason once where something could not be done */
export function refuseUndone({ failed }: DoneThere, hint: string): void {
  if (failed.size === 0) return;
  const counts = new Map<string, number>();
  for (const reason of failed.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].map(
    ([reason, count]) => `  ${formatCounted(count, "completion")}: ${printable(reason)}`,
  );
  throw new Stop(exit.failed, `Not done at their provider:\n${reasons.join("\n")}`, hint);
}

const atOnce = 8;

async function connect(models: Models, name: string): Promise<RemoteCompletions | string> {
  const { completions } = await models.connect(name);
  return completions ?? `provider "${name}" keeps no completions`;
}

function tellProvider(identity: JsonObject): string {
  return Object.values(identity)
    .filter((value) => typeof value === "string")
    .join(", ");
}
