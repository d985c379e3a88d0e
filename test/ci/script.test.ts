import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startFakeGitHub } from "../support/fake-github.ts";
import { type CiProject, committed, good, openCiProject } from "./ci-project.ts";
import { bareEnvironment, root, runHere } from "./run-action.ts";

const script = join(root, "ci/distill-ci.mjs");

test("in any CI the log is plain, and the comment's text is where it was asked for", async () => {
  const project = openCiProject();
  const file = join(project.folder, "comment.md");
  const { code, log } = await start(project, [], { DISTILL_CI_AGAINST: "main", DISTILL_CI_COMMENT: file });
  expect(code).toBe(0);
  const short = project.git("rev-parse", "--short=12", project.began);
  expect(log.replaceAll(short, "COMMIT")).toMatchInlineSnapshot(`
    "# distill validate router.yaml --json
      {"valid":true,"diagnostics":[]}
    # distill plan router.yaml --against COMMIT --json
      {"against":"main","steps":[{"id":"select","action":"run","reason":"rule sure: >= 0.6 → >= 0.7"},{"id":"exam","action":"open","reason":"depends on select"},{"id":"split","action":"reuse","reason":"kept"}],"send":{"requests":0}}
    # distill plan router.yaml --against COMMIT
        select   run     rule sure: >= 0.6 → >= 0.7
        exam     maybe   depends on select
    # distill verify router.yaml --json
      {"ok":true,"verdict":"pass","checked":[],"faults":[]}
    # distill diff COMMIT --spec router.yaml --markdown
      ### distill: router ✅ PASS (was: ❌ FAIL)
      
      | correct, 600 items | main | this branch |
      |---|---|---|
      | routed | 96.0 % | 97.2 % |
      
      #### Rows
      
      114 rows fewer in training.
    No comment: this is not a pull request.
    "
  `);
  expect(readFileSync(file, "utf8")).toMatch(/^### distill: router ✅ PASS/);
});

test("faults are told with their places, as compilers do", async () => {
  const project = openCiProject();
  const range = { line: 3, column: 9, endLine: 3, endColumn: 15 };
  const diagnostics = [{ severity: "error", message: "unknown step", file: "router.yaml", range }];
  project.answer({ ...good, "validate --json": { code: 2, json: { valid: false, diagnostics } } });
  const { code, log } = await start(project);
  expect(code).toBe(2);
  expect(log).toContain("router.yaml:3:9 error: unknown step\n");
  expect(log).not.toMatch(/^::/m);
});

test("where it is told of a pull request on GitHub, it comments in one go", async () => {
  const project = openCiProject();
  const github = await startFakeGitHub({
    repository: "acme/router",
    pullRequest: 7,
    token: "ghp_x",
    login: "jenkins",
    isUser: true,
  });
  onTestFinished(() => github.close());
  const env = {
    DISTILL_CI_AGAINST: "main",
    DISTILL_CI_PULL_REQUEST: "7",
    DISTILL_CI_TOKEN: "ghp_x",
    GITHUB_API_URL: github.url,
    GITHUB_REPOSITORY: "acme/router",
  };
  await start(project, [], env);
  await start(project, [], env);
  expect(github.comments.map(({ login }) => login)).toEqual(["jenkins"]);
});

test("a summary has at most the mebibyte that GitHub takes, and ends with a note", async () => {
  const project = openCiProject();
  const rows = "| an item | went from right to wrong |\n".repeat(40_000);
  project.answer({
    ...good,
    "diff --markdown": { stdout: `### distill: router\n\n## Items\n\n${rows}\n## More\n` },
  });
  const summary = join(project.folder, "summary.md");
  writeFileSync(summary, "what was there\n");
  const file = join(project.folder, "comment.md");
  await start(project, [], {
    DISTILL_CI_AGAINST: "main",
    DISTILL_CI_COMMENT: file,
    GITHUB_STEP_SUMMARY: summary,
  });
  const text = readFileSync(summary, "utf8");
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024);
  expect(text).toMatch(/^what was there\n### distill: router\n/);
  expect(text.trimEnd()).toMatch(/went from right to wrong \|\n\nThe rest did not fit into a summary: .*\.$/);
  // The comment leaves the long section out, and all after it, and says so.
  const comment = readFileSync(file, "utf8");
  expect(comment).toMatch(/^### distill: router\n\n\*\*Checked here:\*\*/);
  expect(comment).not.toContain("## Items");
  expect(comment.trimEnd()).toMatch(/More did not fit into a comment\.$/);
});

test("a revision is never read as an option or a program", async () => {
  const project = openCiProject();
  const evil = "--output=pwned; touch pwned";
  const { code, log } = await start(project, [], {
    DISTILL_CI_AGAINST: evil,
    DISTILL_CI_SPECS: "router.yaml",
  });
  expect(code).toBe(0);
  expect(log).toContain(`Nothing is compared: ${evil} is not in this clone`);
  expect(existsSync(join(project.folder, "pwned"))).toBe(false);
});

test.each(["all", "--help"])("%s is no word that it knows", async (word) => {
  const { code, log } = await start(openCiProject(committed), [word]);
  expect([code, log]).toEqual([
    2,
    "error: it is distill-ci.mjs, distill-ci.mjs review or distill-ci.mjs comment\n",
  ]);
});

function start(
  { folder }: CiProject,
  args: readonly string[] = [],
  env: { readonly [name: string]: string } = {},
): Promise<{ readonly code: number; readonly log: string }> {
  return runHere([process.execPath, script, ...args], {
    cwd: folder,
    env: { ...bareEnvironment(folder), ...env },
  });
}
