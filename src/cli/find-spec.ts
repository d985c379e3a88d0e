import { existsSync, readdirSync } from "node:fs";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/**
 * The spec that is meant where none was named: `distill.yaml` here, else the only YAML file here with a lock.
 *
 * @throws Stop where that is none or several
 */
export function findSpec(named: string | undefined): string {
  if (named !== undefined) return named;
  if (existsSync("distill.yaml")) return "distill.yaml";
  const locked = readdirSync(".").filter(
    (file) => /\.ya?ml$/.test(file) && existsSync(file.replace(/\.ya?ml$/, ".lock")),
  );
  if (locked.length === 1) return locked[0]!;
  throw new Stop(
    exit.usage,
    locked.length === 0
      ? "there is no distill.yaml here"
      : `several specs here have a lock: ${locked.join(", ")}`,
    "name the spec",
  );
}
