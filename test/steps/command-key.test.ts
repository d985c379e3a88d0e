import { afterEach, beforeEach, expect, test } from "vitest";
import { openRig, type Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(() => {
  rig = openRig({
    "a/x.txt": "same",
    "b/x.txt": "same",
    "spec.yaml": `version: 1
name: placed
steps:
  listed:
    uses: command
    argv: [sh, -c, "echo */x.txt > out"]
    files: [a/x.txt]
    outputs: { out: { kind: file, path: out } }
`,
  });
});

afterEach(() => rig.close());

const run = () => rig.run({ world: { env: { PATH: process.env.PATH! }, allowsExec: true } });

test("a program runs again where a file lies elsewhere, though its content is the same", async () => {
  expect((await run()).ran).toEqual(["listed"]);
  expect((await run()).cached).toEqual(["listed"]);
  rig.edit("spec.yaml", "files: [a/x.txt]", "files: [b/x.txt]");
  expect((await run()).ran).toEqual(["listed"]);
});

test("a program runs again where the content of a file changed", async () => {
  await run();
  rig.write("a/x.txt", "other");
  expect((await run()).ran).toEqual(["listed"]);
});
