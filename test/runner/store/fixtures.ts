import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { openStore, type StoreOptions } from "../../../src/runner/store/open-store.ts";
import type { Manifest, Store } from "../../../src/runner/store.ts";
import { sha256 } from "./answer.ts";

/** A project folder that is gone after the test. */
export function makeRoot(): string {
  const root = mkdtempSync(join(tmpdir(), "distill-store-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

/** A store that is closed after the test. */
export function openTestStore(root: string = makeRoot(), options: StoreOptions = {}): Store {
  const store = openStore(root, options);
  onTestFinished(() => store.close());
  return store;
}

/** Commits a step with outputs of these contents. */
export async function commitStep(
  store: Store,
  step: string,
  contents: { readonly [output: string]: string },
): Promise<Manifest> {
  const stage = await store.stage();
  const outputs = Object.fromEntries(
    Object.entries(contents).map(([name, content]) => {
      writeFileSync(join(stage.directory, name), content);
      const bytes = Buffer.byteLength(content);
      return [name, { kind: "rows" as const, digest: sha256(content), bytes, rows: 1, items: 1 }];
    }),
  );
  const manifest = makeManifest(step, outputs);
  await store.commit(manifest, stage);
  return manifest;
}

function makeManifest(step: string, outputs: Manifest["outputs"]): Manifest {
  return {
    key: sha256(`step ${step}`),
    step,
    version: 1,
    ingredients: { uses: step },
    outputs,
    summary: { facts: { rows: 1 } },
    seconds: 0.5,
    requests: 0,
    cost_usd: null,
    tokens: null,
    resolved_models: {},
  };
}

/** Another process that works on the store of a project. */
export interface OtherProcess {
  readonly child: ChildProcess;
  /** Lines that it printed so far. */
  readonly lines: readonly string[];
  /** Resolves when it has printed so many lines. */
  printed(count: number): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** Starts `other-process.ts` with a task; it is killed after the test. */
export function startOther(root: string, task: string, ...rest: readonly string[]): OtherProcess {
  const script = join(import.meta.dirname, "other-process.ts");
  const child = spawn(process.execPath, ["--no-warnings", script, root, task, ...rest], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(line));
  const ended = once(child, "close").then(() => {});
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return {
    child,
    lines,
    ended,
    async printed(count) {
      while (lines.length < count) await Promise.race([once(reader, "line"), ended.then(tooFew)]);
      function tooFew(): never {
        throw new Error(`the other process ended after ${lines.length} lines`);
      }
    },
  };
}
