// All commands behind one import: one file to load is faster than the twenty that they share. Only validate is
// loaded by itself, for editors and hooks call it at every save and it needs half of what the others do.
export { ask } from "./ask.ts";
export { cancel } from "./cancel.ts";
export { listCompletions, showCompletion } from "./completions.ts";
export { deleteCompletions } from "./completions-delete.ts";
export { exportCompletions } from "./completions-export.ts";
export { importCompletions } from "./completions-import.ts";
export { tagCompletions } from "./completions-tag.ts";
export { diff } from "./diff.ts";
export { doctor } from "./doctor.ts";
export { explain } from "./explain.ts";
export { exportModel } from "./export.ts";
export { init } from "./init.ts";
export { plan } from "./plan.ts";
export { report } from "./report.ts";
export { rows } from "./rows.ts";
export { run } from "./run.ts";
export { schema } from "./schema.ts";
export { status } from "./status.ts";
export { steps } from "./steps.ts";
export { eraseStore } from "./store-erase.ts";
export { clearStore } from "./store-gc.ts";
export { pullStore, pushStore } from "./store-share.ts";
export { verify } from "./verify.ts";
export { verifyStore } from "./verify-store.ts";
