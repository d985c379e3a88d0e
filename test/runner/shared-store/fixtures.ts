import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { digestJson } from "../../../src/runner/key.ts";
import type { JsonObject } from "../../../src/runner/row.ts";
import type { NeededStep } from "../../../src/runner/shared-store/needed-steps.ts";
import { openStore, type StoreOptions } from "../../../src/runner/store/open-store.ts";
import type { Manifest, Store, StoredAnswer } from "../../../src/runner/store.ts";
import { makeAnswer, sha256 } from "../store/answer.ts";

/** A folder in memory (where the system has such a folder) that is gone after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "distill-shared-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store in memory that is closed after the test. */
export function openSharingStore(options: StoreOptions = {}): Store {
  const store = openStore(makeFolder(), options);
  onTestFinished(() => store.close());
  return store;
}

/** Runs a step by hand: keeps its answers under tags, and commits it with these contents. */
export async function commitStep(
  store: Store,
  step: string,
  made: {
    readonly contents: { readonly [output: string]: string | Buffer };
    readonly answers?: readonly StoredAnswer[];
    /** What its key depends on beside its name. */
    readonly params?: JsonObject;
  },
): Promise<Manifest> {
  const stage = await store.stage();
  const outputs: Record<string, Manifest["outputs"][string]> = {};
  for (const [name, content] of Object.entries(made.contents)) {
    writeFileSync(join(stage.directory, name), content);
    const digest = sha256(content);
    outputs[name] = { kind: "rows", digest, bytes: Buffer.byteLength(content), rows: 1, items: 1 };
  }
  const answers = made.answers ?? [];
  await Promise.all(
    answers.map((answer, index) =>
      store.keepAnswer(answer, { spec: "spec.yaml", step, item: `item ${index}`, metadata: { of: step } }),
    ),
  );
  const ingredients = { step: { type: step, version: 1 }, params: made.params ?? {} };
  const manifest: Manifest = {
    key: digestJson(ingredients),
    step,
    version: 1,
    ingredients,
    outputs,
    summary: { facts: { rows: 1 } },
    seconds: 0.5,
    requests: answers.length,
    cost_usd: null,
    tokens: null,
    resolved_models: {},
  };
  await store.commit(
    manifest,
    stage,
    answers.map(({ key }) => key),
  );
  return manifest;
}

/** What a lock over these steps needs. */
export function needs(...manifests: readonly Manifest[]): readonly NeededStep[] {
  return manifests.map(({ key, step, outputs }) => ({
    key,
    id: step,
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, { digest }]) => [name, digest])),
    tagged: [{ spec: "spec.yaml", step }],
  }));
}

/** Answers named by numbers from the first on. */
export function makeAnswers(count: number, first = 0): readonly StoredAnswer[] {
  return Array.from({ length: count }, (_, index) => makeAnswer(first + index));
}

/** Paths of all files below a folder, relative, sorted. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Files of a shared directory under their own names whose content is not what the name says, or that a step names and that are not there. */
export function findUnsound(directory: string): readonly string[] {
  const files = filesIn(directory).filter((path) => !path.endsWith(".tmp"));
  const there = new Set(files);
  return files.flatMap((path) => {
    const content = readFileSync(join(directory, path));
    if (path === "distill-store.json")
      return content.toString() === '{"distill_store":1}\n' ? [] : [`${path} is damaged`];
    if (path.match(/([0-9a-f]{64})(\.jsonl?)?$/)?.[1] !== sha256(content)) return [`${path} is damaged`];
    if (!path.startsWith("steps/")) return [];
    const { manifest, answers } = JSON.parse(content.toString());
    const named = [
      ...Object.values<{ digest: string }>(manifest.outputs).map(({ digest }) => `objects/${digest}`),
      ...(answers ?? []).map(({ digest }: { digest: string }) => `answers/${digest}.jsonl`),
    ];
    return named.filter((one) => !there.has(one)).map((one) => `${path} names ${one}`);
  });
}
