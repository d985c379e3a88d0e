import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExecRequest } from "../../src/runner/step.ts";
import { command } from "../../src/steps/command.ts";
import { type RigWorld, stepRig } from "../support/step-rig.ts";

let folders = "";
beforeAll(async () => {
  folders = await mkdtemp(join(tmpdir(), "command-"));
});
afterAll(() => rm(folders, { recursive: true }));

/** A program that writes these files (or links) and tells what it was run with. */
function program(files: { readonly [path: string]: string | Uint8Array | { readonly link: string } }) {
  const requests: ExecRequest[] = [];
  return {
    requests,
    async exec(request: ExecRequest) {
      requests.push(request);
      const directory = await mkdtemp(join(folders, "run-"));
      for (const [path, content] of Object.entries(files)) {
        const target = join(directory, path);
        await mkdir(dirname(target), { recursive: true });
        if (typeof content === "object" && "link" in content) await symlink(content.link, target);
        else await writeFile(target, content);
      }
      return { directory, stdout: "" };
    },
  };
}

function rig(params: object, world: RigWorld = {}) {
  return stepRig(command, { argv: ["make", "it"], ...params } as never, world);
}

const rowsOut = { outputs: { out: { kind: "rows", path: "out.jsonl" } } };

async function rowsFrom(text: string | Uint8Array) {
  return await rig(rowsOut, { exec: program({ "out.jsonl": text }).exec }).run();
}

describe("command", () => {
  test("runs the program with what was declared, and nothing else", async () => {
    const { exec, requests } = program({ report: "x" });
    const artifacts = {
      select: { kind: "rows", digest: "d1", path: "/store/d1" },
      exam: { kind: "results", digest: "d2", path: "/store/d2" },
      student: { kind: "model", digest: "d3", path: "/store/d3" },
    } as const;
    const params = {
      inputs: { rows: "select", graded: "exam", weights: "student" },
      files: ["scripts/make.py"],
      env: { MODE: "fast" },
      pass_env: ["TOKEN"],
      outputs: { report: { kind: "file", path: "report" } },
    };
    const { facts, bytes, lines } = await rig(params, {
      exec,
      artifacts,
      execution: { timeoutMs: 5000 },
    }).run();
    expect(requests).toEqual([
      {
        argv: ["make", "it"],
        files: {
          "scripts/make.py": "/project/scripts/make.py",
          "inputs/rows.jsonl": "/store/d1",
          "inputs/graded.jsonl": "/store/d2",
          "inputs/weights": "/store/d3",
        },
        env: { MODE: "fast" },
        passEnv: ["TOKEN"],
        timeoutMs: 5000,
      },
    ]);
    expect(Buffer.from(bytes.report!).toString()).toBe("x");
    expect(facts).toEqual({ program: "make", outputs: { report: { kind: "file", bytes: 1 } } });
    expect(lines).toEqual(["make gave report"]);
  });

  test("rows need an id and an item; the rest is filled", async () => {
    const { rows, facts, lines } = await rowsFrom(
      '{"id":"1","item":{"t":"é"}}\r\n\n{"id":"2","item":{},"sample":{"output_text":"{\\"a\\":1}"}}',
    );
    expect(rows.out).toEqual([
      { id: "1", item: { t: "é" }, messages: [], sample: null, metadata: {}, grades: {} },
      {
        id: "2",
        item: {},
        messages: [],
        sample: {
          index: 0,
          output_text: '{"a":1}',
          output_json: { a: 1 },
          tool_calls: [],
          finish_reason: "stop",
          logprobs: null,
        },
        metadata: {},
        grades: {},
      },
    ]);
    expect(facts).toMatchObject({ outputs: { out: { rows: 2 } } });
    expect(lines).toEqual(["make gave 2 rows of out"]);
  });

  const good = '{"id":"1","item":{}}\n';
  test.each([
    ["not json", "the line is not JSON"],
    ["[]", "the line must be an object"],
    ['{"item":{}}', '"id" must be a text'],
    ['{"id":2,"item":{}}', '"id" must be a text'],
    ['{"id":"2"}', '"item" must be an object'],
    ['{"id":"2","item":[]}', '"item" must be an object'],
    [
      '{"id":"2","item":{},"extra":1}',
      'a row has no field "extra"; it has id, item, messages, sample, metadata, grades',
    ],
    ['{"id":"2","item":{},"metadata":{"k":1}}', '"metadata.k" must be a text'],
    [
      '{"id":"2","item":{},"messages":[{"role":"robot","content":""}]}',
      `a message's "role" must be one of system, developer, user, assistant, tool`,
    ],
    ['{"id":"2","item":{},"sample":{}}', '"sample.output_text" must be a text'],
    [
      '{"id":"2","item":{},"sample":{"output_text":"","finish_reason":"bored"}}',
      '"sample.finish_reason" must be one of stop',
    ],
    ['{"id":"2","item":{},"sample":{"output_text":"","index":-1}}', '"sample.index" must be a count'],
    ['{"id":"2","item":{},"grades":{"g":{}}}', '"grades.g" needs a score and passed'],
    ['{"id":"1","item":{}}', 'row "1" comes twice'],
    [
      `{"id":"2","item":{"d":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`,
      "the line is nested more than 1000 levels deep",
    ],
  ])("the row %.60s is refused with its line", async (line, message) => {
    const failure = await rowsFrom(good + line).catch((error: unknown) => error);
    expect((failure as Error).message).toContain(`out.jsonl:2: ${message}`);
  });

  test("rows that are not UTF-8 are refused", async () => {
    await expect(rowsFrom(Uint8Array.of(0x7b, 0xff))).rejects.toThrow("out.jsonl is not UTF-8");
  });

  test("characters that fall on the border of two chunks stay whole", async () => {
    const text = "é".repeat(100_001);
    const { rows } = await rowsFrom(`{"id":"1","item":{"t":"${text}"}}`);
    expect(rows.out?.[0]?.item.t).toBe(text);
  });

  test("an output that was not written is named", async () => {
    await expect(rig(rowsOut, { exec: program({}).exec }).run()).rejects.toThrow(
      'the program wrote no file "out.jsonl" (output "out")',
    );
    await expect(rig(rowsOut, { exec: program({ "out.jsonl/x": "" }).exec }).run()).rejects.toThrow(
      'wrote no file "out.jsonl"',
    );
  });

  test.each([["/etc/hostname"], ["../../../../etc/hostname"]])("a link to %s is refused", async (link) => {
    await expect(rig(rowsOut, { exec: program({ "out.jsonl": { link } }).exec }).run()).rejects.toThrow(
      /is a link out of the working folder|wrote no file/,
    );
  });

  test("a link inside the working folder is followed", async () => {
    const { exec } = program({ "made/rows.jsonl": good, "out.jsonl": { link: "made/rows.jsonl" } });
    expect((await rig(rowsOut, { exec }).run()).rows.out).toHaveLength(1);
  });

  test("faults of the plan: paths that leave, two main outputs, a variable given twice", () => {
    const outputs = {
      a: { kind: "file", path: "../a", main: true },
      b: { kind: "rows", path: "/b", main: true },
      c: { kind: "rows", path: "ok..jsonl" },
    };
    const files = ["a/x.txt", "../b/x.txt", "/c"];
    expect(rig({ outputs, files, env: { TOKEN: "x" }, pass_env: ["TOKEN"] }).check()).toEqual([
      '/outputs/b/main: "a" is the main output already',
      '/outputs/a/path: "../a" leaves the working folder (outputs are read from the folder that the program runs in)',
      '/outputs/b/path: "/b" leaves the working folder (outputs are read from the folder that the program runs in)',
      `/files/1: "../b/x.txt" would lie outside the working folder (files keep their paths there: put this one into the spec's folder or below it)`,
      "/env/TOKEN: TOKEN is passed through already",
    ]);
  });

  test("the only output is the main one", () => {
    expect(command.outputs(rig(rowsOut).params as never).out).toMatchObject({ kind: "rows", main: true });
  });
});
