import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/runner/event.ts";
import { openJsonReporter } from "../../../src/runner/reporters/json.ts";
import { finished, hostile, scene } from "./scenes.ts";

function tell(events: readonly RunEvent[]) {
  let data = "";
  let problems = "";
  const reporter = openJsonReporter({
    write: (text) => (data += text),
    problem: (text) => (problems += text),
  });
  for (const event of events) reporter.event(event);
  return { data, problems };
}

test("standard output is one line: the result", () => {
  const { data } = tell([...scene, finished]);
  expect(data.split("\n")).toHaveLength(2);
  expect(JSON.parse(data)).toEqual(finished.type === "run-finished" && finished.result);
});

test("what went wrong is told beside it", () => {
  expect(tell(scene).problems).toMatchInlineSnapshot(`
    "select: rule "sure" dropped 3 of 1,880 rows on which it cannot be evaluated
    student failed: row "t-17": target is null, and must be a label or a mapping of labels to weights
    filter such rows out before
    "
  `);
});

test("foreign text reaches no terminal as anything but text, and is the same when parsed", () => {
  const result = {
    run: "r",
    verdict: null,
    steps: [],
    cost_usd: null,
    requests: 0,
    odd: "\u202e\u009b2J\u{e0041}\u001b",
  };
  const { data } = tell([{ type: "run-finished", result } as RunEvent]);
  expect(data).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|\p{Cf}/u);
  expect(JSON.parse(data)).toEqual(result);
  expect(tell(hostile).problems).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|^\s*::/m);
});
