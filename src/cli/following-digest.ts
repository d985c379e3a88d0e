import { hash } from "node:crypto";
import type { PlanContents } from "../runner/contents.ts";
import type { PlanNode } from "../runner/plan.ts";
import { type CascadeFacts, cascadeContent } from "../steps/cascade.ts";
import { type CompareFacts, verdictContent } from "../steps/compare.ts";

/** sha256 of the output that a comparison's or cascade's facts give, by its name; none for other steps and open ones. */
export function followingDigest(
  node: PlanNode,
  contents: PlanContents,
): { readonly output: string; readonly digest: string } | undefined {
  const facts = contents.manifest(node.id)?.summary.facts;
  if (facts === undefined) return undefined;
  switch (node.definition.name) {
    case "compare":
      return { output: "verdict", digest: hash("sha256", verdictContent(facts as unknown as CompareFacts)) };
    case "cascade": {
      const { by } = node.params;
      return {
        output: "model",
        digest: hash(
          "sha256",
          cascadeContent(facts as unknown as CascadeFacts, typeof by === "string" ? by : undefined),
        ),
      };
    }
    default:
      return undefined;
  }
}
