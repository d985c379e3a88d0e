import { statSync } from "node:fs";
import { readContents } from "../runner/contents.ts";
import { type Format, formats } from "../runner/import/imported.ts";
import { type Destination, type ReadCompletion, readCompletions } from "../runner/import/read-completions.ts";
import { readRecords } from "../runner/import/read-records.ts";
import { providerIdentity } from "../runner/key.ts";
import { checkMetadata } from "../runner/metadata-limits.ts";
import { findStoreRoot } from "../runner/project.ts";
import { printable } from "../runner/sanitize.ts";
import { hashFile } from "../runner/store/files.ts";
import { openStore } from "../runner/store/open-store.ts";
import type { ForeignAnswer, Store } from "../runner/store.ts";
import { suggest } from "../runner/suggest.ts";
import { formatCount, formatCounted } from "../steps/format.ts";
import { exit } from "./exit.ts";
import { openSpec } from "./open-spec.ts";
import { readPairs } from "./read-pairs.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill completions import`. */
export interface ImportFlags {
  readonly format?: string;
  /** The model's name; with a spec, the spec's model that is to find them. */
  readonly model?: string;
  readonly provider?: readonly string[];
  readonly metadata?: readonly string[];
  readonly spec?: string;
  /** The prompt of the spec whose request parameters they were asked with. */
  readonly prompt?: string;
  /** With a spec: what the file does not tell of their requests was as the spec has it. */
  readonly assumeRequest?: boolean;
  readonly skipBad?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `distill completions import`: all completions of a file, or none where one of them is bad. */
export async function importCompletions(file: string, flags: ImportFlags): Promise<void> {
  const format = readFormat(flags.format);
  const destination = await readDestination(flags);
  requireFile(file);
  const store = openStore(findStoreRoot(process.cwd()));
  const use = store.use();
  try {
    const now = Date.now();
    const unmapped = new Map<string, number>();
    const read = (onUnmapped: (field: string) => void) =>
      readCompletions(readRecords(file, file), { store, format, destination, now, unmapped: onUnmapped });
    const tally = await count(read((field) => unmapped.set(field, (unmapped.get(field) ?? 0) + 1)));
    if (isEmpty(tally)) throw new Stop(exit.usage, `${printable(file)} holds no completions`);
    const refused = tally.faults.length > 0 && flags.skipBad !== true;
    // Read again, so that a large file need not fit into the memory.
    if (!refused && flags.dryRun !== true)
      await keepAll(
        store,
        read(() => {}),
      );
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify({ ...toFacts(tally, unmapped), imported: !refused && flags.dryRun !== true })}\n`
        : formatTally({ tally, unmapped, refused, dryRun: flags.dryRun === true }),
    );
    if (refused)
      throw new Stop(
        exit.failed,
        "Nothing was imported.",
        tally.untold === 0
          ? "mend these, or leave them out with --skip-bad"
          : "if they were asked for just as the spec asks, say --assume-request; mend the others, or leave them out with --skip-bad",
      );
  } finally {
    use.release();
    store.close();
  }
}

function requireFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) throw new Stop(exit.usage, `there is no file ${printable(file)}`);
  if (!found.isFile())
    throw new Stop(
      exit.usage,
      `${printable(file)} is ${found.isDirectory() ? "a directory" : "no file that can be read twice"}`,
      "name a file with completions",
    );
}

function readFormat(name = "auto"): Format | "auto" {
  const known = ["auto", ...formats] as const;
  const found = known.find((one) => one === name);
  if (found !== undefined) return found;
  const near = suggest(name, known);
  throw new Stop(
    exit.usage,
    `there is no format "${name}"`,
    near === undefined ? `formats: ${known.join(", ")}` : `did you mean "${near}"?`,
  );
}

async function readDestination(flags: ImportFlags): Promise<Destination> {
  const metadata = readPairs("--metadata", flags.metadata ?? []);
  const [fault] = checkMetadata(metadata);
  if (fault !== undefined) throw new Stop(exit.usage, fault.text);
  const provider = flags.provider && readPairs("--provider", flags.provider);
  if (flags.spec === undefined) {
    if (flags.prompt !== undefined)
      throw new Stop(exit.usage, "--prompt names a prompt of a spec", "add --spec FILE");
    if (flags.assumeRequest === true)
      throw new Stop(exit.usage, "--assume-request takes a spec's request for theirs", "add --spec FILE");
    return { provider, model: flags.model, metadata };
  }
  if (provider !== undefined)
    throw new Stop(exit.usage, "--provider and --spec both say whose answers these are", "give one of them");
  const { assumeRequest } = flags;
  return { ...(await destinationOf(flags.spec, flags)), assumeRequest, metadata };
}

/** Where runs of a spec look for the answers of one of its models. */
async function destinationOf(file: string, { model: name, prompt }: ImportFlags) {
  const plan = await openSpec(file);
  const { models, prompts } = plan.spec;
  const model = name === undefined ? undefined : models.get(name);
  if (model === undefined)
    throw new Stop(
      exit.usage,
      name === undefined ? "--spec needs a model of it" : `the spec has no model "${name}"`,
      `--model takes one of ${[...models.keys()].join(", ")}`,
    );
  const asked = prompt === undefined ? undefined : prompts.get(prompt);
  if (prompt !== undefined && asked === undefined)
    throw new Stop(
      exit.usage,
      `the spec has no prompt "${prompt}"`,
      `--prompt takes one of ${[...prompts.keys()].join(", ")}`,
    );
  const { type } = plan.spec.providers.get(model.provider)!;
  if (plan.registry.providers.get(type)?.kept !== true)
    throw new Stop(exit.usage, `answers of provider type ${type} are not kept: it answers anew each time`);
  const contents = await readContents(plan, hashFile);
  return {
    provider: providerIdentity(plan, model.provider, contents),
    model: model.model,
    parameters: { ...model.request, ...asked?.request },
  };
}

interface Tally {
  readonly counts: { new: number; there: number; erased: number; without: number };
  /** New ones whose very request another completion has as well. */
  further: number;
  /** Bad ones that do not tell whether they were asked for as the spec asks. */
  untold: number;
  readonly faults: { readonly place: string; readonly text: string }[];
}

async function count(completions: AsyncIterable<ReadCompletion>): Promise<Tally> {
  const tally: Tally = {
    counts: { new: 0, there: 0, erased: 0, without: 0 },
    further: 0,
    untold: 0,
    faults: [],
  };
  for await (const one of completions) {
    if (one.how === "fault") {
      tally.faults.push({ place: one.place, text: one.text });
      if (one.untold === true) tally.untold += 1;
    } else tally.counts[one.how] += 1;
    if (one.how === "new" && one.foreign.answer.sample > 0) tally.further += 1;
  }
  return tally;
}

function isEmpty({ counts, faults }: Tally): boolean {
  return faults.length + Object.values(counts).reduce((sum, one) => sum + one, 0) === 0;
}

async function keepAll(store: Store, completions: AsyncIterable<ReadCompletion>): Promise<void> {
  let batch: ForeignAnswer[] = [];
  for await (const one of completions) {
    if (!("foreign" in one)) continue;
    batch.push(one.foreign);
    if (batch.length < atOnce) continue;
    store.takeInAnswers(batch);
    batch = [];
  }
  if (batch.length > 0) store.takeInAnswers(batch);
}

/** So many share one transaction. */
const atOnce = 500;
/** Further faults are only counted. */
const maxShown = 20;

function toFacts({ counts, further, faults }: Tally, unmapped: ReadonlyMap<string, number>) {
  return {
    completions: counts.new,
    there: counts.there,
    erased: counts.erased,
    without_answer: counts.without,
    further_samples: further,
    faults,
    unmapped: Object.fromEntries(unmapped),
  };
}

function formatTally(options: {
  readonly tally: Tally;
  readonly unmapped: ReadonlyMap<string, number>;
  readonly refused: boolean;
  readonly dryRun: boolean;
}): string {
  const { tally, unmapped, refused, dryRun } = options;
  const { counts, further, faults } = tally;
  const more = faults.length - maxShown;
  const others = [
    ...(counts.there > 0 ? [`${formatCount(counts.there)} there already`] : []),
    ...(counts.erased > 0 ? [`${formatCount(counts.erased)} erased here before, which stay out`] : []),
    ...(counts.without > 0 ? [`${formatCount(counts.without)} without an answer`] : []),
    ...(faults.length > 0 ? [`${formatCount(faults.length)} bad`] : []),
  ];
  const did = refused || dryRun ? "to import" : "imported";
  return [
    ...faults.slice(0, maxShown).map(({ place, text }) => printable(`${place}: ${text}`)),
    ...(more > 0 ? [`and ${formatCount(more)} more`] : []),
    [`${did}: ${formatCounted(counts.new, "completion")}`, ...others].join("; "),
    ...(further === 0
      ? []
      : [
          `${formatCounted(further, "identical request")} taken as ${further === 1 ? "a further sample" : "further samples"} of one item: runs do not find ${further === 1 ? "it" : "them"} for other items`,
        ]),
    ...(unmapped.size === 0
      ? []
      : [
          `unmapped: ${[...unmapped]
            .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
            .map(([field, times]) => `${printable(field)} (${formatCount(times)})`)
            .join(", ")}`,
        ]),
    "",
  ].join("\n");
}
