export { contentHash } from "./content-hash.ts";
export { dataKinds, type FaultKind, faultKinds, transientKinds } from "./faults.ts";
export { type FakeOpenAI, type FakeOpenAIOptions, startFakeOpenAI } from "./server.ts";
