// plan's cost range against what was then used: ten specs on the fake server, each sampled, planned and run whole.
import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { startFakeOpenAI } from "../test/support/fake-openai/index.ts";

const root = new URL("../", import.meta.url).pathname;
const bin = join(root, "bin/distill.js");
const key = "sk-bench";

/** A spec of the bench: what differs from one to the next. */
interface Case {
  readonly name: string;
  /** Words of an item's text. */
  readonly words: (draw: Draw) => number;
  /** Tokens of an answer. */
  readonly tokens: (draw: Draw, inputTokens: number) => number;
  readonly system?: string;
  readonly request?: object;
  readonly json?: boolean;
  readonly steps: object;
}

const vocabulary = ["mail", "printer", "vpn", "is", "not", "working", "since", "monday"];
const short = (draw: Draw) => draw.between(5, 60);
const generate = { uses: "generate", rows: "items", prompt: "ask", model: "teacher" };
const manual = "Take the ticket and say which team owns it, by the rules of the desk. ".repeat(60);

const cases: readonly Case[] = [
  {
    name: "short prompt, short answers",
    words: short,
    tokens: (draw) => draw.between(2, 8),
    steps: { capture: generate },
  },
  {
    name: "long prompt, short answers",
    system: manual,
    words: short,
    tokens: (draw) => draw.between(2, 8),
    steps: { capture: generate },
  },
  {
    name: "json answers",
    system: "You know the desk. Answer with JSON.",
    words: short,
    tokens: (draw) => draw.between(20, 45),
    json: true,
    request: { response_format: { type: "json_object" } },
    steps: { capture: generate },
  },
  {
    name: "long answers, as of thinking",
    words: short,
    tokens: (draw) => draw.logNormal(600, 0.5),
    steps: { capture: generate },
  },
  {
    name: "heavy tail",
    system: manual,
    words: short,
    tokens: (draw) => draw.logNormal(60, 1.2),
    steps: { capture: generate },
  },
  {
    name: "heavy tail, cut at 120 tokens",
    words: short,
    tokens: (draw) => draw.logNormal(60, 1.2),
    request: { max_completion_tokens: 120 },
    steps: { capture: generate },
  },
  {
    name: "three samples an item",
    words: short,
    tokens: (draw) => draw.logNormal(80, 0.4),
    request: { temperature: 1 },
    steps: { capture: { ...generate, samples: 3 } },
  },
  {
    name: "two models on a split",
    words: short,
    tokens: (draw) => draw.logNormal(40, 0.4),
    steps: {
      parts: { uses: "split", rows: "items", into: { few: 0.2, test: 0.8 } },
      exam: {
        uses: "evaluate",
        rows: "parts.test",
        prompt: "ask",
        models: ["teacher", "student"],
        graders: ["some"],
      },
    },
  },
  {
    name: "behind filters, unequal items",
    words: (draw) => draw.logNormal(80, 1),
    tokens: (draw, inputTokens) => Math.ceil(inputTokens * draw.between(0.2, 0.5)),
    steps: {
      sized: {
        uses: "filter",
        rows: "items",
        rules: [{ name: "sized", where: "size(item.text) > 150" }],
      },
      capture: { ...generate, rows: "sized" },
    },
  },
  {
    name: "a second question to what was kept",
    words: short,
    tokens: (draw) => draw.between(20, 60),
    steps: {
      capture: generate,
      sure: {
        uses: "filter",
        rows: "capture",
        rules: [{ name: "sure", where: "size(sample.output_text) > 80" }],
      },
      again: { ...generate, rows: "sure", prompt: "again" },
    },
  },
];

let held = 0;
const widths: number[] = [];
console.log(`${"".padEnd(36)}${"planned".padStart(24)}${"used".padStart(11)}  held   width`);
for (const one of cases) {
  const { planned, used } = await runCase(one);
  const isHeld = planned !== null && planned.low <= used && used <= planned.high;
  const width = planned === null ? Number.POSITIVE_INFINITY : planned.high / planned.low;
  held += Number(isHeld);
  widths.push(width);
  const range =
    planned === null ? "not known" : `$${planned.low.toPrecision(3)} … $${planned.high.toPrecision(3)}`;
  console.log(
    `${one.name.padEnd(36)}${range.padStart(24)}${`$${used.toPrecision(3)}`.padStart(11)}  ${(isHeld ? "yes" : "NO").padEnd(4)}  ${width.toFixed(2).padStart(5)} ×`,
  );
}
const median = [...widths].sort((a, b) => a - b).slice(cases.length / 2 - 1, cases.length / 2 + 1);
const middle = (median[0]! + median[1]!) / 2;
console.log(
  `\nheld ${held} of ${cases.length}, at least 9: ${held >= 9 ? "yes" : "NO"}   ` +
    `median width ${middle.toFixed(2)} ×, at most 2 ×: ${middle <= 2 ? "yes" : "NO"}`,
);
process.exitCode = held >= 9 && middle <= 2 ? 0 : 1;

async function runCase(one: Case): Promise<{
  readonly planned: { readonly low: number; readonly high: number } | null;
  readonly used: number;
}> {
  const folder = mkdtempSync(join(tmpdir(), "distill-bench-"));
  const server = await startFakeOpenAI({
    apiKey: key,
    answer: ({ model, messages, max_completion_tokens }, n) => {
      const text = JSON.stringify(messages);
      const draw = openDraw(`${one.name} ${model} ${text} ${n}`);
      const wanted = Math.max(1, Math.round(one.tokens(draw, text.split(" ").length)));
      const tokens = Math.min(wanted, max_completion_tokens ?? wanted);
      const words = "token ".repeat(tokens).trim();
      return {
        content: one.json === true ? JSON.stringify({ answer: words }) : words,
        finish_reason: tokens < wanted ? "length" : "stop",
      };
    },
  });
  try {
    mkdirSync(join(folder, ".git"));
    writeFileSync(join(folder, "items.jsonl"), writeItems(one));
    writeFileSync(join(folder, "spec.yaml"), stringify(specOf(one, server.url)));
    const env = { DISTILL_ALLOW: server.url, BENCH_KEY: key };
    await distill(folder, env, ["run", "--sample", "20", "--yes", "--json"]);
    const plan = await distill(folder, env, ["plan", "--json"]);
    const run = await distill(folder, env, ["run", "--yes", "--json"]);
    return { planned: plan.spend_usd as never, used: run.cost_usd as number };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function specOf({ system = "You know the desk.", request = {}, steps }: Case, url: string): object {
  const ask = (question: string) => ({
    request,
    messages: [
      { role: "system", content: system },
      { role: "user", content: `${question} {{ item.text }}` },
    ],
  });
  return {
    version: 1,
    name: "bench",
    seed: 3,
    datasets: { items: { path: "items.jsonl" } },
    prompts: { ask: ask("Who takes this?"), again: ask("Why does that team take this?") },
    providers: { fake: { type: "openai", base_url: url, api_key_env: "BENCH_KEY" } },
    models: {
      teacher: { provider: "fake", model: "gpt-4o", price: { input: 2.5, output: 10 } },
      student: { provider: "fake", model: "gpt-4o-mini", price: { input: 0.15, output: 0.6 } },
    },
    graders: {
      some: {
        type: "string_check",
        input: "{{ sample.output_text }}",
        reference: "token",
        operation: "ilike",
      },
    },
    steps,
  };
}

function writeItems({ name, words }: Case): string {
  return Array.from({ length: 400 }, (_, index) => {
    const draw = openDraw(`${name} item ${index}`);
    const count = Math.max(1, Math.round(words(draw)));
    const text = Array.from({ length: count }, () => vocabulary[Math.floor(draw.between(0, 8))]).join(" ");
    return `${JSON.stringify({ id: index, text: `${text} ${index}` })}\n`;
  }).join("");
}

interface Draw {
  between(low: number, high: number): number;
  logNormal(median: number, sigma: number): number;
}

/** Random numbers from a text. */
function openDraw(seed: string): Draw {
  let count = 0;
  const uniform = () =>
    (Number.parseInt(hash("sha256", `${seed} ${count++}`).slice(0, 12), 16) + 0.5) / 2 ** 48;
  return {
    between: (low, high) => low + (high - low) * uniform(),
    logNormal: (median, sigma) =>
      median * Math.exp(sigma * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())),
  };
}

// Not spawnSync: the server answers in this process.
function distill(
  cwd: string,
  env: { readonly [name: string]: string },
  args: readonly string[],
): Promise<{ readonly [field: string]: unknown }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args, "spec.yaml"], {
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve(JSON.parse(stdout.trim().split("\n").at(-1)!))
        : reject(new Error(`distill ${args.join(" ")} ended with ${code}: ${stderr}`)),
    );
  });
}
