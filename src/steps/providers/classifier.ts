import type { ProviderDefinition } from "../../runner/provider.ts";
export const classifier = { name: "classifier", params: {} } as unknown as ProviderDefinition;
