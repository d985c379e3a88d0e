export type { FaultKind } from "./faults.ts";
export { type FakeOpenAI, type FakeOpenAIOptions, startFakeOpenAI } from "./server.ts";
