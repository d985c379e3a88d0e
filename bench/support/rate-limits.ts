import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { openai } from "../../src/steps/providers/openai.ts";
import { contextOf } from "./context-of.ts";

/** What an account may do in these runs. */
const limits = { requests: 600, tokens: 60_000 };

const seconds = 150;

/**
 * Loads two servers with limits, short prompts at one and long ones at the other, and prints what they saw.
 * @returns true where no limit was passed and each was used to at least 90 %
 */
export async function measureLimits(): Promise<boolean> {
  console.log(`${limits.requests} requests and ${limits.tokens} tokens a minute, ${seconds} s of load`);
  console.log(`${"".padEnd(16)} busiest minute: requests   tokens   refused   use after the first minute`);
  const rows = await Promise.all([
    measure("short prompts", 20),
    // So long that tokens run out before requests do.
    measure("long prompts", 400),
  ]);
  for (const { line } of rows) console.log(line);
  return rows.every(({ isGood }) => isGood);
}

async function measure(
  title: string,
  words: number,
): Promise<{ readonly line: string; readonly isGood: boolean }> {
  const { requests, tokens } = limits;
  const script = new URL("limited-server.ts", import.meta.url).pathname;
  const serverLimits = JSON.stringify({ requestsPerMinute: requests, tokensPerMinute: tokens });
  const child = spawn(process.execPath, [script, serverLimits], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const url = (await lines.next()).value as string;
  const connection = await openai.open(
    contextOf({ base_url: url, limits: { requests_per_minute: requests, tokens_per_minute: tokens } }),
  );
  const late = await load((n) => {
    const content = `${n} ${"word ".repeat(words * (0.5 + ((n * 7919) % 100) / 100))}`;
    return connection.answer(
      {
        model: "gpt-4o",
        messages: [{ role: "user", content }],
        parameters: {},
        draw: { occurrence: 0, sample: 0 },
      },
      { concurrency: 64, timeoutMs: 60_000, retries: 7 },
      new AbortController().signal,
    );
  });
  child.stdin.write("\n");
  const seen = JSON.parse((await lines.next()).value as string) as {
    readonly requests: number;
    readonly tokens: number;
    readonly refused: number;
  };
  child.stdin.end();
  await connection.close();
  const use = Math.max(late.requests / requests, late.tokens / tokens) / (seconds / 60 - 1);
  const isOver = seen.requests > requests || seen.tokens > tokens || seen.refused > 0;
  const isIdle = use < 0.9;
  const line = [
    title.padEnd(32),
    `${seen.requests}`.padStart(8),
    `${seen.tokens}`.padStart(8),
    `${seen.refused}`.padStart(9),
    `${(100 * use).toFixed(1)} %${isIdle ? "  TOO LITTLE" : ""}${isOver ? "  OVER THE LIMIT" : ""}`.padStart(
      12,
    ),
  ].join(" ");
  return { line, isGood: !isOver && !isIdle };
}

/** Asks without a pause; what was answered after the first minute. */
async function load(
  ask: (n: number) => ReturnType<Awaited<ReturnType<typeof openai.open>>["answer"]>,
): Promise<{ requests: number; tokens: number }> {
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  const late = { requests: 0, tokens: 0 };
  let next = 0;
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (elapsed() < seconds) {
        const { usage } = await ask(next++);
        if (elapsed() < 60 || elapsed() > seconds) continue;
        late.requests += 1;
        late.tokens += (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0);
      }
    }),
  );
  return late;
}
