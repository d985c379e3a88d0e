/** Reports a fault of a step's own that the schema cannot express; `pointer` is relative to the step. */
export type ReportFault = (pointer: string, message: string, hint?: string) => void;
