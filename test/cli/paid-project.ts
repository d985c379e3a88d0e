import { onTestFinished } from "vitest";
import { type CliResult, type CliRig, cliRig } from "../support/cli-rig.ts";
import {
  type FakeOpenAI,
  type FakeOpenAIOptions,
  type FaultKind,
  startFakeOpenAI,
} from "../support/fake-openai/index.ts";

/** A project whose models a server sends a bill for. */
export interface PaidProject extends CliRig {
  readonly server: FakeOpenAI;
  /** Completion requests that arrived since it was asked last. */
  arrived(): number;
  /** The result of a command with `--json`. */
  json(args: readonly string[]): Promise<{ readonly [field: string]: unknown }>;
}

/** Sixty items, a teacher that is paid by the token, and a step that asks it for all of them. */
export async function paidProject(
  options: {
    readonly key?: boolean;
    readonly model?: string;
    readonly steps?: string;
    readonly faultScript?: readonly FaultKind[];
    readonly batch?: FakeOpenAIOptions["batch"];
  } = {},
): Promise<PaidProject> {
  const {
    key = true,
    model = "price: { input: 2, output: 8 }",
    steps = capture,
    faultScript,
    batch,
  } = options;
  const server = await startFakeOpenAI({
    ...(key ? { apiKey: "sk-test" } : {}),
    ...(faultScript === undefined ? {} : { faultScript }),
    ...(batch === undefined ? {} : { batch }),
    answer: ({ messages }) => ({ content: "team ".repeat(5 + (JSON.stringify(messages).length % 7)).trim() }),
  });
  onTestFinished(() => server.close());
  const rig = cliRig({
    ".git/HEAD": "ref: refs/heads/main\n",
    "items.jsonl": Array.from(
      { length: 60 },
      (_, id) => `${JSON.stringify({ id, text: `ticket ${"mail ".repeat(id % 9)}${id}` })}\n`,
    ).join(""),
    "spec.yaml": `version: 1
name: paid
datasets: { items: { path: items.jsonl } }
prompts:
  route:
    messages:
      - { role: system, content: You know the desk. }
      - { role: user, content: "Who takes this? {{ item.text }}" }
providers:
  fake: { type: openai, base_url: "${server.url}"${key ? ", api_key_env: DESK_KEY" : ""} }
models:
  teacher: { provider: fake, model: gpt-4o, ${model} }
  other: { provider: fake, model: gpt-4.1, ${model} }
graders:
  some: { type: string_check, input: "{{ sample.output_text }}", reference: team, operation: ilike }
steps:
${steps}`,
  });
  const env = { DISTILL_ALLOW: server.url, DESK_KEY: "sk-test" };
  const distill: CliRig["distill"] = (args, more = {}): Promise<CliResult> =>
    rig.distill(args, { ...more, env: { ...env, ...more.env } });
  let seen = 0;
  return {
    ...rig,
    server,
    distill,
    arrived() {
      const calls = server.ledger.filter(({ path }) => path.endsWith("/chat/completions")).length;
      const fresh = calls - seen;
      seen = calls;
      return fresh;
    },
    async json(args) {
      const { stdout, stderr } = await distill([...args, "--json"]);
      if (stdout === "") throw new Error(stderr);
      return JSON.parse(stdout.trim().split("\n").at(-1)!);
    },
  };
}

const capture = "  capture: { uses: generate, rows: items, prompt: route, model: teacher }\n";
