import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { COMMENT_CHARACTERS } from "./comment.mjs";
import { fitParts } from "./cut-markdown.mjs";
import { annotationsOf, drawDetails, drawReview } from "./draw-review.mjs";
import { exit, strongest } from "./exit.mjs";
import { findBase } from "./find-base.mjs";
import { findDistill } from "./find-distill.mjs";
import { findSpecs } from "./find-specs.mjs";
import { code, escapeMarkdown } from "./foreign.mjs";
import { reviewSpec } from "./review-spec.mjs";
import { runProgram } from "./run-program.mjs";
import { writeOutputs, writeSummary } from "./write-files.mjs";

/** @import { Base } from "./find-base.mjs" */
/** @import { Log } from "./log.mjs" */
/** @import { Settings } from "./read-settings.mjs" */
/** @import { SpecReview } from "./review-spec.mjs" */

/**
 * Reviews every spec, and writes log, summary, outputs and the comment's text.
 *
 * @param {Settings} settings
 * @param {Log} log
 * @returns {Promise<{ code: number, commentFile: string }>} The exit code, and where the comment's text is.
 * @throws Usage
 */
export async function review(settings, log) {
  const { github, failOn } = settings;
  const base = await findBase({
    baseSha: settings.pullRequest?.baseSha ?? "",
    against: settings.against,
  });
  if (base.told !== "") log.line(`Nothing is compared: ${base.told}.`);
  /** @type {SpecReview[]} */
  const reviews = [];
  for (const spec of await findSpecs({ lines: settings.specs, base: base.revision })) {
    const one = await reviewOne({ spec, base: base.revision, settings, log });
    const annotations = annotationsOf(one, severityOf(one, failOn));
    log.annotate(
      annotations.map((each) => ({ ...each, file: relative(github.workspace, resolve(each.file)) })),
    );
    reviews.push(one);
  }
  const { forComment, forSummary } = drawReviews({ reviews, base, page: github.runUrl });
  const commentFile = settings.commentFile || join(makeFolder(github.temporary), "comment.md");
  writeFileSync(commentFile, `${forComment}\n`);
  writeSummary(github.summaryFile, forSummary);
  writeOutputs(github.outputFile, {
    verdict: joinVerdicts(reviews),
    fresh: String(reviews.every(({ lock }) => lock === "fresh")),
    report: reviews.map(({ report }) => report).join("\n"),
    comment: commentFile,
  });
  const gates = reviews.map((one) => (severityOf(one, failOn) === "error" ? exit.gate : exit.ok));
  return { code: strongest([...reviews.flatMap(({ codes }) => codes), ...gates]), commentFile };
}

/** @param {{ spec: string, base: string, settings: Settings, log: Log }} options */
function reviewOne({ spec, base, settings, log }) {
  const command = findDistill({ spec, called: settings.distill });
  return reviewSpec({
    spec,
    base,
    store: settings.store,
    distill: async (...args) => {
      const outcome = await runProgram([...command, ...args]);
      log.group(`distill ${args.join(" ")}`, `${outcome.stdout}${outcome.stderr}`);
      return outcome;
    },
  });
}

/**
 * How a verdict that does not pass is told: as an error where it fails the job.
 *
 * @param {SpecReview} review
 * @param {Settings["failOn"]} failOn
 * @returns {"error" | "warning" | undefined}
 */
function severityOf({ verdict }, failOn) {
  switch (verdict) {
    case "fail":
      return failOn === "never" ? "warning" : "error";
    case "undecided":
      return failOn === "undecided" ? "error" : "warning";
    default:
      return undefined;
  }
}

/** @param {{ reviews: readonly SpecReview[], base: Base, page: string }} options */
function drawReviews({ reviews, base, page }) {
  const parts = reviews.map(drawReview);
  const summary = page === "" ? "the job's summary" : `[the job's summary](${page})`;
  const compared =
    base.revision !== ""
      ? `Compared with ${code(base.revision)}, where the branch began.`
      : base.told === ""
        ? "Compared with nothing: no base was named."
        : `Compared with nothing: ${escapeMarkdown(base.told)}.`;
  const closing = {
    first: "",
    always: `${compared} The plan is in ${summary}.`,
    rest: [],
  };
  const whole = parts.flatMap(({ first, always, rest }, at) => {
    const one = reviews[at];
    return [first, always, ...rest, one === undefined ? "" : drawDetails(one)];
  });
  return {
    forComment: fitParts({
      parts: [...parts, closing],
      limit: COMMENT_CHARACTERS - ROOM_FOR_MARKER,
      note: "More did not fit into a comment.",
    }),
    forSummary: [...whole, compared].filter((text) => text !== "").join("\n\n"),
  };
}

const ROOM_FOR_MARKER = 100;

/** @param {string} temporary */
function makeFolder(temporary) {
  return mkdtempSync(join(temporary || tmpdir(), "distill-ci-"));
}

/**
 * One verdict for all specs, the worst; `none` where one has none that can be trusted.
 *
 * @param {readonly SpecReview[]} reviews
 */
function joinVerdicts(reviews) {
  const verdicts = reviews.map(({ verdict }) => verdict ?? "none");
  return ["fail", "undecided", "none"].find((verdict) => verdicts.includes(verdict)) ?? "pass";
}
