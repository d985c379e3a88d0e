import { existsSync } from "node:fs";
import * as validators from "#validators";
import type { Diagnostic } from "../runner/diagnostic.ts";
import { formatDiagnostics } from "../runner/format-diagnostic.ts";
import { loadPlan } from "../runner/load.ts";
import type { Plan, Planning } from "../runner/plan.ts";
import { exit } from "./exit.ts";
import { registry } from "./registry.ts";
import { Stop } from "./stop.ts";

/** Options that every command with a spec has. */
export interface SpecOptions {
  readonly set?: readonly string[] | undefined;
  /** Facts go to standard output as JSON: the faults of a spec too. */
  readonly json?: boolean | undefined;
}

/**
 * Loads a spec and plans it. Warnings go to standard error.
 *
 * @throws Stop with exit code 2 after all diagnostics were printed, or as `planFile` does
 */
export async function openSpec(file: string, options: SpecOptions = {}): Promise<Plan> {
  const planning = await planFile(file, options);
  if (!planning.ok && options.json === true) {
    process.stdout.write(`${JSON.stringify({ valid: false, diagnostics: planning.diagnostics })}\n`);
    throw new Stop(exit.usage);
  }
  printDiagnostics(planning.diagnostics);
  if (planning.ok) return planning.plan;
  const errors = planning.diagnostics.filter((one) => one.severity === "error").length;
  throw new Stop(exit.usage, `${errors} ${errors === 1 ? "error" : "errors"}. Nothing was run.`);
}

/**
 * Loads a spec and plans it, printing nothing.
 *
 * @throws Stop with exit code 2 where a spec of the same name would write the same lock, or `--set` is misused
 */
export async function planFile(file: string, options: SpecOptions): Promise<Planning> {
  refuseTwin(file);
  return loadPlan({
    file,
    registry,
    validators,
    vars: parseVars(options.set ?? []),
    cwd: process.cwd(),
  });
}

/** True where colour may be written to a stream. */
export function usesColor(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR) return false;
  return process.env.FORCE_COLOR ? process.env.FORCE_COLOR !== "0" : stream.isTTY === true;
}

/** Prints diagnostics to standard error. */
function printDiagnostics(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  process.stderr.write(`${formatDiagnostics(diagnostics, { color: usesColor(process.stderr) })}\n\n`);
}

// Lock, evidence and report are named after the spec without its extension.
function refuseTwin(file: string): void {
  const twin = /\.yaml$/i.test(file) ? file.replace(/\.yaml$/i, ".yml") : file.replace(/\.yml$/i, ".yaml");
  if (twin === file || !existsSync(file) || !existsSync(twin)) return;
  throw new Stop(
    exit.usage,
    `${file} and ${twin} would write the same lock and report`,
    "rename one of them",
  );
}

/** Reads `--set name=value`. */
function parseVars(settings: readonly string[]): { readonly [name: string]: string } {
  const vars: Record<string, string> = Object.create(null);
  for (const setting of settings) {
    const at = setting.indexOf("=");
    if (at < 1) throw new Stop(exit.usage, `--set takes name=value, not ${JSON.stringify(setting)}`);
    vars[setting.slice(0, at)] = setting.slice(at + 1);
  }
  return vars;
}
