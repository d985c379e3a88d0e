import { existsSync } from "node:fs";
import { findProjectRoot, findStoreRoot, shownPath } from "../runner/project.ts";
import { checkGround, type Ground } from "./check-ground.ts";
import { checkProviders } from "./check-providers.ts";
import { exit } from "./exit.ts";
import { findSpec } from "./find-spec.ts";
import { type Finding, type FindingGroup, formatFindings } from "./format-findings.ts";
import { withKept } from "./open-kept.ts";
import { openSpec, type SpecOptions } from "./open-spec.ts";
import type { AllowFlags } from "./permissions.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill doctor`. */
export interface DoctorFlags extends SpecOptions, AllowFlags {
  readonly offline?: boolean;
}

/**
 * `distill doctor`.
 *
 * @throws Stop with exit code 1 after all findings were printed, where something is wrong; 2 where the spec is
 */
export async function doctor(named: string | undefined, flags: DoctorFlags): Promise<void> {
  const spec = named ?? specHere();
  const root = spec !== undefined && existsSync(spec) ? findProjectRoot(spec) : findStoreRoot(process.cwd());
  const ground = await checkGround(root, flags, process.env);
  const groups = [
    { title: "this machine and project", findings: ground.findings },
    ...(spec === undefined ? [] : [await checkSpec(spec, flags, ground)]),
  ];
  const bad = count(groups, "bad");
  if (flags.json === true) {
    const findings = groups.flatMap((group) => group.findings);
    process.stdout.write(`${JSON.stringify({ good: bad === 0, findings })}\n`);
  } else process.stdout.write(`${formatFindings(groups)}\n${describeGroups(groups)}\n`);
  if (bad > 0) throw new Stop(exit.failed);
}

/** The spec that every other command would take here; undefined where there is none, or a choice of several. */
function specHere(): string | undefined {
  try {
    return findSpec(undefined);
  } catch (error) {
    if (error instanceof Stop) return undefined;
    throw error;
  }
}

async function checkSpec(spec: string, flags: DoctorFlags, ground: Ground): Promise<FindingGroup> {
  const title = `providers of ${shownPath(spec, process.cwd())}`;
  const { world, hasStore } = ground;
  if (world === undefined || !hasStore) {
    await openSpec(spec, flags);
    const text = "not looked at before what is wrong above is mended";
    return { title, findings: [{ about: "all", state: "note", text }] };
  }
  return withKept(spec, flags, async ({ plan, steps, contents }) => ({
    title,
    findings: await checkProviders({
      plan,
      contents,
      world,
      steps,
      offline: flags.offline === true,
      signal: new AbortController().signal,
    }),
  }));
}

function describeGroups(groups: readonly FindingGroup[]): string {
  const [bad, notes] = [count(groups, "bad"), count(groups, "note")];
  if (bad > 0) return bad === 1 ? "One thing is wrong." : `${bad} things are wrong.`;
  return notes === 0 ? "Nothing is wrong." : "Nothing is wrong; mind what is marked with !";
}

function count(groups: readonly FindingGroup[], state: Finding["state"]): number {
  return groups.flatMap(({ findings }) => findings).filter((finding) => finding.state === state).length;
}
