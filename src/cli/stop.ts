import type { ExitCode } from "./exit.ts";

/** Ends a command with an exit code and, where there is something to say, a message without a stack. */
export class Stop extends Error {
  override readonly name = "Stop";
  readonly code: ExitCode;
  readonly hint: string | undefined;

  constructor(code: ExitCode, message = "", hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
