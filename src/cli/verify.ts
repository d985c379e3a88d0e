import { printable } from "../runner/sanitize.ts";
import { type Checked, checkCommitted, type MisfitPlace } from "./check-committed.ts";
import { exit } from "./exit.ts";
import { findSpec } from "./find-spec.ts";
import { openSpec, type SpecOptions } from "./open-spec.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill verify` and `distill lock`. */
export interface VerifyFlags extends SpecOptions {
  /** Only whether the lock is whole and of this spec: no statistics, no report. */
  readonly lockOnly?: boolean;
}

/** `distill verify`: lock, evidence and report against each other and the spec, with no store, key or network. */
export async function verify(named: string | undefined, flags: VerifyFlags): Promise<void> {
  const plan = await openSpec(findSpec(named), flags);
  const { checked, faults, verdict } = await checkCommitted(plan, flags.lockOnly === true);
  if (flags.json === true)
    process.stdout.write(`${JSON.stringify({ ok: faults.length === 0, verdict, checked, faults })}\n`);
  else process.stdout.write(formatVerified(checked, faults));
  if (faults.length > 0)
    throw new Stop(
      exit.failed,
      flags.json === true
        ? ""
        : `${faults.length} ${faults.length === 1 ? "thing does" : "things do"} not fit: nobody ran what is committed here`,
      flags.json === true
        ? undefined
        : `distill run ${plan.spec.document.file} renews them; then review the difference`,
    );
}

function formatVerified(checked: readonly Checked[], faults: readonly MisfitPlace[]): string {
  const width = Math.max(0, ...checked.map(({ what }) => what.length));
  const lines = checked.map(({ what, told }) => printable(`  ${what.padEnd(width)}  ${told}`));
  const wrong = faults.map(({ file, line, message }) =>
    printable(`${file}${line === undefined ? "" : `:${line}`}: ${message}`),
  );
  return `${[...lines, ...(wrong.length === 0 ? [] : ["", ...wrong])].join("\n")}\n`;
}
