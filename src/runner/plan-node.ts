import type { Execution } from "./asking.ts";
import type { Field } from "./fields.ts";
import type { Reference } from "./references.ts";
import type { JsonObject } from "./row.ts";
import type { StepSpec } from "./spec.ts";
import type { OutputDeclaration, StepDefinition } from "./step.ts";

/** A step in the plan: what it is, what it needs, and where it stands in the text. */
export interface PlanNode {
  readonly id: string;
  readonly step: StepSpec;
  readonly definition: StepDefinition;
  /** Parameters with every default filled, the spec's seed and the trainer's hyperparameters included. */
  readonly params: JsonObject;
  readonly fields: readonly Field[];
  /** What each artifact parameter's text stands for. */
  readonly references: ReadonlyMap<string, Reference>;
  readonly outputs: { readonly [name: string]: OutputDeclaration };
  /** Ids of the steps whose content goes into this one. */
  readonly inputs: readonly string[];
  /** Ids of all steps that come before: inputs, `after`, `requires`. */
  readonly needs: readonly string[];
  readonly execution: Execution;
  /** Which metadata something downstream reads. */
  readonly metadataRead: MetadataRead;
}

/** Which metadata keys something reads: these, or all. */
export type MetadataRead = "all" | ReadonlySet<string>;
