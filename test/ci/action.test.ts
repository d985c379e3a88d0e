import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type FakeGitHub, startFakeGitHub } from "../support/fake-github.ts";
import { type Answers, type CiProject, committed, good, openCiProject } from "./ci-project.ts";
import { type ActionRun, makeFolder, readAction, runAction } from "./run-action.ts";

const token = "ghs_0123456789abcdefghijklmnopqrstuvwxyz";

describe("action.yml", () => {
  const { runs, inputs, outputs } = readAction();

  test("is composite, and brings neither other actions nor text into its scripts", () => {
    expect(runs.using).toBe("composite");
    expect(runs.steps).toHaveLength(2);
    for (const step of runs.steps) {
      expect(step).toMatchObject({ shell: "bash" });
      expect(step.uses).toBeUndefined();
      expect(step.run).not.toContain("${{");
    }
  });

  test("gives the token to the step that calls nothing of the branch, and to it alone", () => {
    const [review, comment] = runs.steps;
    expect(Object.values(review!.env!).filter((value) => /token/.test(value))).toEqual([]);
    expect(comment!.env).toMatchObject({ DISTILL_CI_TOKEN: "${{ inputs.token }}" });
  });

  test("describes every input and output, and uses every input", () => {
    const used = JSON.stringify(runs.steps);
    for (const [name, { description }] of Object.entries(inputs)) {
      expect(description).toMatch(/\.$/);
      expect(used).toContain(`\${{ inputs.${name} }}`);
    }
    expect(Object.keys(outputs)).toEqual(["verdict", "fresh", "report"]);
  });
});

describe("a pull request", () => {
  test("gets one comment, a summary, and outputs", async () => {
    const { run, github } = await review();
    expect(run.log).toContain("The comment on the pull request was posted.");
    expect(run.code).toBe(0);
    expect(run.outputs).toEqual({ verdict: "pass", fresh: "true", report: "router.report.md" });
    expect(run.leaked).toBe("");
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]!.body.replace(/`[0-9a-f]{12}`/, "`COMMIT`")).toMatchInlineSnapshot(`
      "<!-- distill:review -->
      ### distill: router ✅ PASS (was: ❌ FAIL)

      | correct, 600 items | main | this branch |
      |---|---|---|
      | routed | 96.0 % | 97.2 % |

      **Checked here:** \`router.yaml\`

      - ✅ spec: valid
      - ✅ lock, evidence, report: verified, pass as committed
      - plan: 1 of 3 steps would run, 1 depends on what comes before, nothing to send

      #### Rows

      114 rows fewer in training.

      Compared with \`COMMIT\`, where the branch began. The plan is in [the job's summary](https://github.com/acme/router/actions/runs/4711)."
    `);
    expect(run.summary.replace(/`[0-9a-f]{12}`/, "`COMMIT`")).toMatchInlineSnapshot(`
      "### distill: router ✅ PASS (was: ❌ FAIL)

      | correct, 600 items | main | this branch |
      |---|---|---|
      | routed | 96.0 % | 97.2 % |

      **Checked here:** \`router.yaml\`

      - ✅ spec: valid
      - ✅ lock, evidence, report: verified, pass as committed
      - plan: 1 of 3 steps would run, 1 depends on what comes before, nothing to send

      #### Rows

      114 rows fewer in training.

      #### Plan: \`router.yaml\`

      \`\`\`text
        select   run     rule sure: >= 0.6 → >= 0.7
        exam     maybe   depends on select
      \`\`\`

      Compared with \`COMMIT\`, where the branch began.

      "
    `);
  });

  test("has its comment updated by the second run, and left alone where it says the same", async () => {
    const { project, github } = await review();
    project.answer({ ...good, "diff --markdown": { stdout: "### distill: router ❌ FAIL\n" } });
    const second = await again(project, github);
    expect(second.log).toContain("was updated.");
    const third = await again(project, github);
    expect(third.log).toContain("was unchanged.");
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]!.body).toContain("### distill: router ❌ FAIL");
    expect(github.calls.map(({ method }) => method).filter((method) => method !== "GET")).toEqual([
      "POST",
      "PATCH",
    ]);
  });

  test("is compared with the commit that the branch began at, not with the base's tip", async () => {
    const { project } = await review();
    const short = project.git("rev-parse", "--short=12", project.began);
    expect(project.calls().map(({ args }) => args)).toEqual([
      ["validate", "router.yaml", "--json"],
      ["plan", "router.yaml", "--against", short, "--json"],
      ["plan", "router.yaml", "--against", short],
      ["verify", "router.yaml", "--json"],
      ["diff", short, "--spec", "router.yaml", "--markdown"],
    ]);
  });

  test.each([
    ["its base", "the base of the pull request is not in this clone", []],
    ["where the branch began", "this clone does not reach back to where the branch began", ["main"]],
  ])("is reviewed without comparison where the clone lacks %s, and says so", async (_, reason, fetched) => {
    const project = openCiProject();
    const shallow = makeFolder("distill-shallow-");
    execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${project.folder}`, shallow]);
    for (const branch of fetched)
      execFileSync("git", ["fetch", "--quiet", "--depth=1", "origin", branch], { cwd: shallow });
    cpSync(join(project.folder, "node_modules"), join(shallow, "node_modules"), { recursive: true });
    cpSync(join(project.folder, ".git/answers.json"), join(shallow, ".git/answers.json"));
    const { run, github } = await review({ project: { ...project, folder: shallow } });
    expect(run.code).toBe(0);
    expect(run.log).toContain(`Nothing is compared: ${reason}: check out with fetch-depth: 0.`);
    // Where there is no difference to show, the committed report is shown.
    expect(github.comments[0]!.body).toContain("# distill: router ✅ PASS\n\nAll is well.");
    expect(github.comments[0]!.body).toContain("check out with fetch-depth: 0");
  });

  test("is told of faults at the lines of the spec, and fails with 2", async () => {
    const { run, github } = await review({
      answers: {
        "validate --json": {
          code: 2,
          json: {
            valid: false,
            diagnostics: [
              {
                severity: "error",
                message: 'a row has no field "sampel": 100 %, really',
                file: "router.yaml",
                range: { line: 3, column: 9, endLine: 3, endColumn: 15 },
                hint: 'did you mean "sample"?',
              },
              { severity: "warning", message: "deprecated", file: "router.yaml" },
            ],
          },
        },
      },
    });
    expect(run.code).toBe(2);
    expect(annotations(run)).toEqual([
      {
        name: "error",
        properties: {
          file: "router.yaml",
          line: "3",
          endline: "3",
          col: "9",
          endcolumn: "15",
          title: "distill validate",
        },
        data: 'a row has no field "sampel": 100 %, really: did you mean "sample"?',
      },
      { name: "warning", properties: { file: "router.yaml", title: "distill validate" }, data: "deprecated" },
    ]);
    expect(run.log).toContain(
      '::error file=router.yaml,line=3,endLine=3,col=9,endColumn=15,title=distill validate::a row has no field "sampel": 100 %25, really: did you mean "sample"?\n',
    );
    expect(run.outputs).toMatchObject({ verdict: "none", fresh: "false" });
    expect(github.comments[0]!.body).toContain("### distill: `router.yaml` ❌ not valid");
  });

  test("is told what does not fit, and not to trust the figures", async () => {
    const { run, github } = await review({
      answers: {
        "verify --json": {
          code: 1,
          json: {
            ok: false,
            verdict: "pass",
            faults: [{ file: "router.lock", line: 12, message: "its digest does not fit" }],
          },
        },
      },
    });
    expect(run.code).toBe(1);
    expect(run.outputs).toMatchObject({ verdict: "none", fresh: "false" });
    expect(annotations(run)).toEqual([
      {
        name: "error",
        properties: { file: "router.lock", line: "12", title: "distill verify" },
        data: "its digest does not fit",
      },
    ]);
    const { body } = github.comments[0]!;
    expect(body.indexOf("do not trust the figures")).toBeGreaterThan(0);
    expect(body.indexOf("do not trust the figures")).toBeLessThan(body.indexOf("### distill: router"));
    expect(body).toContain(
      "- ❌ lock, evidence, report: stale\n  - `router.lock:12` its digest does not fit",
    );
  });

  test("is told what could not be compared, and the plan is made without it", async () => {
    const project = openCiProject();
    project.answer({
      ...good,
      "diff --markdown": { code: 1, stderr: "router.yaml does not validate in 1a2b\n" },
    });
    const { run, github } = await review({ project });
    expect(run.code).toBe(0);
    expect(github.comments[0]!.body).toMatch(
      /- not told: diff [0-9a-f]{12}: router.yaml does not validate in 1a2b/,
    );
  });
});

describe("the exit code", () => {
  const undecided = { "verify --json": { json: { ok: true, verdict: "undecided", faults: [] } } };
  const fail = { "verify --json": { json: { ok: true, verdict: "fail", faults: [] } } };
  const stale = { "verify --json": { code: 1, json: { ok: false, verdict: "fail", faults: [] } } };
  const frozen = { "run --json --frozen": { code: 5, stderr: "select is not kept\n" } };
  const gate = { "run --json --frozen": { code: 3, json: { verdict: "fail" } } };
  const broken = { "diff --markdown": { code: 70, stderr: "distill has a fault of its own\n" } };
  const held = { "run --json --frozen": { code: 75, stderr: "another run is under way\n" } };

  test.each<[string, number, Answers, { readonly [name: string]: string }]>([
    ["an undecided verdict fails by default", 3, undecided, {}],
    ["a failed verdict fails by default", 3, fail, {}],
    ["an undecided verdict passes where only fail fails", 0, undecided, { "fail-on": "fail" }],
    ["a failed verdict fails where only fail fails", 3, fail, { "fail-on": "fail" }],
    ["no verdict fails where none is to", 0, fail, { "fail-on": "never" }],
    ["what does not fit fails all the same", 1, stale, { "fail-on": "never" }],
    ["outputs that are not kept", 5, frozen, { store: "shared" }],
    [
      "outputs that are not kept are stronger than what does not fit",
      5,
      { ...stale, ...frozen },
      { store: "shared" },
    ],
    ["another run is stronger than both", 75, { ...stale, ...held }, { store: "shared" }],
    ["a gate is judged once, by fail-on", 0, { ...fail, ...gate }, { store: "shared", "fail-on": "never" }],
    ["a store that is not there fails nothing", 0, frozen, { store: "nowhere" }],
    ["a fault of distill is the strongest", 70, { ...stale, ...broken }, {}],
    ["an input that is not one of those that there are", 2, {}, { "fail-on": "maybe" }],
    ["a spec that is not there", 2, {}, { specs: "other.yaml" }],
    ["a distill that is not there", 2, {}, { distill: "./nowhere/distill.js" }],
  ])("%s: %i", async (_, code, answers, inputs) => {
    const project = openCiProject();
    project.write("shared/index", "");
    const { run } = await review({ project, answers, inputs });
    expect(run.code).toBe(code);
  });
});

describe("a store", () => {
  test("is pulled from first, so that the plan tells what is kept, and at last compared with the lock", async () => {
    const project = openCiProject();
    project.write("shared/index", "");
    const { run, github } = await review({ project, inputs: { store: "shared" } });
    const short = project.git("rev-parse", "--short=12", project.began);
    expect(project.calls().map(({ args }) => args.join(" "))).toEqual([
      "validate router.yaml --json",
      "store pull shared router.yaml",
      `plan router.yaml --against ${short} --json`,
      `plan router.yaml --against ${short}`,
      "verify router.yaml --json",
      `diff ${short} --spec router.yaml --markdown`,
      "run router.yaml --frozen --json",
    ]);
    expect(run.code).toBe(0);
    expect(github.comments[0]!.body).toContain(
      "- ✅ kept outputs: everything is kept and is what the lock says",
    );
  });
});

describe("which specs are reviewed", () => {
  const reviewed = (project: CiProject) =>
    project.calls().flatMap(({ args }) => (args[0] === "validate" ? [args[1]] : []));

  test("those with a lock, and not what others lock", async () => {
    const project = openCiProject({
      ...committed,
      "deep/er/triage.yml": committed["router.yaml"],
      "deep/er/triage.lock": committed["router.lock"],
      "draft.yaml": committed["router.yaml"],
      "chart/Chart.yaml": "apiVersion: v2\n",
      "chart/Chart.lock": "digest: sha256:00\n",
    });
    const { run } = await review({ project });
    expect(run.code).toBe(0);
    expect(reviewed(project)).toEqual(["deep/er/triage.yml", "router.yaml"]);
    expect(run.outputs.report).toBe("deep/er/triage.report.md\nrouter.report.md");
  });

  test("also those whose lock the branch removes", async () => {
    const project = openCiProject();
    project.git("rm", "--quiet", "router.lock");
    project.git("commit", "--quiet", "--message=hide");
    const { github } = await review({
      project,
      answers: { "verify --json": { code: 1, stderr: "there is no router.lock\n" } },
    });
    expect(reviewed(project)).toEqual(["router.yaml"]);
    expect(github.comments[0]!.body).toContain("**❌ No lock is committed: nobody can tell what ran.**");
    expect(github.comments[0]!.body).toContain(
      "- ❌ lock, evidence, report: missing\n  - `router.lock` there is no router.lock",
    );
  });

  test("those that are named, as files or patterns", async () => {
    const project = openCiProject({
      ...committed,
      "a/one.yaml": committed["router.yaml"],
      "a/b/two.yaml": committed["router.yaml"],
      "c/three.yaml": committed["router.yaml"],
    });
    const { run } = await review({ project, inputs: { specs: "a/**/*.yaml\nrouter.yaml\n" } });
    expect(run.code).toBe(0);
    expect(reviewed(project)).toEqual(["a/b/two.yaml", "a/one.yaml", "router.yaml"]);
  });

  test("none is a fault: a check of nothing must not pass", async () => {
    const project = openCiProject({ "readme.md": "" });
    const { run } = await review({ project });
    expect(run.code).toBe(2);
    expect(annotations(run)[0]!.data).toContain("no spec here has a lock");
  });
});

describe("distill", () => {
  test("is the one that the project installed next to the spec, and is told no secret", async () => {
    const project = openCiProject({
      "ml/router.yaml": committed["router.yaml"],
      "ml/router.lock": committed["router.lock"],
    });
    project.remove("node_modules");
    mkdirSync(join(project.folder, "ml/node_modules/.bin"), { recursive: true });
    symlinkSync(
      join(import.meta.dirname, "fake-distill.mjs"),
      join(project.folder, "ml/node_modules/.bin/distill"),
    );
    await review({
      project,
      env: { GITHUB_TOKEN: "x", GH_TOKEN: "x", ACTIONS_RUNTIME_TOKEN: "x", DISTILL_ALLOW: "exec", KEPT: "x" },
    });
    const names = new Set(project.calls().flatMap(({ env }) => env));
    expect(names).toContain("KEPT");
    expect(
      [...names].filter((name) => /TOKEN|^DISTILL_|^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)$/.test(name)),
    ).toEqual([]);
  });

  test("is never downloaded", async () => {
    const project = openCiProject();
    project.remove("node_modules");
    const { run } = await review({ project });
    expect(run.code).toBe(2);
    expect(annotations(run)[0]!.data).toContain("distill is not installed here: run npm ci before this");
  });

  test("that prints what cannot be read is a fault", async () => {
    const { run } = await review({ answers: { "validate --json": { stdout: "Segmentation fault\n" } } });
    expect(run.code).toBe(70);
  });
});

/** A review of a pull request by the action, with a GitHub of its own. */
async function review(
  options: {
    readonly project?: CiProject;
    readonly answers?: Answers;
    readonly inputs?: { readonly [name: string]: string };
    readonly env?: { readonly [name: string]: string };
  } = {},
): Promise<{ readonly run: ActionRun; readonly project: CiProject; readonly github: FakeGitHub }> {
  const { project = openCiProject(), answers, inputs = {}, env = {} } = options;
  if (answers !== undefined) project.answer({ ...good, ...answers });
  const github = await startFakeGitHub({ repository: "acme/router", pullRequest: 7, token });
  onTestFinished(() => github.close());
  return { run: await again(project, github, { inputs, env }), project, github };
}

function again(
  { folder, event }: CiProject,
  github: FakeGitHub,
  options: {
    readonly inputs?: { readonly [name: string]: string };
    readonly env?: { readonly [name: string]: string };
  } = {},
): Promise<ActionRun> {
  return runAction({ folder, event: event(), apiUrl: github.url, token, ...options });
}

function annotations({ commands }: ActionRun) {
  return commands.filter(({ name }) => name === "error" || name === "warning");
}
