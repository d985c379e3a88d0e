import type { ProviderDefinition } from "../../runner/provider.ts";
import { classifier } from "./classifier.ts";
import { openai } from "./openai.ts";
import { recorded } from "./recorded.ts";

/** Every provider type. A new one is a file beside this, and a line here. */
export const providers = [recorded, openai, classifier] as readonly ProviderDefinition[];
