#!/usr/bin/env node
// Reviews the specs of a branch, in any CI. `review` calls distill and needs no token; `comment` posts what the review
// wrote and calls nothing; without a word it is both. docs/ci.md tells what is read from the environment.
import { comment } from "./comment.mjs";
import { exit, Usage } from "./exit.mjs";
import { openLog } from "./log.mjs";
import { readSettings } from "./read-settings.mjs";
import { review } from "./review.mjs";

const log = openLog({
  write: (text) => process.stdout.write(text),
  isGitHub: process.env.GITHUB_ACTIONS === "true",
});

try {
  const settings = readSettings(process.env);
  switch (process.argv[2]) {
    case "review":
      process.exitCode = (await review(settings, log)).code;
      break;
    case "comment":
      await comment(settings, log);
      break;
    case undefined: {
      const { code, commentFile } = await review(settings, log);
      await comment({ ...settings, commentFile }, log);
      process.exitCode = code;
      break;
    }
    default:
      throw new Usage("it is distill-ci.mjs, distill-ci.mjs review or distill-ci.mjs comment");
  }
} catch (error) {
  if (!(error instanceof Usage)) throw error;
  log.fail(error.message);
  process.exitCode = exit.usage;
}
