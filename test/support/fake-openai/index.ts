export type { AnswerScript, ScriptedAnswer } from "./answer.ts";
export { type FaultKind, faultKinds } from "./faults.ts";
export type { Call, LedgerLine } from "./ledger.ts";
export { type FakeOpenAI, type FakeOpenAIOptions, startFakeOpenAI } from "./server.ts";
