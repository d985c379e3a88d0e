import type { ProviderDefinition } from "../../runner/provider.ts";
export const classifier: ProviderDefinition = { name: "classifier", version: 1, summary: "stub", params: { type: "object", additionalProperties: false }, free: true, deterministic: true, kept: false, trainer: "classifier", identity: () => ({ type: "classifier" }), open: async () => { throw new Error("stub"); } };
