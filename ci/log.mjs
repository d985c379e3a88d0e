import { randomBytes } from "node:crypto";
import { logLine } from "./foreign.mjs";

/**
 * A place in a text file and what is to be said about it.
 *
 * @typedef {object} Annotation
 * @property {"error" | "warning"} severity
 * @property {string} title
 * @property {string} message
 * @property {string} file Relative to the repository's root.
 * @property {number | undefined} [line] From 1.
 * @property {number | undefined} [endLine]
 * @property {number | undefined} [col] From 1.
 * @property {number | undefined} [endColumn]
 */

/**
 * What the job's log is told.
 *
 * @typedef {object} Log
 * @property {(text: string) => void} line One line.
 * @property {(message: string) => void} fail Why the job cannot do its work.
 * @property {(title: string, text: string) => void} group The output of a program, folded where the service can.
 * @property {(annotations: readonly Annotation[]) => void} annotate Remarks at lines of files.
 */

/**
 * Opens the log of a job: with GitHub's workflow commands where it is GitHub that reads it, else as plain lines. No
 * text that is handed in is ever read as a command.
 *
 * @param {{ write: (text: string) => unknown, isGitHub: boolean }} options
 * @returns {Log}
 */
export function openLog({ write, isGitHub }) {
  /** @param {string} text */
  const line = (text) => write(`${logLine(text)}\n`);
  return {
    line,
    fail(message) {
      if (isGitHub) write(`::error title=distill::${escapeData(logLine(message))}\n`);
      else line(`error: ${message}`);
    },
    group(title, text) {
      const lines = text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
      if (!isGitHub) {
        line(`# ${title}`);
        for (const one of lines) line(`  ${one}`);
        return;
      }
      // Nobody who writes the text can know the token that ends it.
      const token = randomBytes(16).toString("hex");
      write(`::group::${escapeData(logLine(title))}\n::stop-commands::${token}\n`);
      for (const one of lines) line(one);
      write(`::${token}::\n::endgroup::\n`);
    },
    annotate(annotations) {
      if (!isGitHub) {
        for (const one of annotations) line(plain(one));
        return;
      }
      for (const severity of SEVERITIES) {
        const all = annotations.filter((one) => one.severity === severity);
        for (const one of all.slice(0, SHOWN)) write(`${command(one)}\n`);
        if (all.length > SHOWN) line(`${all.length - SHOWN} more of these ${severity}s are in the summary.`);
      }
    },
  };
}

const SEVERITIES = /** @type {const} */ (["error", "warning"]);

/** GitHub shows so many annotations of a kind and step, and drops the others. */
const SHOWN = 10;

/** @param {Annotation} annotation */
function command({ severity, message, ...properties }) {
  const { file, line, endLine, col, endColumn, title } = properties;
  const written = Object.entries({ file, line, endLine, col, endColumn, title })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(logLine(String(value)))}`);
  return `::${severity} ${written.join(",")}::${escapeData(logLine(message))}`;
}

/** @param {Annotation} annotation */
function plain({ severity, file, line, col, message }) {
  return `${[file, line, col].filter((part) => part !== undefined).join(":")} ${severity}: ${message}`;
}

/** @param {string} text */
function escapeData(text) {
  return text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

/** @param {string} text */
function escapeProperty(text) {
  return escapeData(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}
