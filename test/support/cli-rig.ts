import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** What a command did. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project folder and the real command line in it. */
export interface CliRig {
  readonly folder: string;
  /** Writes a file of the project. */
  write(path: string, text: string): void;
  read(path: string): string;
  /** Runs the built command as a child process; `in` is a folder below the project. */
  distill(
    args: readonly string[],
    options?: { readonly env?: { readonly [name: string]: string }; readonly in?: string },
  ): Promise<CliResult>;
}

const binary = join(import.meta.dirname, "../../bin/distill.js");

/** A project folder that is gone after the test; `like` is a folder to copy into it. */
export function cliRig(files: { readonly [path: string]: string } = {}, like?: string): CliRig {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "distill-cli-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  if (like !== undefined) cpSync(like, folder, { recursive: true });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return {
    folder,
    write,
    read: (path) => readFileSync(join(folder, path), "utf8"),
    distill: (args, options = {}) =>
      start(args, { cwd: join(folder, options.in ?? "."), env: options.env ?? {} }),
  };
}

function start(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: { readonly [name: string]: string } },
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    // Nothing of the user's own configuration or keys may decide a test.
    const child = spawn(process.execPath, [binary, ...args], {
      cwd,
      env: {
        PATH: process.env.PATH,
        HOME: cwd,
        XDG_CONFIG_HOME: join(cwd, "no-config"),
        NO_COLOR: "1",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
