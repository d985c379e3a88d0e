import { closeBlocks, splitSections } from "./cut-markdown.mjs";
import { code, codeBlock, defuseMarkdown, escapeMarkdown } from "./foreign.mjs";
import { readReport } from "./review-spec.mjs";

/** @import { Part } from "./cut-markdown.mjs" */
/** @import { Annotation } from "./log.mjs" */
/** @import { SpecReview } from "./review-spec.mjs" */

/**
 * Draws a review as a part of the comment: verdict and figures first, then what was checked, then the details.
 *
 * @param {SpecReview} review
 * @returns {Part}
 */
export function drawReview(review) {
  const drawn = defuseMarkdown(review.difference || readReport(review));
  const [first = heading(review), ...rest] = splitSections(drawn);
  return {
    first: closeBlocks([...warning(review), first].join("\n\n")),
    always: checks(review).join("\n"),
    rest: rest.map(closeBlocks),
  };
}

/**
 * Draws what the job's summary tells beyond the comment: every diagnostic and fault, and the plan.
 *
 * @param {SpecReview} review
 * @returns {string}
 */
export function drawDetails({ spec, diagnostics, faults, planned }) {
  const told = [
    ...diagnostics.map(({ severity, file, range, message, hint }) =>
      row([severity, place(file, range?.line, range?.column), message, hint ?? ""]),
    ),
    ...faults.map(({ file, line, message }) => row(["error", place(file, line), message, ""])),
  ];
  return [
    ...(told.length === 0
      ? []
      : [
          `#### All that does not fit: ${code(spec)}`,
          ["| | where | what | hint |", "|---|---|---|---|", ...told].join("\n"),
        ]),
    ...(planned === undefined ? [] : [`#### Plan: ${code(spec)}`, codeBlock(planned.text)]),
  ].join("\n\n");
}

/**
 * What is to be said at lines of files. Their paths are as distill tells them, from the current folder.
 *
 * @param {SpecReview} review
 * @param {"error" | "warning" | undefined} gate How a verdict that does not pass is told; undefined where it passes.
 * @returns {readonly Annotation[]}
 */
export function annotationsOf({ spec, diagnostics, faults, frozen, verdict }, gate) {
  return [
    ...diagnostics.map(({ severity, file, range, message, hint }) => ({
      severity,
      title: "distill validate",
      message: hint === undefined ? message : `${message}: ${hint}`,
      file,
      line: range?.line,
      endLine: range?.endLine,
      // Columns count for GitHub only within one line.
      ...(range?.line === range?.endLine ? { col: range?.column, endColumn: range?.endColumn } : {}),
    })),
    ...faults.map(({ file, line, message }) => ({
      severity: /** @type {const} */ ("error"),
      title: "distill verify",
      message,
      file,
      line,
    })),
    ...(frozen === undefined || frozen.fits
      ? []
      : [
          {
            severity: /** @type {const} */ ("error"),
            title: "distill run --frozen",
            message: frozen.told,
            file: spec,
          },
        ]),
    ...(gate === undefined
      ? []
      : [{ severity: gate, title: "distill", message: `the verdict is ${verdict}`, file: spec }]),
  ];
}

/** @param {SpecReview} review */
function heading({ spec, valid, verdict }) {
  const told =
    valid !== true ? `❌ ${validity(valid)}` : verdict === null ? "❌ not verified" : VERDICTS[verdict];
  return `### distill: ${code(spec)} ${told ?? escapeMarkdown(verdict ?? "")}`;
}

/** @param {boolean | null} valid */
function validity(valid) {
  return valid === null ? "not checked" : valid ? "valid" : "not valid";
}

/** @type {{ readonly [verdict: string]: string }} */
const VERDICTS = { pass: "✅ PASS", fail: "❌ FAIL", undecided: "⚠️ UNDECIDED" };

/** @param {SpecReview} review */
function warning({ valid, lock, verdict }) {
  if (valid !== true || verdict !== null || lock === "fresh") return [];
  return [
    lock === "missing"
      ? "**❌ No lock is committed: nobody can tell what ran.**"
      : "**❌ What is committed does not fit: do not trust the figures.**",
  ];
}

/** @param {SpecReview} review */
function checks({ spec, valid, diagnostics, lock, faults, verdict, planned, frozen, notes }) {
  return [
    `**Checked here:** ${code(spec)}`,
    "",
    `- ${mark(valid === true)} spec: ${validity(valid)}${counted(diagnostics)}`,
    ...listed(diagnostics.map(({ file, range, message }) => [place(file, range?.line), message])),
    ...(valid === true
      ? [
          `- ${mark(lock === "fresh")} lock, evidence, report: ${lock === "fresh" ? `verified, ${verdict === null ? "no verdict" : `${escapeMarkdown(verdict)} as committed`}` : lock}`,
        ]
      : []),
    ...listed(faults.map(({ file, line, message }) => [place(file, line), message])),
    ...(planned === undefined ? [] : [`- plan: ${planLine(planned)}`]),
    ...(frozen === undefined
      ? []
      : [`- ${mark(frozen.fits)} kept outputs: ${escapeMarkdown(short(frozen.told))}`]),
    ...notes.map((note) => `- not told: ${escapeMarkdown(short(note))}`),
  ];
}

/** @param {boolean} good */
function mark(good) {
  return good ? "✅" : "❌";
}

/** @param {SpecReview["diagnostics"]} diagnostics */
function counted(diagnostics) {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const counts = [count(errors, "error"), count(diagnostics.length - errors, "warning")].filter(
    (text) => text !== "",
  );
  return counts.length === 0 ? "" : `, ${counts.join(", ")}`;
}

/**
 * @param {number} amount
 * @param {string} word
 */
function count(amount, word) {
  return amount === 0 ? "" : `${amount} ${word}${amount === 1 ? "" : "s"}`;
}

/**
 * The first of what is wrong; the summary has all.
 *
 * @param {readonly (readonly [where: string, what: string])[]} told
 */
function listed(told) {
  const lines = told.slice(0, LISTED).map(([where, what]) => `  - ${where} ${escapeMarkdown(short(what))}`);
  return told.length > LISTED ? [...lines, `  - and ${told.length - LISTED} more`] : lines;
}

const LISTED = 10;

/** @param {NonNullable<SpecReview["planned"]>} planned */
function planLine({ steps, requests }) {
  const runs = steps.filter(({ action }) => action === "run").length;
  const open = steps.filter(({ action }) => action === "open").length;
  return [
    `${runs} of ${count(steps.length, "step")} would run`,
    ...(open === 0 ? [] : [`${open} depend${open === 1 ? "s" : ""} on what comes before`]),
    ...(requests === undefined
      ? []
      : [requests === 0 ? "nothing to send" : `${count(requests, "request")} to send`]),
  ].join(", ");
}

/**
 * @param {string} file
 * @param {number} [line]
 * @param {number} [column]
 */
function place(file, line, column) {
  return code([file, line, column].filter((part) => part !== undefined).join(":"));
}

/** @param {readonly [severity: string, where: string, what: string, hint: string]} cells */
function row([severity, where, what, hint]) {
  return `| ${severity} | ${where} | ${escapeMarkdown(short(what))} | ${escapeMarkdown(short(hint))} |`;
}

/** @param {string} text */
function short(text) {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
