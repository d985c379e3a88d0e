import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/runner/event.ts";
import { openLinesReporter } from "../../../src/runner/reporters/lines.ts";
import { hostile, scene } from "./scenes.ts";

function tell(
  events: readonly RunEvent[],
  options: { brief?: string[]; color?: boolean; now?: () => number } = {},
): string {
  let text = "";
  const reporter = openLinesReporter({
    write: (part) => (text += part),
    color: options.color ?? false,
    brief: new Set(options.brief),
    ...(options.now && { now: options.now }),
  });
  for (const event of events) reporter.event(event);
  return text;
}

test("every step is told once, with what it says and why it failed", () => {
  expect(tell(scene)).toMatchInlineSnapshot(`
    "helpdesk-router · 5 steps · 3 to run, 2 cached · no key needed

      ✓ split    3 splits of 1,000 items                                    cached
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

test("plain lines hold no escape and no cursor movement, and none is wider than 78 columns", () => {
  const text = tell(scene);
  expect(text).not.toMatch(/[\u001b\r]/);
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(78);
});

test("colour adds escapes and nothing else", () => {
  const colored = tell(scene, { color: true });
  expect(colored).toMatch(/\u001b/);
  expect(colored.replace(/\u001b\[\d+m/g, "")).toBe(tell(scene));
});

test("of a brief step only the first line is told, and its warnings", () => {
  const text = tell(scene, { brief: ["select"] });
  expect(text).toContain("1,612 of 1,880 rows kept");
  expect(text).not.toContain("duplicates");
  expect(text).toContain('! rule "sure"');
});

test("progress is told every ten seconds and no oftener", () => {
  let seconds = 0;
  const events: RunEvent[] = [{ type: "step-started", id: "exam", reason: "" }];
  for (let done = 1; done <= 100; done += 1)
    events.push({ type: "step-progress", id: "exam", done, total: 100, note: "teacher 3.1 req/s" });
  const told = tell(events, { now: () => 250 * seconds++ })
    .trimEnd()
    .split("\n");
  expect(told.length).toBeGreaterThanOrEqual(2);
  expect(told.length).toBeLessThanOrEqual(6);
  expect(told[0]).toMatch(/^ {2}· +exam {2}━*╺─* +\d+\/100 {3}teacher 3\.1 req\/s$/);
});

test("no name and no message can send an escape, turn the writing or command a CI service", () => {
  const text = tell(hostile);
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  for (const line of text.split("\n")) expect(line.trimStart()).not.toMatch(/^::/);
  expect(text).not.toMatch(/##\[|##vso\[/);
  expect(text).toMatchInlineSnapshot(`
    "\\x1b]0;owned\\x07router · 1 step · all to run · needs KEY\\x1b[2J

      ✗ a\\u202eb  failed: first                                              0.1 s
                    : :error file=x::owned
                      : :set-output name=a::b
                    # #[group]x # #vso[task.setvariable]y\\x1b[31mred\\x9b2J
                    :
                    :add-mask::xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ::error::y
                  ! : :warning::one : :error::two\\r::error::three
    "
  `);
});
