import { existsSync, readFileSync } from "node:fs";
import { exit } from "./exit.mjs";
import { complaint } from "./run-program.mjs";

/** @import { Outcome } from "./run-program.mjs" */

/**
 * A fault or warning of the spec's text, as `distill validate --json` tells it.
 *
 * @typedef {object} Diagnostic
 * @property {"error" | "warning"} severity
 * @property {string} message
 * @property {string} file
 * @property {{ line: number, column: number, endLine: number, endColumn: number }} [range]
 * @property {string} [hint]
 */

/**
 * Something committed that does not fit, as `distill verify --json` tells it.
 *
 * @typedef {{ file: string, line?: number, message: string }} Fault
 */

/**
 * What distill says of one spec.
 *
 * @typedef {object} SpecReview
 * @property {string} spec Its path.
 * @property {string} report The path of the report beside it.
 * @property {boolean | null} valid Null where that could not be told.
 * @property {readonly Diagnostic[]} diagnostics
 * @property {"fresh" | "stale" | "missing" | "unknown"} lock Fresh where all that is committed is of this spec.
 * @property {readonly Fault[]} faults Why the lock is not fresh.
 * @property {string | null} verdict As recomputed; null where there is none or it cannot be trusted.
 * @property {Planned | undefined} planned
 * @property {string} difference Markdown: what changed since the base; or empty.
 * @property {Frozen | undefined} frozen Undefined where no store was named.
 * @property {readonly string[]} notes What could not be told, and why.
 * @property {readonly number[]} codes The exit codes of what did not hold, but for the verdict.
 */

/**
 * What would run.
 *
 * @typedef {object} Planned
 * @property {string} text As distill draws it.
 * @property {readonly { id: string, action: string, reason: string }[]} steps
 * @property {number | undefined} requests How many would be sent; undefined where it is not told.
 */

/**
 * What `distill run --frozen` says of a store.
 *
 * @typedef {{ fits: boolean, told: string }} Frozen
 */

/**
 * What calls distill for a spec, and writes what it prints to the log.
 *
 * @typedef {(...args: readonly string[]) => Promise<Outcome>} Distill
 */

/**
 * Reviews one spec. Nothing is executed and nothing is sent.
 *
 * @param {{ spec: string, base: string, store: string, distill: Distill }} options `base` is a commit, `store` a
 * directory; each may be empty.
 * @returns {Promise<SpecReview>}
 */
export async function reviewSpec({ spec, base, store, distill }) {
  const stem = spec.replace(/\.ya?ml$/i, "");
  const validated = await validate(spec, distill);
  const seen = { spec, report: `${stem}.report.md`, ...validated };
  const [code = exit.ok] = validated.codes;
  if (code !== exit.ok)
    return {
      ...seen,
      lock: existsSync(`${stem}.lock`) ? "unknown" : "missing",
      faults: [],
      verdict: null,
      planned: undefined,
      difference: "",
      frozen: undefined,
    };
  // First, so that the plan tells what is kept there.
  const pulled = store === "" ? { ...NOTHING, isThere: false } : await pull({ spec, store, distill });
  const planned = await plan({ spec, base, distill });
  const verified = await verify({ spec, lock: `${stem}.lock`, distill });
  const compared = base === "" ? { ...NOTHING, difference: "" } : await compare({ spec, base, distill });
  const kept = pulled.isThere ? await runFrozen(spec, distill) : { ...NOTHING, frozen: undefined };
  const all = [validated, pulled, planned, verified, compared, kept];
  return {
    ...seen,
    lock: verified.lock,
    faults: verified.faults,
    verdict: verified.verdict,
    planned: planned.planned,
    difference: compared.difference,
    frozen: kept.frozen,
    notes: all.flatMap(({ notes }) => notes),
    codes: all.flatMap(({ codes }) => codes),
  };
}

/** @type {{ notes: readonly string[], codes: readonly number[] }} */
const NOTHING = { notes: [], codes: [] };

/**
 * @param {string} spec
 * @param {Distill} distill
 */
async function validate(spec, distill) {
  const outcome = await distill("validate", spec, "--json");
  const told = readLastLine(outcome);
  if (told === undefined)
    return {
      valid: null,
      diagnostics: [],
      notes: [`validate: ${complaint(outcome)}`],
      codes: [outcome.code || exit.fault],
    };
  const valid = told.valid === true && outcome.code === exit.ok;
  return {
    valid,
    diagnostics: /** @type {readonly Diagnostic[]} */ (told.diagnostics ?? []),
    notes: [],
    codes: valid ? [] : [outcome.code || exit.usage],
  };
}

/** @param {{ spec: string, store: string, distill: Distill }} options */
async function pull({ spec, store, distill }) {
  // A cache that was never filled is no fault of the branch.
  if (!existsSync(store))
    return { isThere: false, notes: [`run --frozen: there is no store at ${store}`], codes: [] };
  const outcome = await distill("store", "pull", store, spec);
  const notes = outcome.code === exit.ok ? [] : [`store pull: ${complaint(outcome)}`];
  return { isThere: true, notes, codes: onlyFaults(outcome) };
}

/**
 * @param {{ spec: string, base: string, distill: Distill }} options
 * @returns {Promise<{ planned: Planned | undefined, notes: readonly string[], codes: readonly number[] }>}
 */
async function plan({ spec, base, distill }) {
  const against = base === "" ? [] : ["--against", base];
  const outcome = await distill("plan", spec, ...against, "--json");
  const told = readLastLine(outcome);
  if (told === undefined || outcome.code !== exit.ok) {
    const note = `plan${base === "" ? "" : ` --against ${base}`}: ${complaint(outcome)}`;
    if (base === "" || outcome.code === exit.fault)
      return { planned: undefined, notes: [note], codes: onlyFaults(outcome) };
    // The base may lack the spec, or not validate: what would run here can be told all the same.
    const without = await plan({ spec, base: "", distill });
    return { ...without, notes: [note, ...without.notes] };
  }
  const drawn = await distill("plan", spec, ...against);
  return {
    planned: {
      text: drawn.stdout,
      steps: told.steps ?? [],
      requests: typeof told.send?.requests === "number" ? told.send.requests : undefined,
    },
    notes: [],
    codes: onlyFaults(drawn),
  };
}

/**
 * @param {{ spec: string, lock: string, distill: Distill }} options
 * @returns {Promise<Pick<SpecReview, "lock" | "faults" | "verdict" | "notes" | "codes">>}
 */
async function verify({ spec, lock, distill }) {
  const outcome = await distill("verify", spec, "--json");
  const told = readLastLine(outcome);
  if (told?.ok === true && outcome.code === exit.ok)
    return { lock: "fresh", faults: [], verdict: told.verdict ?? null, notes: [], codes: [] };
  const faults = /** @type {readonly Fault[]} */ (told?.faults ?? []);
  return {
    lock: existsSync(lock) ? "stale" : "missing",
    faults: faults.length > 0 ? faults : [{ file: lock, message: complaint(outcome) }],
    verdict: null,
    notes: [],
    codes: [outcome.code || exit.failed],
  };
}

/** @param {{ spec: string, base: string, distill: Distill }} options */
async function compare({ spec, base, distill }) {
  const outcome = await distill("diff", base, "--spec", spec, "--markdown");
  return outcome.code === exit.ok
    ? { ...NOTHING, difference: outcome.stdout }
    : { difference: "", notes: [`diff ${base}: ${complaint(outcome)}`], codes: onlyFaults(outcome) };
}

/**
 * @param {string} spec
 * @param {Distill} distill
 * @returns {Promise<Pick<SpecReview, "frozen" | "notes" | "codes">>}
 */
async function runFrozen(spec, distill) {
  const outcome = await distill("run", spec, "--frozen", "--json");
  // The verdict is judged once, from what is committed.
  const fits = outcome.code === exit.ok || outcome.code === exit.gate;
  return {
    frozen: { fits, told: fits ? "everything is kept and is what the lock says" : complaint(outcome) },
    notes: [],
    codes: fits ? [] : [outcome.code],
  };
}

/**
 * What is only told does not fail the job, unless distill itself is broken.
 *
 * @param {Outcome} outcome
 */
function onlyFaults({ code }) {
  return code === exit.fault ? [code] : [];
}

/**
 * The object that distill prints as its last line.
 *
 * @param {Outcome} outcome
 * @returns {{ [key: string]: any } | undefined}
 */
function readLastLine({ stdout }) {
  try {
    const value = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The report that is committed beside a spec, where it says what lock and evidence say.
 *
 * @param {SpecReview} review
 * @returns {string} Markdown, or empty.
 */
export function readReport({ lock, report }) {
  return lock === "fresh" && existsSync(report) ? readFileSync(report, "utf8") : "";
}
