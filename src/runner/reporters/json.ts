import type { Reporter, ReporterOptions } from "./reporter.ts";
import { foreign } from "./text-layout.ts";

/** Tells of a run only its result, as one line of JSON; what went wrong goes to `problem`. */
export function openJsonReporter({
  write,
  problem,
}: Pick<ReporterOptions, "write"> & { readonly problem: (text: string) => void }): Reporter {
  return {
    event(event) {
      switch (event.type) {
        case "run-finished":
          write(`${toSafeJson(event.result)}\n`);
          return;
        case "step-warning":
          problem(`${foreign(event.id)}: ${foreign(event.message)}\n`);
          return;
        case "step-finished":
          if (event.status === "failed" || event.status === "incomplete")
            problem(
              `${[`${foreign(event.id)} ${event.status}: ${foreign(event.message ?? "")}`, ...(event.hint === undefined ? [] : [foreign(event.hint)])].join("\n")}\n`,
            );
          return;
        case "diagnostic":
          problem(`${foreign(event.diagnostic.message)}\n`);
          return;
        case "run-started":
        case "step-started":
        case "step-progress":
          return;
      }
    },
    note: (message) => problem(`${foreign(message)}\n`),
    close: async () => {},
  };
}

/** JSON whose every character is visible: a terminal may be what reads it. */
function toSafeJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}
