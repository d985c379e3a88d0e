import type { World } from "../runner/world.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** What the flags of one call allow. */
export interface AllowFlags {
  readonly allowExec?: boolean | undefined;
  readonly allowOrigin?: readonly string[] | undefined;
}

/**
 * What the user allows a spec of this project: by flags, by DISTILL_ALLOW (`exec` and origins, separated by
 * spaces), or by `allow:` in the user's own configuration. Nothing inside the project can grant anything.
 *
 * @throws Stop with exit code 2 where one of them says what cannot be granted
 */
export async function readWorld(root: string, flags: AllowFlags, env: NodeJS.ProcessEnv): Promise<World> {
  // The parser is loaded only where there may be something to read.
  const { readConfiguredGrants } = await import("./user-configuration.ts");
  const words = (env.DISTILL_ALLOW ?? "").split(/\s+/).filter((word) => word !== "");
  const grants: readonly Grant[] = [
    ...(flags.allowOrigin ?? []).map(grantOfFlag),
    ...words.map((word) => parseGrant(word, "DISTILL_ALLOW")),
    ...readConfiguredGrants(root, env),
  ];
  const origins = new Set(grants.flatMap((grant) => (grant.kind === "origin" ? [grant.origin] : [])));
  return {
    env,
    allowsExec: flags.allowExec === true || grants.some(({ kind }) => kind === "exec"),
    allowsOrigin: (origin) => origins.has(originOf(origin) ?? ""),
    now: () => Date.now(),
  };
}
