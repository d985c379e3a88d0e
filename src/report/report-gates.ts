import { formatP } from "../steps/format.ts";
import { escapeMarkdown, table } from "./markdown.ts";
import type { Exam, GateTest } from "./results.ts";

/** How each gate was tested, and what it would have found on so many items. */
export function formatTests(exams: readonly Exam[]): string {
  const tests = exams.flatMap(({ gates }) => gates.flatMap(({ test }) => test ?? []));
  if (tests.length === 0) return "";
  return [
    "## How the gates were tested",
    table(
      ["claim", "test", "p", "level", "found 4 times in 5"],
      tests.map(({ claim, method, p, level, detectable }) => [
        escapeMarkdown(claim),
        methods[method],
        formatP(p),
        String(Number(level.toPrecision(2))),
        detectable ?? "–",
      ]),
    ),
  ].join("\n\n");
}

const methods: { readonly [method in GateTest["method"]]: string } = {
  mcnemar: "McNemar, exact",
  tango: "Tango's score",
  permutation: "permutation",
  e_process: "e-process",
};
