/** Some rows have no answer yet: the step stays incomplete, and the next run asks for these alone. */
export class StepIncomplete extends Error {
  override readonly name = "StepIncomplete";
  /** Ids of the items without an answer. */
  readonly missing: readonly string[];
  readonly hint: string | undefined;

  constructor(message: string, missing: readonly string[], hint?: string) {
    super(message);
    this.missing = missing;
    this.hint = hint;
  }
}

/** Only a sample of the questions was to be asked, and was: nothing failed, and nothing is done. */
export class StepSampled extends Error {
  override readonly name = "StepSampled";

  constructor(asked: number, total: number) {
    super(`${asked.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} asked as a sample`);
  }
}

/** A step cannot do its work with what it was given; the user must mend it. No stack is shown. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
