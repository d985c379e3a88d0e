// plan's cost range against what was then used, on the fake server: ten specs that are sampled, planned and run
// whole, of which the range has to hold nine; and ten that give it less to go by, told and not judged.
// node bench/plan-cost.ts [--harsh]   --harsh runs only the second ten
import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import type { AnswerScript, ScriptedAnswer } from "../test/support/fake-openai/answer.ts";
import { startFakeOpenAI, transientKinds } from "../test/support/fake-openai/index.ts";

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
  /** Share of items that the student is not sure of, and then wrong about. */
  readonly unsure?: number;
  /** Questions with their answers that stand in the prompt before the item. */
  readonly shots?: number;
  /** Share of requests that go wrong. */
  readonly faults?: number;
  /** Items that each model is asked first; 0 asks none. @defaultValue 20 */
  readonly sample?: number;
  /** What was otherwise when the sample was taken. */
  readonly sampled?: Partial<Pick<Case, "system" | "words" | "tokens">>;
  readonly steps: object;
}

const vocabulary = ["mail", "printer", "vpn", "is", "not", "working", "since", "monday"];
const short = (draw: Draw) => draw.between(5, 60);
const generate = { uses: "generate", rows: "items", prompt: "ask", model: "teacher" };
const manual = "Take the ticket and say which team owns it, by the rules of the desk. ".repeat(60);

const gentle: readonly Case[] = [
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

const harsh: readonly Case[] = [
  {
    name: "no sample, only a limit",
    words: short,
    tokens: (draw) => draw.between(20, 60),
    request: { max_completion_tokens: 200 },
    sample: 0,
    steps: { capture: generate },
  },
  {
    name: "a sample of 8, and a limit",
    words: short,
    tokens: (draw) => draw.logNormal(60, 0.8),
    request: { max_completion_tokens: 400 },
    sample: 8,
    steps: { capture: generate },
  },
  {
    name: "batch prices",
    words: short,
    tokens: (draw) => draw.logNormal(60, 0.5),
    steps: { capture: { ...generate, execution: { mode: "batch" } } },
  },
  {
    name: "10 % faults",
    words: short,
    tokens: (draw) => draw.logNormal(60, 0.5),
    faults: 0.1,
    steps: { capture: { ...generate, execution: { timeout: 2 } } },
  },
  {
    name: "prompt changed after the sample",
    words: short,
    tokens: (draw) => draw.between(20, 45),
    system: manual,
    sampled: { system: "You know the desk." },
    steps: { capture: generate },
  },
  {
    name: "changed, and answers 3 × as long",
    words: short,
    tokens: (draw) => draw.logNormal(120, 0.5),
    system: "You know the desk. Think step by step.",
    sampled: { system: "You know the desk.", tokens: (draw) => draw.logNormal(40, 0.5) },
    steps: { capture: generate },
  },
  {
    name: "items 3 × as long as those sampled",
    words: (draw) => draw.between(60, 180),
    tokens: (draw, inputTokens) => Math.ceil(inputTokens * draw.between(0.2, 0.5)),
    sampled: { words: (draw) => draw.between(20, 60) },
    steps: { capture: generate },
  },
  {
    name: "few-shot, long prompt",
    words: (draw) => draw.logNormal(60, 1),
    tokens: (draw) => draw.between(2, 30),
    shots: 24,
    steps: { capture: generate },
  },
  {
    name: "five samples, heavy tail",
    words: short,
    tokens: (draw) => draw.logNormal(60, 1.2),
    request: { temperature: 1 },
    steps: { capture: { ...generate, samples: 5 } },
  },
  {
    name: "a cascade's fallback",
    words: short,
    tokens: (draw) => draw.logNormal(40, 0.4),
    json: true,
    unsure: 0.3,
    request: { response_format: { type: "json_object" } },
    system: "You know the desk. Answer with JSON.",
    steps: {
      parts: { uses: "split", rows: "items", into: { tune: 0.4, test: 0.6 } },
      tuned: {
        uses: "evaluate",
        rows: "parts.tune",
        prompt: "ask",
        models: ["teacher", "student"],
        graders: ["some"],
      },
      routed: {
        uses: "cascade",
        first: "student",
        fallback: "teacher",
        results: "tuned",
        grader: "some",
        by: "sample.output_json.sure",
        risk: { of: "loss_to_teacher", max: 0.1 },
      },
      exam: {
        uses: "evaluate",
        rows: "parts.test",
        prompt: "ask",
        models: ["routed"],
        graders: ["some"],
      },
    },
  },
];

const { values } = parseArgs({ options: { harsh: { type: "boolean", default: false } } });
if (!values.harsh) {
  const { held, width } = await tellGroup("sampled, and run as sampled", gentle);
  const isGood = held >= 9 && width <= 2;
  console.log(`at least 9 held, median width at most 2 ×: ${isGood ? "yes" : "NO"}\n`);
  process.exitCode = isGood ? 0 : 1;
}
await tellGroup("less to go by; not judged", harsh);

/** Runs every spec of a group and prints what came of it; `width` is the median, infinite where half are not known. */
async function tellGroup(
  title: string,
  cases: readonly Case[],
): Promise<{ readonly held: number; readonly width: number }> {
  let held = 0;
  const widths: number[] = [];
  console.log(
    `${title.padEnd(36)}${"planned".padStart(24)}${"used".padStart(11)}  held   width   known from`,
  );
  for (const one of cases) {
    const { planned, used, isWhole, basis } = await runCase(one);
    const usedTold = `${isWhole ? "" : "≥ "}$${used.toPrecision(3)}`;
    const isHeld = planned !== null && planned.low <= used && used <= planned.high;
    const width = planned === null ? Number.POSITIVE_INFINITY : planned.high / planned.low;
    held += Number(isHeld);
    widths.push(width);
    const range =
      planned === null ? "not known" : `$${planned.low.toPrecision(3)} … $${planned.high.toPrecision(3)}`;
    console.log(
      `${one.name.padEnd(36)}${range.padStart(24)}${usedTold.padStart(11)}  ${(isHeld ? "yes" : "NO").padEnd(4)}  ${width.toFixed(2).padStart(5)} ×   ${basis}`,
    );
  }
  widths.sort((a, b) => a - b);
  const width = (widths[cases.length / 2 - 1]! + widths[cases.length / 2]!) / 2;
  console.log(`held ${held} of ${cases.length}, median width ${width.toFixed(2)} ×`);
  return { held, width };
}

async function runCase(one: Case): Promise<{
  readonly planned: { readonly low: number; readonly high: number } | null;
  readonly used: number;
  /** False where some answers were lost after they were made, so that nobody knows what they cost. */
  readonly isWhole: boolean;
  /** What the answers' length was told from. */
  readonly basis: string;
}> {
  const folder = mkdtempSync(join(tmpdir(), "distill-bench-"));
  let current = { ...one, ...one.sampled };
  const server = await startFakeOpenAI({
    apiKey: key,
    answer: (request, n) => answerTo(current, request, n),
    faults: { rate: one.faults ?? 0, kinds: transientKinds, seed: 4 },
  });
  const write = () => {
    writeFileSync(join(folder, "items.jsonl"), writeItems(current));
    writeFileSync(join(folder, "spec.yaml"), stringify(specOf(current, server.url)));
  };
  try {
    mkdirSync(join(folder, ".git"));
    write();
    const env = { DISTILL_ALLOW: server.url, BENCH_KEY: key };
    const { sample = 20 } = one;
    if (sample > 0) await distill(folder, env, ["run", "--sample", `${sample}`, "--yes", "--json"]);
    current = one;
    write();
    const plan = await distill(folder, env, ["plan", "--json"]);
    const run = await distill(folder, env, ["run", "--yes", "--json"]);
    const bases = (plan.send as { readonly models: readonly { readonly known_from: string }[] }).models.map(
      (one) => one.known_from,
    );
    return {
      planned: plan.spend_usd as never,
      used: (run.cost_usd ?? run.cost_usd_at_least) as number,
      isWhole: run.cost_usd !== null,
      basis: [...new Set(bases)].join(", "),
    };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function answerTo(
  one: Case,
  { model, messages, max_completion_tokens }: Parameters<AnswerScript>[0],
  n: number,
): ScriptedAnswer {
  const text = JSON.stringify(messages);
  const draw = openDraw(`${one.name} ${model} ${text} ${n}`);
  const wanted = Math.max(1, Math.round(one.tokens(draw, text.split(" ").length)));
  const tokens = Math.min(wanted, max_completion_tokens ?? wanted);
  const sure = draw.between(0, 1);
  const isWrong = model === "gpt-4o-mini" && sure < (one.unsure ?? 0);
  const words = `${isWrong ? "other " : "token "}`.repeat(tokens).trim();
  return {
    content: one.json === true ? JSON.stringify({ answer: words, sure }) : words,
    finish_reason: tokens < wanted ? "length" : "stop",
  };
}

function specOf(
  { system = "You know the desk.", request = {}, shots = 0, steps }: Case,
  url: string,
): object {
  const examples = Array.from({ length: shots }, (_, n) => [
    { role: "user", content: `Who takes this? ${vocabulary.join(" ").repeat(6)} ${n}` },
    { role: "assistant", content: `team ${n}` },
  ]).flat();
  const ask = (question: string) => ({
    request,
    messages: [
      { role: "system", content: system },
      ...examples,
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
      teacher: {
        provider: "fake",
        model: "gpt-4o",
        price: { input: 2.5, output: 10, batch_input: 1.25, batch_output: 5 },
      },
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
