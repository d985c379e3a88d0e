import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type GitProject, gitProject } from "../support/git-project.ts";
import { againstFiles, ranProject } from "./against-project.ts";

describe("plan --against, in a clone that has nothing but git", () => {
  it("tells the rule that changed, and what may follow from it", async () => {
    const project = await ranProject();
    project.edit("distill.yaml", "<= 30", "<= 24");
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        select   run     rule short: size(item.text) <= 30 → size(item.text) <= 24
        student  maybe   its rows may change
        exam     maybe   student may change   up to 29 answers of student
        verdict  maybe   exam, student may change
        3 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("knows from the lock that was committed what did follow, and what did not", async () => {
    const project = await ranProject();
    project.branch("rule");
    project.edit("distill.yaml", "<= 30", "<= 24");
    await runAndCommit(project);
    forgetStore(project);
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        select   run     rule short: size(item.text) <= 30 → size(item.text) <= 24
        student  run     its rows change
        exam     run     student changes   29 answers of student
        verdict  run     exam, student change
        3 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
    project.branch("same-rows");
    project.edit("distill.yaml", "<= 30", "<= 31");
    await runAndCommit(project);
    forgetStore(project);
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        select  run     rule short: size(item.text) <= 30 → size(item.text) <= 31
        6 more  reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("tells of another grader, by which nobody is asked", async () => {
    const project = await ranProject();
    project.edit("distill.yaml", "operation: eq", "operation: ilike");
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        exam     run     grader correct.operation: eq → ilike
        verdict  run     grader correct.operation: eq → ilike; exam may change
        5 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("tells of other training", async () => {
    const project = await ranProject();
    project.edit(
      "distill.yaml",
      "target: sample.output_text",
      "target: sample.output_text, hyperparameters: { n_epochs: 3 }",
    );
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        student  run     hyperparameters.n_epochs: 15 → 3
        exam     maybe   student may change   up to 29 answers of student
        verdict  maybe   exam, student may change
        4 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("tells of a new step, and what it would send to a model that has to be paid", async () => {
    const project = await ranProject();
    withLive(project);
    project.edit(
      "distill.yaml",
      "  before:",
      "  second: { uses: generate, rows: pool, prompt: sort, model: live, samples: 2 }\n  before:",
    );
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        second  run     new   80 answers of live
        7 more  reuse
        To send: 80 requests to live with 740 … 1,200 tokens. To spend: not known for
        live before 20 answers came: distill run distill.yaml --sample 20 asks so
        many.
      "
    `);
  });

  it("asks only the model that is new in an exam", async () => {
    const project = await ranProject();
    withLive(project);
    project.edit("distill.yaml", "models: [teacher, before,", "models: [live, teacher, before,");
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        exam     run     models: live added   29 answers of live
        verdict  maybe   exam may change
        5 more   reuse
        To send: 29 requests to live with 270 … 430 tokens. To spend: not known for
        live before 20 answers came: distill run distill.yaml --sample 20 asks so
        many.
      "
    `);
  });

  it("reuses a step under another name, and what stands on it", async () => {
    const project = await ranProject();
    project.edit("distill.yaml", "  student:", "  pupil:");
    project.edit("distill.yaml", "before, student]", "before, pupil]");
    project.edit("distill.yaml", "candidate: student", "candidate: pupil");
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        pupil   reuse   was student
        6 more  reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("tells of a step that is gone", async () => {
    const project = await ranProject();
    project.edit("distill.yaml", / {2}verdict:.*$/s, "");
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        verdict  gone    not in the spec any more
        all 6    reuse   nothing changed since main
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("runs nothing for comments, order and written-out defaults", async () => {
    const project = await ranProject();
    project.edit("distill.yaml", "version: 1\n", "# A comment.\nversion: 1\n");
    project.edit("distill.yaml", "uses: generate, rows: pool,", "rows: pool, uses: generate, samples: 1,");
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        all 7  reuse   nothing changed since main
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("tells of prompts, models, data and rules that came, went or moved", async () => {
    const project = await ranProject();
    project.edit("distill.yaml", 'content: "{{ item.text }}"', 'content: "Sort: {{ item.text }}"');
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        capture  run     prompt sort.messages.0.content: {{ item.text }} → Sort: {{
                         item.text }}
                         40 answers of teacher
        select   maybe   its rows may change
        before   run     prompt sort.messages.0.content: {{ item.text }} → Sort: {{
                         item.text }}
        student  maybe   its rows may change
        exam     run     prompt sort.messages.0.content: {{ item.text }} → Sort: {{
                         item.text }}; before, student may change
                         up to 87 answers of teacher, before, student
        verdict  maybe   exam, before, student may change
        1 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
    project.git("checkout", "--quiet", ".");
    project.edit("distill.yaml", "model: large }", "model: large, request: { temperature: 0.5 } }");
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        capture  run     model teacher.request.temperature: not set → 0.5
                         40 answers of teacher
        select   maybe   its rows may change
        student  maybe   its rows may change
        exam     run     model teacher.request.temperature: not set → 0.5; student may
                         change
                         up to 58 answers of teacher, student
        verdict  run     model teacher.request.temperature: not set → 0.5; exam,
                         student may change
        2 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
    project.git("checkout", "--quiet", ".");
    project.write("data/pool.jsonl", `${project.read("data/pool.jsonl")}{"id":"new","text":"a new one"}\n`);
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        capture  run     dataset pool changes   41 answers of teacher
        select   maybe   its rows may change
        student  maybe   its rows may change
        exam     maybe   student may change     up to 29 answers of student
        verdict  maybe   exam, student may change
        2 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
    project.git("checkout", "--quiet", ".");
    project.edit("distill.yaml", / {6}- \{ name: complete.*\n/, "");
    project.edit(
      "distill.yaml",
      '<= 30" }\n',
      '<= 30" }\n      - { name: once, dedupe: exact, by: item.text }\n',
    );
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        select   run     rule once added; rule complete removed
        student  maybe   its rows may change
        exam     maybe   student may change   up to 29 answers of student
        verdict  maybe   exam, student may change
        3 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
    project.git("checkout", "--quiet", ".");
    project.edit("distill.yaml", "rows: select,", "rows: capture,");
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        student  run     rows: select → capture
        exam     maybe   student may change   up to 29 answers of student
        verdict  maybe   exam, student may change
        4 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("says of every cause where in the spec it stands", async () => {
    const project = await ranProject();
    const places: string[] = [];
    const place = async (change: () => void) => {
      change();
      const { stdout } = await project.distill(["plan", "--against", "main", "--json"]);
      const causes = JSON.parse(stdout).steps.flatMap((step: { causes: unknown }) => step.causes);
      const [{ text, pointer, line }] = causes as [{ text: string; pointer: string; line: number }];
      places.push(
        `${text} at ${pointer}, "${project.read("distill.yaml").split("\n")[line - 1]!.trim().slice(0, 24)}"`,
      );
      project.git("checkout", "--quiet", ".");
    };
    const edit = (from: string | RegExp, to: string) => () => project.edit("distill.yaml", from, to);
    await place(edit("operation: eq", "operation: ilike"));
    await place(edit('content: "{{ item.text }}"', 'content: "{{ item.id }}"'));
    await place(edit("model: large }", "model: large, request: { temperature: 0 } }"));
    await place(edit("name: inbox", "name: inbox\nseed: 9"));
    await place(edit(/ {6}- \{ name: complete.*\n/, ""));
    await place(edit("few: 0.25", "few: 0.5"));
    await place(() => project.write("data/pool.jsonl", '{"id":"p","text":"t"}\n'));
    await place(() =>
      project.write("data/answers.jsonl", project.read("data/answers.jsonl").replace("card", "bard")),
    );
    expect(places).toMatchInlineSnapshot(`
      [
        "grader correct.operation: eq → ilike at /graders/correct/operation, "correct: { type: string_"",
        "prompt sort.messages.0.content: {{ item.text }} → {{ item.id }} at /prompts/sort/messages/0/content, "sort: { messages: [{ rol"",
        "model teacher.request.temperature: not set → 0 at /models/teacher/request/temperature, "teacher: { provider: rec"",
        "seed: 0 → 9 at /seed, "seed: 9"",
        "rule complete removed at /steps/select/rules, "- { name: short, where: "",
        "into.few: 0.25 → 0.5 at /steps/split/into/few, "split: { uses: split, ro"",
        "dataset pool changes at /datasets/pool/path, "pool: { path: data/pool."",
        "model teacher.provider.path changes at /providers/recordings/path, "recordings: { type: reco"",
      ]
    `);
  });

  it("prints the same as JSON, with every cause and its place", async () => {
    const project = await ranProject();
    project.edit("distill.yaml", "<= 30", "<= 24");
    const { stdout } = await project.distill(["plan", "--against", "main", "--json"]);
    const { steps, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({
      name: "inbox",
      against: "main",
      commit: project.git("rev-parse", "main").trim(),
      removed: [],
      send: { requests: { low: 0, high: 0 }, models: [] },
      spend_usd: { low: 0, high: 0 },
    });
    expect(steps.map(({ id, action }: { id: string; action: string }) => `${id} ${action}`)).toEqual([
      "split reuse",
      "capture reuse",
      "select run",
      "before reuse",
      "student open",
      "exam open",
      "verdict open",
    ]);
    expect(steps[2]).toMatchObject({
      uses: "filter",
      was: null,
      causes: [
        {
          text: "rule short: size(item.text) <= 30 → size(item.text) <= 24",
          pointer: "/steps/select/rules/1/where",
          line: 24,
          before: "size(item.text) <= 30",
          after: "size(item.text) <= 24",
        },
      ],
      kept: false,
      seconds: null,
    });
    expect(steps[5]).toMatchObject({
      key: null,
      asks: [{ model: "student", answers: 29, up_to: true }],
      causes: [{ text: "student changes", input: "student", pointer: null }],
    });
  });
});

describe("plan --against, with a store", () => {
  it("also tells which steps this store has run, and how long the others took", async () => {
    const project = await ranProject({ store: true });
    project.branch("rule");
    project.edit("distill.yaml", "<= 30", "<= 24");
    expect((await planned(project)).replace(/About \d+ s/, "About N s")).toMatchInlineSnapshot(`
      "
        select   run     rule short: size(item.text) <= 30 → size(item.text) <= 24
        student  maybe   its rows may change
        exam     maybe   student may change   up to 29 answers of student
        verdict  maybe   exam, student may change
        3 more   reuse
        To send: 0 requests. To spend: nothing. About N s.
      "
    `);
    await runAndCommit(project);
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        select   run     rule short: size(item.text) <= 30 → size(item.text) <= 24
        student  run     its rows change
        exam     run     student changes   29 answers of student
        verdict  run     exam, student change
        3 more   reuse
        To send: 0 requests. To spend: nothing. This store keeps all of it already.
      "
    `);
  });
});

describe("a revision that tells less", () => {
  it("has no lock: all is new to it, and what changed is told all the same", async () => {
    const project = gitProject(againstFiles);
    project.edit("distill.yaml", "<= 30", "<= 24");
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
      main has no lock: what was run there is not known
        split    run     not run in main
        capture  run     not run in main   40 answers of teacher
        select   run     rule short: size(item.text) <= 30 → size(item.text) <= 24
        before   run     not run in main
        student  maybe   its rows may change
        exam     maybe   student may change
        verdict  maybe   exam, student may change
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("has no such spec: all is new", async () => {
    const project = gitProject({ "README.md": "nothing yet\n" });
    for (const [path, text] of Object.entries(againstFiles)) project.write(path, text);
    expect(await planned(project)).toMatchInlineSnapshot(`
      "
        split    run     new
        capture  run     new   40 answers of teacher
        select   run     new
        before   run     new
        student  run     new
        exam     run     new
        verdict  run     new
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("has a spec that does not validate: keys are compared alone", async () => {
    const project = await ranProject();
    project.branch("broken");
    project.edit("distill.yaml", "rows: capture\n", "rows: captur\n");
    project.commit("broken");
    project.edit("distill.yaml", "rows: captur\n", "rows: capture\n");
    project.edit("distill.yaml", "<= 30", "<= 24");
    expect(await planned(project, "broken")).toMatchInlineSnapshot(`
      "
      the spec does not validate in broken (no step or dataset is called "captur"):
        only keys are compared
        select   run     not in the lock of broken
        student  run     not in the lock of broken
        exam     run     not in the lock of broken
                         87 answers of teacher, before, student
        verdict  run     not in the lock of broken
        3 more   reuse
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it("has a lock of two merged ones that nobody ran", async () => {
    const project = await ranProject();
    project.branch("merged");
    project.edit("distill.lock", /digest: [0-9a-f]+/, `digest: ${"0".repeat(64)}`);
    project.commit("merged");
    expect(await planned(project, "merged")).toMatchInlineSnapshot(`
      "
      the lock in merged is stale: its digest does not fit: it was edited, or two
        locks were merged and nobody ran the result
        split    run     not run in merged
        capture  run     not run in merged   40 answers of teacher
        select   run     not run in merged
        before   run     not run in merged
        student  run     not run in merged
        exam     run     not run in merged
        verdict  run     not run in merged
        To send: 0 requests. To spend: nothing.
      "
    `);
  });

  it.each([
    ["man", 'git knows no revision "man" here\ndid you mean "main"?\n'],
    ["release", 'git knows no revision "release" here\ngit branch --all lists what there is\n'],
    ["main..main", 'git knows no revision "main..main" here\ndid you mean "main"?\n'],
    ["--output=x", '"--output=x" is no revision\nname a branch, a tag or a commit\n'],
    ["-h", '"-h" is no revision\nname a branch, a tag or a commit\n'],
    ["", '"" is no revision\nname a branch, a tag or a commit\n'],
    [
      "\u001b[2J\u202e",
      'git knows no revision "\\x1b[2J\\u202e" here\ngit branch --all lists what there is\n',
    ],
  ])("is not there: %j", async (rev, stderr) => {
    const project = gitProject(againstFiles);
    expect(await project.distill(["plan", `--against=${rev}`])).toEqual({ code: 2, stdout: "", stderr });
  });

  it("is on the remote alone, or beyond a shallow clone", async () => {
    const project = gitProject(againstFiles);
    project.git("update-ref", "refs/remotes/origin/release", "main");
    expect((await project.distill(["plan", "--against", "release"])).stderr).toContain(
      'did you mean "origin/release"?',
    );
    const commit = project.git("rev-parse", "main").trim();
    project.write(".git/shallow", `${commit}\n`);
    expect((await project.distill(["plan", "--against", "v1.0.0"])).stderr).toContain(
      "this clone is shallow: git fetch --unshallow brings the rest",
    );
  });

  it("needs git, and a repository", async () => {
    const project = gitProject(againstFiles);
    expect(await project.distill(["plan", "--against", "main"], { env: { PATH: "/nowhere" } })).toMatchObject(
      {
        code: 1,
        stderr: "there is no git here\ninstall git, or leave this out\n",
      },
    );
    rmSync(join(project.folder, ".git"), { recursive: true });
    const { code, stderr } = await project.distill(["plan", "--against", "main"]);
    expect(code).toBe(1);
    expect(stderr).toContain("not a git repository");
  });
});

async function planned(project: GitProject, rev = "main"): Promise<string> {
  const { code, stdout, stderr } = await project.distill(["plan", "--against", rev]);
  expect(code).toBe(0);
  for (const line of `${stderr}${stdout}`.split("\n")) expect([...line].length).toBeLessThanOrEqual(80);
  return `\n${stderr}${stdout}`;
}

async function runAndCommit(project: GitProject): Promise<void> {
  const { code, stderr } = await project.distill(["run"]);
  if (code !== 0 && code !== 3) throw new Error(stderr);
  project.commit("run");
}

function forgetStore({ folder }: GitProject): void {
  rmSync(join(folder, ".distill"), { recursive: true });
}

function withLive(project: GitProject): void {
  project.edit(
    "distill.yaml",
    "  local: { type: classifier }\n",
    "  local: { type: classifier }\n  server: { type: openai, api_key_env: OPENAI_API_KEY }\n",
  );
  project.edit("distill.yaml", "  ngram: {", "  live: { provider: server, model: gpt-5 }\n  ngram: {");
}
