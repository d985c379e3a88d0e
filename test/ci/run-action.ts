import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { parse } from "yaml";
import { type RunnerCommand, readCommands } from "./read-log.ts";

/** The file that GitHub reads, as far as it is used here. */
export interface ActionFile {
  readonly inputs: { readonly [name: string]: { readonly description: string; readonly default?: string } };
  readonly outputs: { readonly [name: string]: { readonly description: string; readonly value: string } };
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] };
}

/** One step of a composite action. */
export interface ActionStep {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly shell?: string;
  readonly env?: { readonly [name: string]: string };
  readonly run?: string;
}

/** What a runner saw of an action. */
export interface ActionRun {
  /** 0, or what the first step that failed ended with. */
  readonly code: number;
  readonly log: string;
  /** Those that the runner obeyed. */
  readonly commands: readonly RunnerCommand[];
  readonly outputs: { readonly [name: string]: string };
  /** The summaries of all steps, one below the other. */
  readonly summary: string;
  /** What was written for later steps' environment and path. */
  readonly leaked: string;
}

/** What a job gives an action. */
export interface ActionOptions {
  readonly folder: string;
  readonly event: object;
  readonly apiUrl: string;
  readonly token: string;
  readonly inputs?: { readonly [name: string]: string };
  readonly env?: { readonly [name: string]: string };
}

/** The repository's root, where the action is. */
export const root = join(import.meta.dirname, "../..");

/** Reads action.yml. */
export function readAction(): ActionFile {
  return parse(readFileSync(join(root, "action.yml"), "utf8")) as ActionFile;
}

/** Runs the action step by step as a runner does, in a checked-out repository. */
export async function runAction(options: ActionOptions): Promise<ActionRun> {
  const action = readAction();
  const known = Object.entries(options.inputs ?? {}).filter(([name]) => !Object.hasOwn(action.inputs, name));
  if (known.length > 0) throw new Error(`the action has no input ${known[0]![0]}`);
  const temporary = makeFolder("distill-runner-");
  writeFileSync(join(temporary, "event.json"), JSON.stringify(options.event));
  const context: Context = { token: options.token, inputs: {}, steps: {} };
  for (const [name, { default: value = "" }] of Object.entries(action.inputs))
    context.inputs[name] = options.inputs?.[name] ?? fill(value, context);
  const finished: StepRun[] = [];
  for (const [at, step] of action.runs.steps.entries()) {
    const failed = finished.some(({ code }) => code !== 0);
    if (!isWanted(step.if, context, failed)) continue;
    const files = join(temporary, `step-${at}`);
    const env = Object.entries(step.env ?? {}).map(([name, value]) => [name, fill(value, context)] as const);
    const done = await runStep({ step, files, options, env: Object.fromEntries(env), temporary });
    finished.push(done);
    if (step.id !== undefined) context.steps[step.id] = done.outputs;
  }
  return {
    code: finished.find(({ code }) => code !== 0)?.code ?? 0,
    log: finished.map(({ log }) => log).join(""),
    commands: finished.flatMap(({ log }) => readCommands(log)),
    outputs: Object.fromEntries(
      Object.entries(action.outputs).map(([name, { value }]) => [name, fill(value, context)]),
    ),
    summary: finished.map(({ summary }) => summary).join(""),
    leaked: finished.map(({ leaked }) => leaked).join(""),
  };
}

/** Runs a program and takes all that it prints, in the order in which it came. */
export function runHere(
  command: readonly [string, ...string[]],
  { cwd, env }: { readonly cwd: string; readonly env: { readonly [name: string]: string | undefined } },
): Promise<{ readonly code: number; readonly log: string }> {
  return new Promise((resolve, reject) => {
    const [program, ...args] = command;
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (log += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, log }));
  });
}

/** A folder that is gone after the test. */
export function makeFolder(prefix: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An environment with nothing of the machine's own but the way to Node and git. */
export function bareEnvironment(home: string): { readonly [name: string]: string | undefined } {
  const path = `${dirname(process.execPath)}:${process.env.PATH}`;
  return { PATH: path, HOME: home, GIT_CONFIG_NOSYSTEM: "1", LANG: "C.UTF-8" };
}

interface Context {
  readonly token: string;
  readonly inputs: { [name: string]: string };
  readonly steps: { [id: string]: { readonly [name: string]: string } };
}

interface StepRun {
  readonly code: number;
  readonly log: string;
  readonly outputs: { readonly [name: string]: string };
  readonly summary: string;
  readonly leaked: string;
}

async function runStep(options: {
  readonly step: ActionStep;
  /** Where the files of this step begin. */
  readonly files: string;
  readonly options: ActionOptions;
  readonly env: { readonly [name: string]: string };
  readonly temporary: string;
}): Promise<StepRun> {
  const { step, files, temporary } = options;
  if (step.shell !== "bash" || step.run === undefined) throw new Error("only steps of bash can be run here");
  const { folder, apiUrl } = options.options;
  writeFileSync(`${files}.sh`, step.run);
  for (const file of ["output", "summary", "env", "path", "state"]) writeFileSync(`${files}.${file}`, "");
  const { code, log } = await runHere(
    ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", `${files}.sh`],
    {
      cwd: folder,
      env: {
        ...bareEnvironment(temporary),
        CI: "true",
        GITHUB_ACTIONS: "true",
        GITHUB_ACTION_PATH: root,
        GITHUB_API_URL: apiUrl,
        GITHUB_ENV: `${files}.env`,
        GITHUB_EVENT_NAME: "pull_request",
        GITHUB_EVENT_PATH: join(temporary, "event.json"),
        GITHUB_OUTPUT: `${files}.output`,
        GITHUB_PATH: `${files}.path`,
        GITHUB_REPOSITORY: "acme/router",
        GITHUB_RUN_ID: "4711",
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_STATE: `${files}.state`,
        GITHUB_STEP_SUMMARY: `${files}.summary`,
        GITHUB_WORKSPACE: folder,
        RUNNER_TEMP: temporary,
        ...options.options.env,
        ...options.env,
      },
    },
  );
  const read = (file: string) =>
    existsSync(`${files}.${file}`) ? readFileSync(`${files}.${file}`, "utf8") : "";
  return {
    code,
    log,
    outputs: readOutputs(read("output")),
    summary: read("summary"),
    leaked: read("env") + read("path") + read("state"),
  };
}

/** Reads `name=value` and `name<<END … END`, as the runner does. */
function readOutputs(text: string): { readonly [name: string]: string } {
  const outputs: { [name: string]: string } = {};
  const lines = text.split("\n");
  while (lines.length > 0) {
    const line = lines.shift()!;
    const [, heredoc, end] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    if (heredoc === undefined) {
      const [, name, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
      if (name !== undefined) outputs[name] = value!;
      else if (line !== "") throw new Error(`not an output: ${line}`);
      continue;
    }
    const value: string[] = [];
    while (lines[0] !== end) {
      if (lines.length === 0) throw new Error(`output ${heredoc} has no end`);
      value.push(lines.shift()!);
    }
    lines.shift();
    outputs[heredoc] = value.join("\n");
  }
  return outputs;
}

function fill(text: string, context: Context): string {
  return text.replace(/\$\{\{\s*(.+?)\s*\}\}/g, (_, expression: string) => lookUp(expression, context));
}

function lookUp(expression: string, { token, inputs, steps }: Context): string {
  if (expression === "github.token") return token;
  const [, input] = /^inputs\.([\w-]+)$/.exec(expression) ?? [];
  if (input !== undefined && Object.hasOwn(inputs, input)) return inputs[input]!;
  const [, id, output] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? [];
  if (id !== undefined && output !== undefined) return steps[id]?.[output] ?? "";
  throw new Error(`this runner does not know \${{ ${expression} }}`);
}

/** A step without a condition runs where none before it failed. */
function isWanted(condition: string | undefined, context: Context, failed: boolean): boolean {
  if (condition === undefined) return !failed;
  const [, expression] = /^\$\{\{\s*(.+?)\s*\}\}$/.exec(condition) ?? [];
  return (expression ?? condition).split(/\s*&&\s*/).every((term) => {
    if (term === "!cancelled()") return true;
    const [, value] = /^(\S+) != ''$/.exec(term) ?? [];
    if (value === undefined) throw new Error(`this runner does not know the condition ${term}`);
    return lookUp(value, context) !== "";
  });
}
