import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readAction, root } from "./run-action.ts";

const page = readFileSync(join(root, "docs/ci.md"), "utf8");

interface Workflow {
  readonly on: unknown;
  readonly permissions: object;
  readonly jobs: {
    readonly [id: string]: {
      readonly permissions?: object;
      readonly environment?: string;
      readonly steps: readonly {
        readonly uses?: string;
        readonly run?: string;
        readonly env?: object;
        readonly with?: object;
      }[];
    };
  };
}

const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);
const [reviewing, running] = blocks
  .filter((text) => text.startsWith("# .github/"))
  .map((text) => parse(text) as Workflow);

describe("the workflows in docs/ci.md", () => {
  test("begin at a pull request and at a request, and never with a stranger's code and a writing token", () => {
    expect(reviewing!.on).toBe("pull_request");
    expect(Object.keys(running!.on as object)).toEqual(["workflow_dispatch"]);
  });

  test("have the permissions that they need", () => {
    expect(reviewing!.permissions).toEqual({ contents: "read", "pull-requests": "write" });
    expect(running!.permissions).toEqual({});
    expect(running!.jobs.run!.permissions).toEqual({ contents: "read" });
    expect(running!.jobs.commit!.permissions).toEqual({ contents: "write" });
  });

  test("name no secret in the review, and elsewhere only behind the approved environment", () => {
    expect(JSON.stringify(reviewing)).not.toContain("secrets.");
    for (const { environment, steps } of Object.values(running!.jobs))
      if (JSON.stringify(steps).includes("secrets.")) expect(environment).toBe("distill");
  });

  test("put no expression into a script", () => {
    const scripts = [reviewing!, running!].flatMap(({ jobs }) =>
      Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run = [] }) => run)),
    );
    expect(scripts).toHaveLength(5);
    expect(scripts.filter((script) => script.includes("${{"))).toEqual([]);
  });

  test("pin every action by its commit", () => {
    const used = [...page.matchAll(/uses: (\S+)/g)].map(([, action]) => action!);
    expect(used.length).toBeGreaterThan(8);
    expect(used.filter((action) => !/^[\w./-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });
});

test("docs/ci.md tells every input and output of action.yml, and no other", () => {
  const { inputs, outputs } = readAction();
  expect(tableOf("input")).toEqual(Object.keys(inputs));
  expect(tableOf("output")).toEqual(Object.keys(outputs));
});

test("docs/ci.md tells every variable that the script reads", () => {
  const sources = readdirSync(join(root, "ci")).map((file) => readFileSync(join(root, "ci", file), "utf8"));
  const read = sources.flatMap((text) =>
    [...text.matchAll(/(?:read\("|process\.env\.)([A-Z_]+)/g)].map(([, name]) => name!),
  );
  expect(read.length).toBeGreaterThan(15);
  expect([...new Set(read)].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

/** The first cells of a table under its head, without the backticks. */
function tableOf(head: string): readonly string[] {
  const [, rows] = new RegExp(`^\\| ${head} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, "m").exec(page)!;
  return [...rows!.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name!);
}
