import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startFakeGitHub } from "../support/fake-github.ts";
import { openCiProject } from "./ci-project.ts";
import { bareEnvironment, root, runAction, runHere } from "./run-action.ts";

const binary = join(root, "bin/distill.js");
const inputs = { distill: binary, specs: "examples/distill.yaml" };

test("the example with a stricter rule is verified, compared and told, with no key and no store", async () => {
  const project = openCiProject({ "readme.md": "" });
  cpSync(join(root, "examples"), join(project.folder, "examples"), { recursive: true });
  project.git("switch", "--quiet", "main");
  writeFileSync(join(project.folder, ".gitignore"), "node_modules/\n.distill/\n");
  project.git("add", "--all");
  project.git("commit", "--quiet", "--message=the example");
  const base = project.git("rev-parse", "HEAD");
  project.git("switch", "--quiet", "--create", "change");
  const spec = join(project.folder, "examples/distill.yaml");
  writeFileSync(spec, readFileSync(spec, "utf8").replace(">= 0.6", ">= 0.7"));
  const github = await startFakeGitHub({ repository: "acme/router", pullRequest: 7, token: "ghs_token" });
  onTestFinished(() => github.close());
  const review = () =>
    runAction({
      folder: project.folder,
      event: { pull_request: { number: 7, base: { sha: base } } },
      apiUrl: github.url,
      token: "ghs_token",
      inputs,
    });

  // Changed, and nobody ran it: that is told.
  const stale = await review();
  expect(stale).toMatchObject({ code: 1, outputs: { verdict: "none", fresh: "false" } });
  expect(github.comments[0]!.body).toContain("do not trust the figures");

  const env = { ...bareEnvironment(project.folder), NO_COLOR: "1" };
  const run = await runHere([process.execPath, binary, "run", spec], { cwd: project.folder, env });
  expect(run.log).toContain("Wrote");
  project.git("add", "--all");
  project.git("commit", "--quiet", "--message=stricter");
  project.remove(".distill");
  const fresh = await review();
  expect(fresh).toMatchObject({
    code: run.code,
    outputs: { fresh: "true", report: "examples/distill.report.md" },
  });
  expect(github.comments).toHaveLength(1);
  const { body } = github.comments[0]!;
  expect(body).toMatch(/^<!-- distill:review -->\n### distill: helpdesk-router /);
  expect(body).toContain("rule sure: >= 0.6 → >= 0.7");
  expect(body).toContain("- ✅ lock, evidence, report: verified");
});
