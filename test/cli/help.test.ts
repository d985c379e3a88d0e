import { describe, expect, it } from "vitest";
import { cliRig } from "../support/cli-rig.ts";

describe("distill --help", () => {
  it("lists every command in one line of at most 80 columns, grouped", async () => {
    const { code, stdout } = await cliRig().distill(["--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: distill [options] [command]

      Distil a large model into a small one, from a YAML spec in git.

      Options:
        --version              print the version
        -h, --help             tell what there is

      A spec:
        run [spec]             run what is not kept, and write lock and report
        plan [spec]            tell what would run, what is reused, and why
        validate [spec]        check a spec and tell every fault
        explain <step>         tell why a step ran, or would run
        status [spec]          tell what is kept, the verdict, and the lock's state
        cancel [spec]          cancel batches that wait at a provider
        ask <model> [text]     ask a model of the spec, a trained one or a cascade
        doctor [spec]          check machine, store, keys and models
        export <model> <dir>   bring a classifier out as modules with a model card

      A pull request:
        verify [spec]          recompute every figure and the verdict from what is
                               committed
        lock [spec]            check that the lock is whole and of this spec
        diff [from] [to]       tell what changed in spec, rows, figures and verdict
                               between two revisions

      What is stored:
        report [spec]          print the report of what the store keeps
        completions <command>  list, import, export and delete stored completions
        rows <reference>       print the rows of a dataset or of a step's output
        store <command>        check, share, clear and erase what is stored

      Writing a spec:
        init [folder]          write a commented spec with data that run
        steps [name]           list step types, graders, trainers and providers
        schema                 print the JSON Schema of a spec
      "
    `);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each(commands())("tells of %s with an example", async (command) => {
    const { code, stdout } = await cliRig().distill([...command.split(" "), "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`\nExample:\n  $ distill ${command}`);
  });

  it("is what a call without a command prints, as a wrong usage", async () => {
    const rig = cliRig();
    const { stdout } = await rig.distill(["--help"]);
    expect(await rig.distill([])).toEqual({ code: 2, stdout: "", stderr: stdout });
  });
});

describe("a misspelt command line", () => {
  it.each([
    [["pln"], "error: unknown command 'pln'\n(Did you mean plan?)\n"],
    [["run", "--frosen"], "error: unknown option '--frosen'\n(Did you mean --frozen?)\n"],
    [["completions", "lst"], "error: unknown command 'lst'\n(Did you mean list?)\n"],
    [["store", "verfy"], "error: unknown command 'verfy'\n(Did you mean verify?)\n"],
    [["explain"], "error: missing required argument 'step'\n"],
    [
      ["run", "a.yaml", "b.yaml"],
      "error: too many arguments for 'run'. Expected 1 argument but got 2: a.yaml, b.yaml.\n",
    ],
  ])("exits with 2 and says what was meant: %j", async (args, message) => {
    const { code, stdout, stderr } = await cliRig().distill(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(`${message}("distill --help" tells what there is)\n`);
  });
});

function commands(): readonly string[] {
  const plain = [
    "run",
    "plan",
    "validate",
    "explain",
    "status",
    "cancel",
    "ask",
    "verify",
    "lock",
    "diff",
    "doctor",
    "report",
    "rows",
    "init",
    "steps",
    "schema",
  ];
  return [
    ...plain,
    "completions list",
    "completions show",
    "completions import",
    "completions export",
    "completions tag",
    "completions delete",
    "store verify",
    "store push",
    "store pull",
    "store erase",
    "store gc",
  ];
}
