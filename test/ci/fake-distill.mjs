#!/usr/bin/env node
// Stands for distill: answers by its arguments from answers.json in the current folder, and keeps a list of calls.
import { appendFileSync, readFileSync } from "node:fs";

const args = process.argv.slice(2);
appendFileSync(".git/calls.jsonl", `${JSON.stringify({ args, env: Object.keys(process.env) })}\n`);
const answers = JSON.parse(readFileSync(".git/answers.json", "utf8"));
const known = ["--json", "--markdown", "--frozen"];
const key = [
  ...args.slice(0, args[0] === "store" ? 2 : 1),
  ...known.filter((flag) => args.includes(flag)),
].join(" ");
const answer = answers[key] ?? { code: 2, stderr: `error: unknown command ${key}\n` };
process.stdout.write(answer.json === undefined ? (answer.stdout ?? "") : `${JSON.stringify(answer.json)}\n`);
process.stderr.write(answer.stderr ?? "");
process.exitCode = answer.code ?? 0;
