// node --import ./bench/support/tell-max-rss.ts PROGRAM: at its end a process writes the most memory that it
// held, in MiB, to the file that MAX_RSS_FILE names.
import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

const file = process.env.MAX_RSS_FILE;
if (file !== undefined && isMainThread)
  process.on("exit", () => writeFileSync(file, `${Math.round(process.resourceUsage().maxRSS / 1024)}`));
