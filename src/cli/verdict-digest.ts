import { hash } from "node:crypto";
import type { PlanContents } from "../runner/contents.ts";
import type { PlanNode } from "../runner/plan.ts";
import { type CompareFacts, verdictContent } from "../steps/compare.ts";

/** sha256 of the verdict that a comparison's facts give; undefined for other steps and those that are not done. */
export function verdictDigest(node: PlanNode, contents: PlanContents): string | undefined {
  const facts = contents.manifest(node.id)?.summary.facts;
  if (node.definition.name !== "compare" || facts?.gates === undefined) return undefined;
  return hash("sha256", verdictContent(facts as unknown as CompareFacts));
}
