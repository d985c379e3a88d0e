import { setTimeout as wait } from "node:timers/promises";
import { openStore } from "../../../src/runner/store/open-store.ts";
import { openUses } from "../../../src/runner/store/uses.ts";
import { makeAnswer } from "./answer.ts";

/*
 * A second process for the tests: `node other-process.ts ROOT TASK …`. It prints a line for what it has
 * done, and what it printed is what must be found later.
 */
const [root = "", task = "", ...rest] = process.argv.slice(2);
const store = openStore(root);

switch (task) {
  // PREFIX COUNT: keeps answers, 16 at a time, and prints the number of each that was acknowledged.
  case "keep": {
    const [prefix = "", count = "0"] = rest;
    let next = 0;
    async function keepMore(): Promise<void> {
      for (let number = next++; number < Number(count); number = next++) {
        const tags = { spec: "s", step: "capture", item: `${number}`, metadata: { task: "routing" } };
        await store.keepAnswer(makeAnswer(`${prefix}${number}`), tags);
        process.stdout.write(`${number}\n`);
      }
    }
    await Promise.all(Array.from({ length: 16 }, keepMore));
    break;
  }
  // TEXT TIME: at that time keeps this text as the answer "same", and prints the one that stands.
  case "keep-same": {
    const [text = "", time = "0"] = rest;
    await wait(Math.max(0, Number(time) - Date.now()));
    for (let number = 0; number < 50; number += 1) {
      const standing = await store.keepAnswer(makeAnswer(`same ${number}`, text));
      process.stdout.write(`${standing.answer.output_text}\n`);
    }
    break;
  }
  // NAME: takes a lease and holds it.
  case "lease": {
    const lease = store.tryLease(rest[0] ?? "");
    process.stdout.write(`${lease === undefined ? "refused" : "held"}\n`);
    await wait(60_000);
    break;
  }
  // Stages a folder and stays.
  case "stage": {
    const { directory } = await store.stage();
    process.stdout.write(`${directory}\n`);
    await wait(60_000);
    break;
  }
  // Starts a run and stays.
  case "run": {
    store.startRun("other.yaml");
    process.stdout.write("started\n");
    await wait(60_000);
    break;
  }
  // MILLISECONDS: keeps everybody from working for so long.
  case "claim": {
    const claim = openUses(store.directory).claim();
    process.stdout.write(`${claim === undefined ? "refused" : "held"}\n`);
    await wait(Number(rest[0]));
    claim?.release();
    break;
  }
  default:
    throw new Error(`no task is called ${task}`);
}
store.close();
