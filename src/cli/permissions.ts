import type { World } from "../runner/world.ts";
import { exit } from "./exit.ts";
import { type Grant, originOf, parseGrant } from "./grant.ts";
import { Stop } from "./stop.ts";
import { readConfiguredGrants } from "./user-configuration.ts";

/** What the flags of one call allow. */
export interface AllowFlags {
  readonly allowExec?: boolean | undefined;
  readonly allowOrigin?: readonly string[] | undefined;
}

/**
 * What the user allows a spec of this project: by flags, by DISTILL_ALLOW (`exec` and origins, separated by
 * spaces), or by the user's own configuration. Nothing inside the project can grant anything.
 *
 * @throws Stop with exit code 2 where one of them names what cannot be allowed
 */
export function readWorld(root: string, flags: AllowFlags, env: NodeJS.ProcessEnv): World {
  const grants = readGrants(root, flags, env);
  const origins = new Set(grants.map((grant) => (grant.kind === "origin" ? grant.origin : undefined)));
  return {
    env,
    allowsExec: grants.some(({ kind }) => kind === "exec"),
    allowsOrigin(address) {
      const origin = originOf(address);
      return origin !== undefined && origins.has(origin);
    },
    now: () => Date.now(),
  };
}

/**
 * Everything that the user allows a spec of this project, wherever it is said.
 *
 * @throws Stop with exit code 2 where something names what cannot be allowed
 */
export function readGrants(root: string, flags: AllowFlags, env: NodeJS.ProcessEnv): readonly Grant[] {
  const words = (env.DISTILL_ALLOW ?? "").split(/\s+/).filter((word) => word !== "");
  return [
    ...(flags.allowExec === true ? [{ kind: "exec" } as const] : []),
    ...(flags.allowOrigin ?? []).map(parseOriginFlag),
    ...words.map((word) => parseGrant(word, "DISTILL_ALLOW")),
    ...readConfiguredGrants(root, env),
  ];
}

function parseOriginFlag(text: string): Grant {
  const origin = originOf(text);
  if (origin !== undefined) return { kind: "origin", origin };
  throw new Stop(
    exit.usage,
    `--allow-origin takes an origin such as https://llm.example, not ${JSON.stringify(text)}`,
    text === "exec" ? "programs are allowed by --allow-exec" : undefined,
  );
}
