// The strict stand-in for the API with limits of an account. Prints its base URL; for every line that it reads, the
// busiest minute so far and how many calls it refused. node bench/support/limited-server.ts '{"requestsPerMinute":600}'
import { createInterface } from "node:readline";
import { startFakeOpenAI } from "../../test/support/fake-openai/index.ts";

const server = await startFakeOpenAI({ latencyMs: 200, rateLimits: JSON.parse(process.argv[2] ?? "{}") });
console.log(server.url);
for await (const _ of createInterface({ input: process.stdin })) {
  const refused = server.ledger.filter(({ status }) => status === 429).length;
  console.log(JSON.stringify({ ...server.busiestWindow(60_000), refused }));
}
await server.close();
