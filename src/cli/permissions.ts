import { readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isInside } from "../runner/project.ts";
import type { World } from "../runner/world.ts";

/** What the flags of one call allow. */
export interface AllowFlags {
  readonly allowExec?: boolean | undefined;
  readonly allowOrigin?: readonly string[] | undefined;
}

/**
 * What the user allows a spec of this project: by flags, by DISTILL_ALLOW (`exec` and origins, separated by
 * spaces), or by `allow:` in the user's own configuration, which maps a project folder or `*` to such a list.
 * Nothing inside the project can grant anything.
 */
export async function readWorld(root: string, flags: AllowFlags, env: NodeJS.ProcessEnv): Promise<World> {
  const grants = new Set<string>([
    ...(flags.allowExec === true ? ["exec"] : []),
    ...(flags.allowOrigin ?? []),
    ...(env.DISTILL_ALLOW ?? "").split(/\s+/),
    ...(await configured(root, env)),
  ]);
  const origins = new Set([...grants].flatMap(originOf));
  return {
    env,
    allowsExec: grants.has("exec"),
    allowsOrigin: (origin) => originOf(origin).some((one) => origins.has(one)),
    now: () => Date.now(),
  };
}

async function configured(root: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const file = join(env.XDG_CONFIG_HOME ?? join(homedir(), ".config"), "distill", "config.yaml");
  let text: string;
  try {
    // A configuration that lies in the project came with it, and grants nothing.
    if (isInside(root, realpathSync(file))) return [];
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  const { parse } = await import("yaml");
  const allow = (parse(text) as { allow?: Record<string, unknown> } | null)?.allow ?? {};
  return Object.entries(allow).flatMap(([project, list]) =>
    Array.isArray(list) &&
    (project === "*" || isInside(resolve(project.replace(/^~(?=\/|$)/, homedir())), root))
      ? list.filter((entry) => typeof entry === "string")
      : [],
  );
}

// None for a text that is no address, such as "exec".
function originOf(text: string): readonly string[] {
  const { origin } = URL.parse(text) ?? { origin: "null" };
  return origin === "null" ? [] : [origin];
}
