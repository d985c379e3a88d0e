import type { PlanContents } from "./contents.ts";
import { DamagedInput } from "./models.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { readDataset, readJsonLines } from "./read-rows.ts";
import type { Json, Row } from "./row.ts";
import type { Artifact } from "./step.ts";
import type { Store } from "./store.ts";

/** Reads what a step's parameters refer to, and what it gave itself. */
export interface ArtifactReader {
  /** The verified content of a reference. @throws DamagedInput where it does not fit its sha256 any more */
  artifact(reference: string): Promise<Artifact>;
  /** The lines of a referenced artifact. */
  lines(reference: string): AsyncGenerator<Json>;
  /** The rows of a rows reference, in order. */
  rows(reference: string): AsyncGenerator<Row>;
  /** The lines of an output of the step itself. */
  output(name: string): AsyncGenerator<Json>;
}

/** Opens the artifacts of a step. */
export function openArtifacts(options: {
  readonly plan: Plan;
  readonly node: PlanNode;
  readonly store: Store;
  readonly contents: PlanContents;
}): ArtifactReader {
  const { plan, node, store, contents } = options;

  async function open(step: string, output: string) {
    const digest = contents.output(step, output);
    const path = await store.open(digest);
    if (path === undefined) throw new DamagedInput(step);
    return { digest, path };
  }

  const reader: ArtifactReader = {
    async artifact(reference) {
      const found = node.references.get(reference);
      if (found?.from === "dataset") {
        const { path } = plan.spec.datasets.get(found.name)!;
        return { kind: "rows", digest: contents.file(path), path: contents.path(path) };
      }
      if (found?.from !== "step") throw new Error(`"${reference}" has no content`);
      return { kind: found.kind, ...(await open(found.id, found.output)) };
    },
    async *lines(reference) {
      const { path } = await reader.artifact(reference);
      for await (const { value } of readJsonLines(path, reference)) yield value;
    },
    async *rows(reference) {
      const found = node.references.get(reference);
      if (found?.from === "dataset") {
        const { path, id } = plan.spec.datasets.get(found.name)!;
        yield* readDataset(contents.path(path), path, id);
      } else for await (const value of reader.lines(reference)) yield value as unknown as Row;
    },
    async *output(name) {
      const { path } = await open(node.id, name);
      for await (const { value } of readJsonLines(path, `${node.id}.${name}`)) yield value;
    },
  };
  return reader;
}
