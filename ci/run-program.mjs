import { spawn } from "node:child_process";

/**
 * What a program did.
 *
 * @typedef {object} Outcome
 * @property {number} code Its exit code; 70 where it could not be started or was killed.
 * @property {string} stdout
 * @property {string} stderr
 */

/**
 * Runs a program without a shell and takes what it prints, of each stream the first 16 MiB. It gets no token, no
 * file of the runner and no permission to run or send anything.
 *
 * @param {readonly string[]} command The program and its arguments.
 * @returns {Promise<Outcome>}
 */
export function runProgram([program = "", ...args]) {
  return new Promise((done) => {
    const child = spawn(program, args, {
      env: harmlessEnvironment(process.env),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.on("error", ({ message }) => done({ code: 70, stdout: "", stderr: message }));
    child.on("close", (code, signal) => {
      const ending = code === null ? `\nended by ${signal}` : "";
      done({ code: code ?? 70, stdout: stdout(), stderr: `${stderr()}${ending}` });
    });
  });
}

/**
 * What went wrong, in the program's own first line.
 *
 * @param {Outcome} outcome
 * @returns {string}
 */
export function complaint({ code, stderr }) {
  const first = stderr.split("\n").find((line) => line.trim() !== "");
  return first?.trim().replace(/^error: /, "") ?? `exit code ${code}`;
}

/** @param {NodeJS.ProcessEnv} env */
function harmlessEnvironment(env) {
  const kept = Object.entries(env).filter(([name]) => !WITHHELD.test(name));
  // npx asks before it downloads, and nobody is there to answer.
  return { ...Object.fromEntries(kept), NO_COLOR: "1", npm_config_yes: "false" };
}

const WITHHELD =
  /^(?:DISTILL_CI_.*|DISTILL_ALLOW|INPUT_.*|G(?:ITHUB|H)_(?:ENTERPRISE_)?TOKEN|GITHUB_(?:ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)|ACTIONS_.*|CI_JOB_TOKEN)$/i;

/** @param {import("node:stream").Readable} stream */
function collect(stream) {
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  stream.on("data", (/** @type {Buffer} */ chunk) => {
    if (bytes < MOST) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

const MOST = 16 * 1024 * 1024;
