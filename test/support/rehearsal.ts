import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnswerScript } from "./fake-openai/answer.ts";
import { type FakeOpenAI, type FakeOpenAIOptions, startFakeOpenAI } from "./fake-openai/index.ts";

const examples = join(import.meta.dirname, "../../examples");

/** The stand-in for OpenAI's API that knows the models of `examples/openai.yaml`, with scripted answers. */
export function startRehearsal(options: FakeOpenAIOptions = {}): Promise<FakeOpenAI> {
  return startFakeOpenAI({
    models: { "gpt-5.5": "gpt-5.5-2026-04-23", "gpt-5.4-mini": "gpt-5.4-mini-2026-03-17" },
    answer: scriptAnswers(),
    ...options,
  });
}

/** The spec's text with the server's address, under which answers have the same keys as OpenAI's. */
export function withServer(spec: string, url: string): string {
  const line = "openai: { type: openai, api_key_env: OPENAI_API_KEY }";
  if (!spec.includes(line)) throw new Error(`the spec does not hold ${line}`);
  return spec.replace(
    line,
    `openai: { type: openai, api_key_env: OPENAI_API_KEY, base_url: "${url}", identity: "https://api.openai.com/v1" }`,
  );
}

// The teacher says what was recorded of another one; the student errs in a third of its answers, by a hash.
function scriptAnswers(): AnswerScript {
  const recorded = readRecorded();
  return (request) => {
    const ticket = String(request.messages.at(-1)?.content);
    const said = recorded.get(ticket);
    if (said === undefined) return { content: "{}" };
    const errs = request.model !== "gpt-5.5" && numberOf(ticket) % 3 === 0;
    return { content: errs ? answerOf(teams[numberOf(`team ${ticket}`) % teams.length]!) : said };
  };
}

function readRecorded(): ReadonlyMap<string, string> {
  const lines = readFileSync(join(examples, "data/teacher.jsonl"), "utf8").trimEnd().split("\n").slice(1);
  return new Map(
    lines.map((line) => {
      const { messages, answers } = JSON.parse(line) as {
        readonly messages: readonly { readonly content: string }[];
        readonly answers: readonly string[];
      };
      return [messages.at(-1)!.content, answers[0]!];
    }),
  );
}

function answerOf(team: string): string {
  return JSON.stringify({ team, probabilities: { [team]: 0.9 } });
}

function numberOf(text: string): number {
  return Number.parseInt(hash("sha256", text).slice(0, 8), 16);
}

const teams = ["account_access", "hardware", "network", "software", "storage"];
