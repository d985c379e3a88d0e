import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isInside } from "./project.ts";
import type { ExecOutcome, ExecRequest } from "./step.ts";
import { StepFailure } from "./step-failure.ts";
import type { World } from "./world.ts";

/** Working folders of one step's programs; they last until the step is done. */
export interface Programs {
  run(request: ExecRequest): Promise<ExecOutcome>;
  /** Removes the working folders. */
  clean(): void;
}

/** Runs programs without a shell, each in a folder that holds only what it was given. */
export function openPrograms(world: World, signal: AbortSignal): Programs {
  const folders: string[] = [];
  return {
    async run(request) {
      if (!world.allowsExec)
        throw new StepFailure(
          `the spec wants to run ${JSON.stringify(request.argv[0])}, and running programs was not allowed`,
          "if you trust this spec: --allow-exec, or DISTILL_ALLOW=exec in CI",
        );
      const directory = mkdtempSync(join(tmpdir(), "distill-"));
      folders.push(directory);
      for (const [path, source] of Object.entries(request.files)) {
        const target = join(directory, path);
        if (!isInside(directory, target)) throw new StepFailure(`${path} leaves the working folder`);
        mkdirSync(dirname(target), { recursive: true });
        cpSync(source, target);
      }
      return { directory, stdout: await runProgram(request, directory, world, signal) };
    },
    clean() {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function runProgram(
  request: ExecRequest,
  cwd: string,
  world: World,
  signal: AbortSignal,
): Promise<string> {
  const { execa } = await import("execa");
  const [program, ...args] = request.argv;
  const passed = Object.fromEntries(
    ["PATH", ...request.passEnv].flatMap((name) =>
      world.env[name] === undefined ? [] : [[name, world.env[name]]],
    ),
  );
  // A group of its own: grandchildren must not outlive the program.
  const child = execa(program!, args, {
    cwd,
    env: { LANG: "C.UTF-8", ...passed, ...request.env },
    extendEnv: false,
    stdin: "ignore",
    reject: false,
    detached: true,
    cleanup: true,
    maxBuffer: 64 * 1024 * 1024,
    preferLocal: false,
  });
  const killGroup = (force: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, force);
    } catch {
      // Gone already.
    }
  };
  let reason: string | undefined;
  const stop = (why: string) => {
    reason ??= why;
    killGroup("SIGTERM");
    setTimeout(killGroup, 5_000, "SIGKILL").unref();
  };
  const onAbort = () => stop("interrupted");
  const timer = setTimeout(stop, request.timeoutMs, `took longer than ${request.timeoutMs / 1000} s`);
  const onExit = () => killGroup("SIGKILL");
  signal.addEventListener("abort", onAbort, { once: true });
  process.once("exit", onExit);
  if (signal.aborted) onAbort();
  try {
    const result = await child;
    if (reason !== undefined) throw new StepFailure(`${JSON.stringify(program)} ${reason}`);
    if (result.failed)
      throw new StepFailure(
        result.exitCode === undefined
          ? `${JSON.stringify(program)} could not be run: ${result.code ?? result.signal ?? "unknown reason"}`
          : `${JSON.stringify(program)} ended with exit code ${result.exitCode}`,
        lastLines(String(result.stderr ?? "")),
      );
    return String(result.stdout ?? "");
  } finally {
    clearTimeout(timer);
    killGroup("SIGKILL");
    signal.removeEventListener("abort", onAbort);
    process.removeListener("exit", onExit);
  }
}

function lastLines(text: string): string | undefined {
  const lines = text.trimEnd().split("\n").slice(-5).join("\n");
  return lines === "" ? undefined : lines;
}
