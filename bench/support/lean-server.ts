// A server that gives every chat completion request the same answer, as cheaply as node:http can, so that what is
// measured is the client. node bench/support/lean-server.ts [LATENCY_MS]; prints its base URL.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const latencyMs = Number(process.argv[2] ?? 20);

const completion = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "gpt-4o-2024-08-06",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: '{"team":"Network Engineering"}', refusal: null },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 80, completion_tokens: 10, total_tokens: 90 },
});
const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(completion) };

const server = createServer((request, response) => {
  const answer = () => {
    response.writeHead(200, headers);
    response.end(completion);
  };
  request.resume();
  request.on("end", () => {
    if (latencyMs === 0) answer();
    else setTimeout(answer, latencyMs);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
});
