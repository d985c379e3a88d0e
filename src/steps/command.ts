import { createReadStream } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { FromSchema } from "json-schema-to-ts";
import type { Row } from "../runner/row.ts";
import { type Artifact, defineStep, type StepContext } from "../runner/step.ts";
import { StepFailure } from "../runner/step-failure.ts";
import { formatCounted } from "./format.ts";
import type { ParamsSchema } from "./params-schema.ts";
import { readRow } from "./read-row.ts";
import { splitLines } from "./split-lines.ts";

const outputName = { type: "string", pattern: "^[A-Za-z][A-Za-z0-9_-]*$", maxLength: 64 } as const;
const variableName = { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$" } as const;

const params = {
  type: "object",
  additionalProperties: false,
  required: ["argv", "outputs"],
  properties: {
    argv: {
      type: "array",
      minItems: 1,
      items: { type: "string" },
      description: "The program and its arguments; no shell reads them.",
    },
    inputs: {
      type: "object",
      propertyNames: outputName,
      additionalProperties: { type: "string", artifact: "any" },
      description:
        "What the program finds as inputs/NAME, and as inputs/NAME.jsonl where it is rows or results.",
    },
    files: {
      type: "array",
      uniqueItems: true,
      items: { type: "string", minLength: 1, file: "placed" },
      description:
        "Files that the program needs, its own code too: in the spec's folder or below it. They lie in the working folder under the same paths.",
    },
    env: {
      type: "object",
      propertyNames: variableName,
      additionalProperties: { type: "string" },
      description: "Environment variables of the program. Nothing else is passed on but PATH.",
    },
    pass_env: {
      type: "array",
      uniqueItems: true,
      items: variableName,
      description:
        "Names of variables that are passed through without becoming part of the key, such as secrets.",
    },
    outputs: {
      type: "object",
      minProperties: 1,
      propertyNames: outputName,
      description: "What the program writes into the working folder, by name.",
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        required: ["kind", "path"],
        properties: {
          kind: {
            enum: ["rows", "file"],
            description:
              "rows are JSON Lines with at least id and item; no step can ask a model that a program makes.",
          },
          path: { type: "string", minLength: 1, description: "Path in the working folder." },
          main: {
            type: "boolean",
            default: false,
            description: "True for the output that the step's bare name means.",
          },
        },
      },
    },
    version: {
      type: "integer",
      minimum: 0,
      description: "Raise it where something changed that files and env do not show.",
    },
  },
} as const satisfies ParamsSchema;

type Params = FromSchema<typeof params>;

/** Runs any program with declared inputs, files, environment and outputs. */
export const command = defineStep<FromSchema<typeof params>>({
  name: "command",
  version: 1,
  summary: "Runs a program in a folder that holds only what is declared; only where you allowed execution.",
  params,
  outputs: ({ outputs }) => {
    const declared = Object.entries(outputs);
    return Object.fromEntries(
      declared.map(([name, { kind, path, main }]) => [
        name,
        {
          kind,
          main: main || declared.length === 1,
          description: `What the program writes to ${path}.`,
          ...(kind === "rows" && {
            shape: () => ({ columns: undefined, sample: true, metadata: undefined }),
          }),
        },
      ]),
    );
  },
  check({ params, fault }) {
    const mains = Object.entries(params.outputs).filter(([, output]) => output.main);
    for (const [name] of mains.slice(1))
      fault(`/outputs/${name}/main`, `"${mains[0]![0]}" is the main output already`);
    for (const [name, { path }] of Object.entries(params.outputs))
      if (leaves(path))
        fault(
          `/outputs/${name}/path`,
          `"${path}" leaves the working folder`,
          "outputs are read from the folder that the program runs in",
        );
    // An absolute path is refused for every file that a spec names.
    for (const [index, path] of (params.files ?? []).entries())
      if (!path.startsWith("/") && leaves(path))
        fault(
          `/files/${index}`,
          `"${path}" would lie outside the working folder`,
          "files keep their paths there: put this one into the spec's folder or below it",
        );
    for (const name of params.pass_env ?? [])
      if (Object.hasOwn(params.env ?? {}, name)) fault(`/env/${name}`, `${name} is passed through already`);
  },
  async run(context) {
    const { params } = context;
    const files: Record<string, string> = {};
    for (const path of params.files ?? []) files[path] = context.file(path);
    for (const [name, reference] of Object.entries(params.inputs ?? {})) {
      const artifact = await context.artifact(reference);
      files[inputPath(name, artifact)] = artifact.path;
    }
    const { directory } = await context.exec({
      argv: params.argv,
      files,
      env: params.env ?? {},
      passEnv: params.pass_env ?? [],
      timeoutMs: context.execution.timeoutMs,
    });
    const outputs: Record<string, { kind: string; rows?: number; bytes?: number }> = {};
    for (const [name, { kind, path }] of Object.entries(params.outputs)) {
      const source = await locateOutput(directory, path, name);
      if (kind === "rows") outputs[name] = { kind, rows: await takeRows(context, name, { path, source }) };
      else {
        const content = await readFile(source);
        context.output(name).bytes(content);
        outputs[name] = { kind, bytes: content.length };
      }
    }
    return { facts: { program: params.argv[0]!, outputs } };
  },
  lines(facts) {
    const outputs = Object.entries(facts.outputs as { [name: string]: { rows?: number } });
    const told = outputs.map(([name, { rows }]) =>
      rows === undefined ? name : `${formatCounted(rows, "row")} of ${name}`,
    );
    return [`${facts.program} gave ${told.join(", ")}`];
  },
  metrics: (facts) =>
    Object.fromEntries(
      Object.entries(facts.outputs as { [name: string]: { rows?: number } }).flatMap(([name, { rows }]) =>
        rows === undefined ? [] : [[`${name}.rows`, rows]],
      ),
    ),
});

function leaves(path: string): boolean {
  return path.startsWith("/") || path.split("/").includes("..") || path.includes("\0");
}

function inputPath(name: string, { kind }: Artifact): string {
  return kind === "rows" || kind === "results" ? `inputs/${name}.jsonl` : `inputs/${name}`;
}

// A link out of the folder would make any file of the machine into an artifact.
async function locateOutput(directory: string, path: string, name: string): Promise<string> {
  const missing = () => new StepFailure(`the program wrote no file "${path}" (output "${name}")`);
  const root = await realpath(directory);
  const source = await realpath(join(root, path)).catch(() => {
    throw missing();
  });
  if (!source.startsWith(root + sep))
    throw new StepFailure(`"${path}" (output "${name}") is a link out of the working folder`);
  if (!(await stat(source)).isFile()) throw missing();
  return source;
}

async function takeRows(
  context: StepContext<Params>,
  name: string,
  { path, source }: { readonly path: string; readonly source: string },
): Promise<number> {
  const output = context.output(name);
  const seen = new Set<string>();
  let line = 0;
  for await (const text of splitLines(createReadStream(source), path)) {
    line += 1;
    if (text.trim() === "") continue;
    const parsed = readRow(text);
    if (!parsed.ok) throw new StepFailure(`${path}:${line}: ${parsed.message} (output "${name}")`);
    const key = rowKey(parsed.row);
    if (seen.has(key))
      throw new StepFailure(`${path}:${line}: row "${parsed.row.id}" comes twice (output "${name}")`);
    seen.add(key);
    output.row(parsed.row);
  }
  return seen.size;
}

function rowKey({ id, sample }: Row): string {
  return JSON.stringify([id, sample?.index ?? 0]);
}
