import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type FakeGitHub,
  type FakeGitHubFault,
  type FakeGitHubOptions,
  startFakeGitHub,
} from "../support/fake-github.ts";
import { bareEnvironment, makeFolder, root, runHere } from "./run-action.ts";

const token = "ghs_0123456789abcdefghijklmnopqrstuvwxyz";
const marker = "<!-- distill:review -->";
const us = "github-actions[bot]";

describe("the comment", () => {
  test("is posted under the marker, and updated where it is there", async () => {
    const github = await openGitHub();
    expect(await comment(github, "first")).toMatchObject({
      code: 0,
      log: "The comment on the pull request was posted.\n",
    });
    expect(await comment(github, "second")).toMatchObject({
      log: "The comment on the pull request was updated.\n",
    });
    expect(github.comments.map(({ body, login }) => [login, body])).toEqual([[us, `${marker}\nsecond`]]);
  });

  test("is left alone where it says the same: nobody is told of an edit", async () => {
    const github = await openGitHub();
    await comment(github, "same");
    expect(await comment(github, "same")).toMatchObject({
      log: "The comment on the pull request was unchanged.\n",
    });
    expect(writes(github)).toEqual(["POST 201"]);
  });

  test("of a stranger is not touched, whatever it begins with", async () => {
    const github = await openGitHub();
    github.write("mallory", `${marker}\nAll is well, merge.`);
    github.write("github-actions", `${marker}\nAll is well, merge.`);
    await comment(github, "first");
    await comment(github, "second");
    expect(github.comments.map(({ login, body }) => [login, body])).toEqual([
      ["mallory", `${marker}\nAll is well, merge.`],
      ["github-actions", `${marker}\nAll is well, merge.`],
      [us, `${marker}\nsecond`],
    ]);
  });

  test("of another name is not touched, nor one that quotes the marker", async () => {
    const github = await openGitHub();
    github.write(us, "<!-- distill:nightly -->\nnightly");
    github.write(us, `Somebody wrote ${marker}`);
    github.write(us, `<!-- distill:review-2 -->\nother`);
    await comment(github, "ours");
    expect(github.comments.map(({ body }) => body).slice(3)).toEqual([`${marker}\nours`]);
    expect(writes(github)).toEqual(["POST 201"]);
  });

  test("is found behind thirty pages of comments", async () => {
    const github = await openGitHub();
    for (let count = 0; count < 2_950; count += 1) github.write("mallory", `${marker} ${count}`);
    github.write(us, `${marker}\nold`);
    expect(await comment(github, "new")).toMatchObject({
      log: "The comment on the pull request was updated.\n",
    });
    expect(github.comments.at(-1)!.body).toBe(`${marker}\nnew`);
    expect(github.calls.filter(({ path }) => path.includes("/issues/7/comments"))).toHaveLength(30);
  });

  test("of a token that is a user is looked for under the user's name", async () => {
    const github = await openGitHub({ login: "acme-ci", isUser: true });
    github.write(us, `${marker}\nof the workflow`);
    await comment(github, "first");
    await comment(github, "second");
    expect(github.comments.map(({ login, body }) => [login, body])).toEqual([
      [us, `${marker}\nof the workflow`],
      ["acme-ci", `${marker}\nsecond`],
    ]);
  });

  test("of another app's token is found by the author that is named, and else that is said", async () => {
    const github = await openGitHub({ login: "acme-app[bot]" });
    const { log } = await comment(github, "first");
    expect(log).toContain("Its author is acme-app[bot]: set comment-author to that");
    await comment(github, "second", { DISTILL_CI_AUTHOR: "acme-app[bot]" });
    expect(github.comments.map(({ body }) => body)).toEqual([`${marker}\nsecond`]);
  });

  test("has at most as many characters as GitHub takes", async () => {
    const github = await openGitHub();
    await comment(github, "é".repeat(70_000));
    expect(github.comments[0]!.body).toHaveLength(65_536);
  });

  test("goes to the API that the runner names, and the token nowhere else", async () => {
    const github = await openGitHub({ prefix: "/api/v3" });
    const elsewhere = await openGitHub();
    github.fail({
      request: "GET /api/v3/repos",
      status: 301,
      headers: { location: `${elsewhere.url}/repos` },
    });
    const { log } = await comment(github, "text");
    expect(log).toContain(
      "No comment on the pull request: GitHub answers 301 (the API points to another origin).",
    );
    expect(elsewhere.calls).toEqual([]);
    await comment(github, "text");
    expect(github.comments).toHaveLength(1);
    expect(new Set(github.calls.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${token}`]),
    );
  });

  test("follows the API where it moved on its own origin", async () => {
    const github = await openGitHub();
    github.fail({
      request: "GET /repos",
      status: 307,
      headers: { location: "/repos/acme/router/issues/7/comments?per_page=100" },
    });
    expect((await comment(github, "text")).log).toContain("was posted");
  });
});

describe("what goes wrong is waited for", () => {
  test("502 for a while", async () => {
    const github = await openGitHub({}, { request: "GET /repos", status: 502 });
    expect((await comment(github, "text")).log).toContain("was posted");
    expect(statuses(github)).toEqual([403, 502, 200, 201]);
  });

  test("an answer that got lost: the comment is looked for before it is posted again", async () => {
    const github = await openGitHub({}, { request: "POST", status: 502, afterDoing: true });
    expect((await comment(github, "text")).log).toContain("was unchanged");
    expect(github.comments).toHaveLength(1);
    expect(writes(github)).toEqual(["POST 502"]);
  });

  test("502 before anything was done: it is posted once", async () => {
    const github = await openGitHub({}, { request: "POST", status: 502 });
    expect((await comment(github, "text")).log).toContain("was posted");
    expect(github.comments).toHaveLength(1);
    expect(writes(github)).toEqual(["POST 502", "POST 201"]);
  });

  test.each([403, 429])("a secondary rate limit (%i), as long as Retry-After says", async (status) => {
    const github = await openGitHub(
      {},
      {
        request: "POST",
        status,
        headers: { "retry-after": "1" },
        message: "You have exceeded a secondary rate limit.",
      },
    );
    expect((await comment(github, "text")).log).toContain("was posted");
    const [first, second] = github.calls.filter(({ method }) => method === "POST");
    expect(second!.at - first!.at).toBeGreaterThan(990);
  });

  test("but not for an hour", async () => {
    const github = await openGitHub(
      {},
      {
        request: "POST",
        status: 403,
        headers: { "x-ratelimit-remaining": "0" },
        message: "API rate limit exceeded for installation.",
      },
    );
    const { code, log } = await comment(github, "text");
    expect(code).toBe(0);
    expect(log).toContain("API rate limit exceeded for installation.");
    expect(writes(github)).toEqual(["POST 403"]);
  });

  test("a comment that was deleted since it was found is posted anew", async () => {
    const github = await openGitHub();
    await comment(github, "first");
    github.fail({ request: "PATCH", status: 404, message: "Not Found" });
    github.fail({ request: "PATCH", status: 404, message: "Not Found" });
    expect((await comment(github, "second")).log).toContain("was updated");
    expect(writes(github)).toEqual(["POST 201", "PATCH 404", "PATCH 404", "PATCH 200"]);
  });
});

describe("where there is no comment, log and summary say why, and the job does not fail for it", () => {
  test.each<[string, string, FakeGitHubOptionsHere, FakeGitHubFault | undefined, Environment]>([
    [
      "a fork's token may only read",
      "the branch is in a fork, and its workflows may not write (Resource not accessible by integration)",
      { isReadOnly: true },
      undefined,
      { fork: "mallory/router" },
    ],
    [
      "the job's token may only read",
      'the token may not write; the job needs "pull-requests: write" (Resource not accessible by integration)',
      { isReadOnly: true },
      undefined,
      {},
    ],
    ["there is no token", "there is no token", {}, undefined, { DISTILL_CI_TOKEN: "" }],
    [
      "the token is wrong",
      "GitHub does not accept the token (Bad credentials)",
      {},
      undefined,
      { DISTILL_CI_TOKEN: "ghs_wrong" },
    ],
    [
      "the token is no token",
      "the token has characters that no token has",
      {},
      undefined,
      { DISTILL_CI_TOKEN: "ghs_x\nHost: evil" },
    ],
    ["there is no such pull request", "GitHub answers 404 (Not Found)", {}, undefined, { number: "8" }],
    [
      "the body is refused",
      "GitHub answers 422 (Validation Failed)",
      {},
      { request: "POST", status: 422, message: "Validation Failed" },
      {},
    ],
    [
      "the conversation is gone",
      "GitHub answers 410 (This issue was deleted)",
      {},
      { request: "GET /repos", status: 410, message: "This issue was deleted" },
      {},
    ],
    [
      "the line is open",
      "the API's address is not https",
      {},
      undefined,
      { GITHUB_API_URL: "http://api.github.example" },
    ],
    ["nobody answers", "ECONNREFUSED", {}, undefined, { GITHUB_API_URL: "http://127.0.0.1:49151" }],
    [
      "the repository has no name",
      "GITHUB_REPOSITORY is not owner/name",
      {},
      undefined,
      { GITHUB_REPOSITORY: "../x" },
    ],
  ])("%s", async (_, reason, options, fault, env) => {
    const github = await openGitHub(options, ...(fault === undefined ? [] : [fault]));
    const { code, log, summary } = await comment(github, "text", env);
    expect(code).toBe(0);
    expect(log).toBe(`No comment on the pull request: ${reason}.\n`);
    expect(summary).toContain(reason);
    expect(github.comments).toEqual([]);
  });

  test("a push is no pull request", async () => {
    const github = await openGitHub();
    const { code, log } = await comment(github, "text", { event: "{}" });
    expect([code, log]).toEqual([0, "No comment: this is not a pull request.\n"]);
    expect(github.calls).toEqual([]);
  });

  test("the token is told nowhere", async () => {
    const github = await openGitHub({}, { request: "POST", status: 422, message: "Validation Failed" });
    const { log, summary } = await comment(github, "text");
    expect(`${log}${summary}`).not.toContain(token);
  });
});

test.each(["a--b", "x -->", "", "a\nb", "é", "-a", "a".repeat(65)])(
  "%j is no name for a comment: it could end the marker, or be none",
  async (name) => {
    const github = await openGitHub();
    const { code, log } = await comment(github, "text", { DISTILL_CI_NAME: name });
    // An empty name is the default.
    expect(code).toBe(name === "" ? 0 : 2);
    expect(log).toContain(name === "" ? "was posted" : "name has letters, digits, dots and single hyphens");
  },
);

type FakeGitHubOptionsHere = Partial<FakeGitHubOptions>;
type Environment = { readonly [name: string]: string };

async function openGitHub(
  options: FakeGitHubOptionsHere = {},
  ...faults: readonly FakeGitHubFault[]
): Promise<FakeGitHub> {
  const github = await startFakeGitHub({ repository: "acme/router", pullRequest: 7, token, ...options });
  onTestFinished(() => github.close());
  for (const fault of faults) github.fail(fault);
  return github;
}

/** The script's second half on a text; `fork`, `number` and `event` make the event. */
async function comment(github: FakeGitHub, text: string, env: Environment = {}) {
  const folder = makeFolder("distill-comment-");
  const { fork = "acme/router", number = "7", event, ...rest } = env;
  writeFileSync(join(folder, "comment.md"), text);
  writeFileSync(join(folder, "summary.md"), "");
  writeFileSync(
    join(folder, "event.json"),
    event ??
      JSON.stringify({
        pull_request: {
          number: Number(number),
          base: { sha: "0".repeat(40), repo: { full_name: "acme/router" } },
          head: { repo: { full_name: fork } },
        },
      }),
  );
  const run = await runHere([process.execPath, join(root, "ci/distill-ci.mjs"), "comment"], {
    cwd: folder,
    env: {
      ...bareEnvironment(folder),
      GITHUB_ACTIONS: "true",
      GITHUB_API_URL: github.url,
      GITHUB_EVENT_PATH: join(folder, "event.json"),
      GITHUB_REPOSITORY: "acme/router",
      GITHUB_STEP_SUMMARY: join(folder, "summary.md"),
      DISTILL_CI_COMMENT: join(folder, "comment.md"),
      DISTILL_CI_TOKEN: token,
      ...rest,
    },
  });
  // As it is read: without what keeps it from being Markdown.
  const summary = readFileSync(join(folder, "summary.md"), "utf8").replace(/\\(?=\W|_)|<!-- -->/g, "");
  return { ...run, summary };
}

function statuses(github: FakeGitHub): readonly number[] {
  return github.calls.map(({ status }) => status);
}

function writes(github: FakeGitHub): readonly string[] {
  return github.calls
    .filter(({ method }) => method !== "GET")
    .map(({ method, status }) => `${method} ${status}`);
}
