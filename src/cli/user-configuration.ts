import { readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { parse } from "yaml";
import { isInside } from "../runner/project.ts";
import type { Json } from "../runner/row.ts";
import { isObject } from "../runner/spec.ts";
import { exit } from "./exit.ts";
import { type Grant, parseGrant } from "./grant.ts";
import { Stop } from "./stop.ts";

/**
 * What the user's own configuration grants a project: `allow:` in `distill/config.yaml` below XDG_CONFIG_HOME
 * or `~/.config` maps a project's folder, or `*` for all, to a list of grants.
 *
 * @throws Stop with exit code 2 where the file says anything else
 */
export function readConfiguredGrants(root: string, env: NodeJS.ProcessEnv): readonly Grant[] {
  const file = configurationFile(env);
  const text = file === undefined ? undefined : readOutside(root, file);
  if (file === undefined || text === undefined) return [];
  return Object.entries(allowedIn(text, file)).flatMap(([project, list]) => {
    if (project !== "*" && !isAbsolute(expandHome(project)))
      refuse(
        file,
        `allow: ${JSON.stringify(project)} is no project: write its absolute path, or "*" for all`,
      );
    if (!Array.isArray(list)) refuse(file, `allow: ${JSON.stringify(project)} must have a list: ${example}`);
    const grants = list.map((word) => parseGrant(String(word), `${file}: allow: ${JSON.stringify(project)}`));
    return project === "*" || isInside(expandHome(project), root) ? grants : [];
  });
}

const example = '{ "*": [exec, "https://llm.example"] }';

// As the XDG specification has it, a path that is empty or relative counts for nothing: the folder that
// distill is called in may be a stranger's.
function configurationFile(env: NodeJS.ProcessEnv): string | undefined {
  const named = env.XDG_CONFIG_HOME ?? "";
  const folder = isAbsolute(named) ? named : join(homedir(), ".config");
  return isAbsolute(folder) ? join(folder, "distill", "config.yaml") : undefined;
}

// A configuration that lies in the project came with it, and grants nothing.
function readOutside(root: string, file: string): string | undefined {
  try {
    return isInside(root, realpathSync(file)) ? undefined : readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function allowedIn(text: string, file: string): { readonly [project: string]: Json } {
  const content = parseYaml(text, file) ?? {};
  if (!isObject(content)) return refuse(file, "must be a mapping with allow:");
  const unknown = Object.keys(content).find((key) => key !== "allow");
  if (unknown !== undefined) refuse(file, `nothing is called ${JSON.stringify(unknown)} here, only allow`);
  const allow = content.allow ?? {};
  return isObject(allow) ? allow : refuse(file, `allow: must say for which projects: ${example}`);
}

function parseYaml(text: string, file: string): Json {
  try {
    return parse(text, { logLevel: "error" });
  } catch (error) {
    return refuse(file, `not valid YAML: ${(error as Error).message.split("\n")[0]}`);
  }
}

function expandHome(path: string): string {
  return path.replace(/^~(?=\/|$)/, homedir());
}

function refuse(file: string, problem: string): never {
  throw new Stop(
    exit.usage,
    `${file}: ${problem}`,
    "this is your own configuration: mend it, or move it away",
  );
}
