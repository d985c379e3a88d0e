import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { registry as shipped } from "../../src/cli/registry.ts";
import { openValidators } from "../../src/runner/compile-schema.ts";
import { readContents } from "../../src/runner/contents.ts";
import type { RunEvent } from "../../src/runner/event.ts";
import { type Explanation, explainStep } from "../../src/runner/explain.ts";
import { forecastSteps } from "../../src/runner/forecast.ts";
import { loadPlan } from "../../src/runner/load.ts";
import { looksOfLock } from "../../src/runner/lock.ts";
import { openLooks } from "../../src/runner/looks.ts";
import { openBudget } from "../../src/runner/money/budget.ts";
import type { Plan } from "../../src/runner/plan.ts";
import type { Registry } from "../../src/runner/registry.ts";
import { type FinishedRun, goodLock, readLockBeside, runPlan } from "../../src/runner/run.ts";
import { openStore } from "../../src/runner/store/open-store.ts";
import type { World } from "../../src/runner/world.ts";
import { type ScriptedProvider, scriptedProvider } from "./scripted-provider.ts";

/** What came of one run: ids by how the steps ended, and how many requests were sent. */
export interface RigRun extends FinishedRun {
  readonly ran: readonly string[];
  readonly cached: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  readonly incomplete: readonly string[];
  readonly sent: number;
  readonly events: readonly RunEvent[];
}

/** Flags of a run in a rig. */
export interface RigFlags {
  readonly force?: readonly string[];
  readonly rebuy?: readonly string[];
  readonly refresh?: readonly string[];
  readonly frozen?: boolean;
  readonly only?: ReadonlySet<string>;
  readonly maxUsd?: number;
  readonly sample?: number;
  readonly world?: Partial<World>;
  readonly signal?: AbortSignal;
  readonly vars?: { readonly [name: string]: string };
}

/** A project in a temporary folder, with a scripted provider beside all that is shipped. */
export interface Rig {
  readonly folder: string;
  readonly provider: ScriptedProvider;
  write(path: string, content: string): void;
  read(path: string): string;
  /** Replaces text in a file; it must be there. */
  edit(path: string, from: string | RegExp, to: string): void;
  plan(vars?: { readonly [name: string]: string }): Plan;
  run(flags?: RigFlags): Promise<RigRun>;
  explain(step: string): Promise<Explanation>;
  remove(path: string): void;
  close(): void;
}

/** Opens a project with these files; the spec is `spec.yaml`. */
export function openRig(files: { readonly [path: string]: string }, provider = scriptedProvider()): Rig {
  const folder = mkdtempSync(join(tmpdir(), "distill-rig-"));
  mkdirSync(join(folder, ".git"));
  const registry: Registry = {
    ...shipped,
    providers: new Map([...shipped.providers, ["scripted", provider.definition as never]]),
  };
  const validators = openValidators(registry);
  const path = (name: string) => join(folder, name);

  const rig: Rig = {
    folder,
    provider,
    write(name, content) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), content);
    },
    read: (name) => readFileSync(path(name), "utf8"),
    edit(name, from, to) {
      const before = rig.read(name);
      const after = before.replace(from, to);
      if (before === after) throw new Error(`${name} does not hold ${from}`);
      rig.write(name, after);
    },
    plan(vars) {
      const planning = loadPlan({
        file: path("spec.yaml"),
        registry,
        validators,
        cwd: folder,
        ...(vars === undefined ? {} : { vars }),
      });
      if (!planning.ok)
        throw new Error(planning.diagnostics.map((one) => `${one.range?.line}: ${one.message}`).join("\n"));
      return planning.plan;
    },
    async run(flags = {}) {
      const plan = rig.plan(flags.vars);
      const store = openStore(folder);
      const events: RunEvent[] = [];
      const before = provider.sent.length;
      const never = new AbortController().signal;
      try {
        const finished = await runPlan({
          plan,
          store,
          lock: readLockBeside(plan),
          world: { env: {}, allowsOrigin: () => false, allowsExec: false, now: () => 0, ...flags.world },
          onEvent: (event) => void events.push(event),
          signal: flags.signal ?? never,
          hardSignal: never,
          force: new Set(flags.force),
          rebuy: new Set(flags.rebuy),
          refresh: new Set(flags.refresh),
          frozen: flags.frozen ?? false,
          budget: openBudget({ maxUsd: flags.maxUsd }),
          sample: flags.sample,
          ...(flags.only === undefined ? {} : { only: flags.only }),
        });
        const by = (status: string) =>
          finished.outcomes.filter((one) => one.status === status).map((one) => one.id);
        return {
          ...finished,
          ran: by("ran"),
          cached: by("cached"),
          failed: by("failed"),
          skipped: by("skipped"),
          incomplete: by("incomplete"),
          sent: provider.sent.length - before,
          events,
        };
      } finally {
        store.close();
      }
    },
    async explain(step) {
      const plan = rig.plan();
      const store = openStore(folder);
      try {
        const contents = await readContents(plan, (file) => store.digestFile(file));
        openLooks({ plan, contents, before: looksOfLock(readLockBeside(plan)), store });
        const forecasts = forecastSteps({
          plan,
          store,
          lock: goodLock(readLockBeside(plan)),
          contents,
          force: new Set(),
        });
        return explainStep(plan, store, forecasts, step);
      } finally {
        store.close();
      }
    },
    remove: (name) => rmSync(path(name), { recursive: true, force: true }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
  for (const [name, content] of Object.entries(files)) rig.write(name, content);
  return rig;
}
