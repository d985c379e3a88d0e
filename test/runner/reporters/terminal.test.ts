import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/runner/event.ts";
import { openTerminalReporter } from "../../../src/runner/reporters/terminal.ts";
import { hostile, scene } from "./scenes.ts";

/** A terminal of 80 columns that only writes down. */
function fakeTerminal() {
  let text = "";
  const stream = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns: 80,
    rows: 40,
    write(part: string) {
      text += part;
      return true;
    },
  }) as unknown as NodeJS.WriteStream;
  return { stream, text: () => text };
}

async function draw(events: readonly RunEvent[], color = false): Promise<string> {
  const { stream, text } = fakeTerminal();
  const reporter = openTerminalReporter({
    write: (part) => void stream.write(part),
    color,
    now: () => 0,
    streams: { stdout: stream, stderr: stream },
  });
  for (const event of events) {
    reporter.event(event);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await reporter.close();
  await reporter.close();
  return text();
}

/** What stands there in the end: all after the last clearing of the block. */
function lastFrame(text: string): string {
  return text.slice(text.lastIndexOf("\u001b[2K")).replace(/\u001b\[[?\d;]*[A-Za-z]/g, "");
}

test("what is left standing is every step in the order of the plan", async () => {
  expect(lastFrame(await draw(scene))).toMatchInlineSnapshot(`
    "  ✓ split    3 splits of 1,000 items                                    cached
      ✓ capture  1,880 answers of teacher                                   cached
      ✓ select   1,612 of 1,880 rows kept                                    0.2 s
                   complete         −0    sure          −241
                   duplicates      −19    leak            −8
                 ! rule "sure" dropped 3 of 1,880 rows on which it cannot be
                   evaluated
      ✗ student  failed: row "t-17": target is null, and must be a      1 min 11 s
                 label or a mapping of labels to weights
                   filter such rows out before
      – exam     skipped: needs student
    "
  `);
});

test("a run that is wholly cached moves no cursor", async () => {
  const events = scene.filter(
    (event) => event.type === "run-started" || (event.type === "step-finished" && event.status === "cached"),
  );
  expect(await draw(events)).not.toMatch(/\u001b/);
});

test("the cursor is hidden while it draws and there again afterwards", async () => {
  const text = await draw(scene);
  expect(text.lastIndexOf("\u001b[?25h")).toBeGreaterThan(text.lastIndexOf("\u001b[?25l"));
});

test("no name and no message can send an escape of its own", async () => {
  const text = await draw(hostile);
  for (const smuggled of ["\u001b]0;owned", "\u0007", "\u202e", "\u001b[31mred", "\u009b", "\u001b[2J"])
    expect(text).not.toContain(smuggled);
});

test("a note stands below the steps, while it draws and afterwards", async () => {
  const { stream, text } = fakeTerminal();
  const reporter = openTerminalReporter({
    write: (part) => void stream.write(part),
    color: false,
    now: () => 0,
    streams: { stdout: stream, stderr: stream },
  });
  for (const event of scene) reporter.event(event);
  await new Promise((resolve) => setTimeout(resolve, 300));
  reporter.note("Stopping: what is under way is finished and kept.");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(text()).toContain("Stopping");
  await reporter.close();
  expect(lastFrame(text()).trimEnd()).toMatch(
    /skipped: needs student\nStopping: what is under way is finished and kept\.$/,
  );
});
