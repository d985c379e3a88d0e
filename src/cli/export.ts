import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readUnicodeTables } from "../classifier/unicode-tables.ts";
import { formatModelCard, type ModelCard, type ModuleFormat } from "../report/model-card.ts";
import { readResults } from "../report/read-results.ts";
import { parseLock } from "../runner/lock.ts";
import { shownPath } from "../runner/project.ts";
import { goodLock, readLockBeside } from "../runner/run.ts";
import { printable } from "../runner/sanitize.ts";
import { writeFileDurably } from "../runner/write-file.ts";
import { examinedTexts } from "./examined-texts.ts";
import { exit } from "./exit.ts";
import { openAnswers } from "./exported-answers.ts";
import { type ExportedFile, type ExportedModel, findExported } from "./exported-model.ts";
import { makeUpTexts } from "./made-up-texts.ts";
import { type KeptPlan, withKept } from "./open-kept.ts";
import type { SpecOptions } from "./open-spec.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill export`. */
export interface ExportFlags extends SpecOptions {
  readonly spec?: string;
  readonly format?: string;
  readonly rows?: string;
  readonly language?: readonly string[];
  readonly license?: string;
  readonly force?: boolean;
}

/** Both this file and the chunk that it is bundled into lie two folders below the package. */
const modules = fileURLToPath(new URL("../../templates/export/", import.meta.url));
const fileOf = { js: "classify.mjs", python: "classify.py" } as const satisfies Record<ModuleFormat, string>;

/** `distill export`. */
export async function exportModel(name: string, folder: string, flags: ExportFlags): Promise<void> {
  const formats = readFormats(flags.format);
  const rows = readRows(flags.rows);
  const files = await withKept(flags.spec, { set: flags.set }, async (kept): Promise<Files> => {
    const exported = await findExported(kept, name, flags.spec);
    const { own } = exported;
    return own.type === "classifier"
      ? await classifierFiles({ kept, exported, own, formats, rows, flags })
      : servedFiles(kept, exported, flags);
  });
  writeFiles(folder, files, flags.force === true);
}

/** What goes into the folder, by name. */
type Files = ReadonlyMap<string, string | Uint8Array>;

async function classifierFiles(options: {
  readonly kept: KeptPlan;
  readonly exported: ExportedModel;
  readonly own: ExportedFile;
  readonly formats: readonly ModuleFormat[];
  readonly rows: number;
  readonly flags: ExportFlags;
}): Promise<Files> {
  const { kept, exported, own, formats, rows, flags } = options;
  const { name, cascade } = exported;
  const answers = await openAnswers(own, cascade);
  const examined = await examinedTexts(kept, exported.reference, rows);
  const unicode = readUnicodeTables(process.versions.unicode!);
  const { maker, digest } = own;
  const { key, summary } = kept.contents.manifest(maker.id)!;
  const base = kept.plan.spec.models.get(String(maker.params.base))!;
  const card = {
    ...readCard(kept, exported, flags),
    classifier: {
      model: cascade?.first ?? name,
      labels: answers.labels,
      digest,
      key,
      step: maker.id,
      params: maker.params,
      facts: summary.facts,
      base: base.model,
      formats,
      unicode: unicode.version,
      rows: examined.length,
    },
  };
  const decision = decisionOf(exported);
  const description = {
    format: 1,
    name,
    cascade: decision && { ...decision, confidence: answers.confidence },
    unicode,
  };
  const vectors = [...makeUpTexts(), ...examined].map((text) => ({ text, ...answers.answer(text) }));
  return new Map<string, string | Uint8Array>([
    ["README.md", formatModelCard(card)],
    ["model.bin", readFileSync(own.path)],
    ["model.json", `${JSON.stringify(description)}\n`],
    ["test-vectors.json", writeVectors(vectors)],
    ...formats.map((format) => [fileOf[format], readFileSync(join(modules, fileOf[format]))] as const),
  ]);
}

function servedFiles(kept: KeptPlan, exported: ExportedModel, flags: ExportFlags): Files {
  const card = readCard(kept, exported, flags);
  const { name } = exported;
  const { provider, model, resolved } = card.served!;
  const description = { format: 1, name, provider, model, resolved, cascade: decisionOf(exported) };
  return new Map([
    ["README.md", formatModelCard(card)],
    ["model.json", `${JSON.stringify(description, null, 2)}\n`],
  ]);
}

function readCard(kept: KeptPlan, exported: ExportedModel, flags: ExportFlags): ModelCard {
  const { plan, contents } = kept;
  const { name, cascade, own, reference } = exported;
  const results = readResults(plan, contents);
  return {
    name,
    results,
    languages: flags.language ?? [],
    license: flags.license,
    classifier: undefined,
    served: own.type === "served" ? servedAs(kept, own.model, results.answerers) : undefined,
    cascade: results.cascades.find(({ step }) => step === cascade?.node.id),
    spec: shownPath(plan.spec.file, plan.spec.root),
    lock: lockOf(kept, reference.from === "step" ? reference.id : undefined),
  };
}

// A model that no step uses is not among those that the results tell of.
function servedAs(
  { plan }: KeptPlan,
  name: string,
  answerers: ModelCard["results"]["answerers"],
): ModelCard["served"] {
  const { provider, model } = plan.spec.models.get(name)!;
  const type = plan.spec.providers.get(provider)?.type ?? provider;
  return answerers.find((one) => one.name === name) ?? { name, provider: type, model, resolved: [] };
}

/** The digest of the lock, where it names the very step that the store keeps. */
function lockOf({ plan, contents }: KeptPlan, step: string | undefined): string | undefined {
  const lock = goodLock(readLockBeside(plan));
  if (lock === undefined) return undefined;
  if (step !== undefined && lock.steps.get(step)?.key !== contents.manifest(step)?.key) return undefined;
  const parsed = parseLock(lock.text);
  return parsed.ok ? String(parsed.digest) : undefined;
}

function decisionOf({ name, cascade }: ExportedModel) {
  if (cascade === undefined) return null;
  const { first, fallback, threshold } = cascade;
  return { name, first, fallback, threshold };
}

/** One vector a line, so that a difference has a place. */
function writeVectors(vectors: readonly unknown[]): string {
  return `{"vectors": [\n${vectors.map((vector) => JSON.stringify(vector)).join(",\n")}\n]}\n`;
}

function readFormats(text = "js,python"): readonly ModuleFormat[] {
  const formats = text.split(",").map((part) => part.trim());
  const wrong = formats.find((format) => !Object.hasOwn(fileOf, format));
  if (wrong !== undefined)
    throw new Stop(exit.usage, `--format takes js, python or both, not ${JSON.stringify(wrong)}`);
  return [...new Set(formats)] as readonly ModuleFormat[];
}

function readRows(text = "0"): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Stop(exit.usage, `--rows takes a number, not ${JSON.stringify(text)}`);
}

function writeFiles(folder: string, files: Files, force: boolean): void {
  const paths = [...files.keys()].map((file) => join(folder, file));
  const there = paths.filter((path) => existsSync(path));
  if (there.length > 0 && !force)
    throw new Stop(
      exit.usage,
      `${there.map(shown).join(", ")} ${there.length === 1 ? "is" : "are"} there already`,
      "nothing was written; --force writes over them",
    );
  try {
    mkdirSync(folder, { recursive: true });
    for (const [file, content] of files) writeFileDurably(join(folder, file), content);
  } catch (error) {
    throw new Stop(exit.failed, `${shown(folder)} cannot be written: ${(error as Error).message}`);
  }
  process.stdout.write(paths.map((path) => `wrote ${shown(path)}\n`).join(""));
}

function shown(path: string): string {
  return printable(path.replaceAll("\\", "/"));
}
