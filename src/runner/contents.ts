import { collectFields } from "./fields.ts";
import type { Contents } from "./key.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { resolveProjectPath } from "./project.ts";
import type { Schema } from "./schema.ts";
import { StepFailure } from "./step-failure.ts";
import type { Manifest } from "./store.ts";

/** Contents of a plan: files are hashed beforehand, outputs are told as steps get done. */
export interface PlanContents extends Contents {
  /** Tells what a step gave; from then on its outputs have digests. */
  done(step: string, manifest: Manifest): void;
  /** What a step gave; undefined while it is not done. */
  manifest(step: string): Manifest | undefined;
  /** Absolute path of a file that the spec names. */
  path(path: string): string;
  /** Paths of all files that the spec names, as written. */
  files(): readonly string[];
  /** Lets a book of looks count from now on. */
  count?(look: (node: PlanNode) => number): void;
  /** Which file that a step reads is no longer what it was at the start; undefined where none is. */
  changedSince(node: PlanNode): Promise<string | undefined>;
}

/** Hashes every file that a plan names, by `digest`. */
export async function readContents(
  plan: Plan,
  digest: (path: string) => Promise<string>,
): Promise<PlanContents> {
  const files = new Map<string, { path: string; digest: string }>();
  for (const path of namedFiles(plan)) {
    const found = resolveProjectPath(plan.spec.root, plan.spec.file, path);
    if (!found.ok) throw new StepFailure(`${path} is gone`);
    files.set(path, { path: found.path, digest: await digest(found.path) });
  }
  const manifests = new Map<string, Manifest>();
  let look: (node: PlanNode) => number = () => 1;
  const file = (path: string) => {
    const known = files.get(path);
    if (known === undefined) throw new Error(`no parameter names the file ${path}`);
    return known;
  };
  return {
    file: (path) => file(path).digest,
    files: () => [...files.keys()],
    path: (path) => file(path).path,
    count: (counter) => {
      look = counter;
    },
    look: (node) => look(node),
    output(step, output) {
      const record = manifests.get(step)?.outputs[output];
      if (record === undefined) throw new Error(`step ${step} has not given ${output}`);
      return record.digest;
    },
    done: (step, manifest) => void manifests.set(step, manifest),
    manifest: (step) => manifests.get(step),
    async changedSince(node) {
      for (const name of filesOf(plan, node))
        if ((await digest(file(name).path)) !== file(name).digest) return name;
      return undefined;
    },
  };
}

/** The files that a step reads, itself or through the models and graders that it uses. */
function filesOf(plan: Plan, node: PlanNode, seen = new Set<string>()): ReadonlySet<string> {
  const { spec, registry } = plan;
  const paths = new Set<string>();
  const addFields = (schema: unknown, params: Parameters<typeof collectFields>[1]) => {
    for (const field of collectFields(schema as Schema, params))
      if (field.keyword === "file") paths.add(field.text);
  };
  addFields(node.definition.params, node.params);
  for (const field of node.fields) {
    const grader =
      field.keyword === "names" && field.argument === "grader" ? spec.graders.get(field.text) : undefined;
    if (grader !== undefined) addFields(registry.graders.get(grader.type)!.params, grader.params);
    if (field.keyword !== "artifact") continue;
    const found = node.references.get(field.text)!;
    if (found.from === "dataset") paths.add(spec.datasets.get(found.name)!.path);
    else if (found.from === "model") {
      const provider = spec.providers.get(spec.models.get(found.name)!.provider)!;
      addFields(registry.providers.get(provider.type)!.params, provider.params);
    } else if (found.kind === "model" && !seen.has(found.id)) {
      // A cascade asks its parts while this step runs.
      seen.add(found.id);
      for (const path of filesOf(plan, plan.byId.get(found.id)!, seen)) paths.add(path);
    }
  }
  return paths;
}

function namedFiles(plan: Plan): ReadonlySet<string> {
  const { spec, registry } = plan;
  const paths = new Set<string>();
  for (const dataset of spec.datasets.values()) paths.add(dataset.path);
  const add = (schema: unknown, params: Parameters<typeof collectFields>[1]) => {
    for (const field of collectFields(schema as Schema, params))
      if (field.keyword === "file") paths.add(field.text);
  };
  for (const provider of spec.providers.values())
    add(registry.providers.get(provider.type)!.params, provider.params);
  for (const grader of spec.graders.values()) add(registry.graders.get(grader.type)!.params, grader.params);
  for (const node of plan.nodes) add(node.definition.params, node.params);
  return paths;
}
