import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { askHere, isYes } from "../../src/cli/confirm.ts";

describe("a question at a terminal", () => {
  it.each([
    ["y\n", "y"],
    ["\n", ""],
    ["yes\n", "yes"],
  ])("is answered by the line %j", async (typed, said) => {
    const { ask, input } = terminal();
    const answer = ask();
    input.end(typed);
    expect(await answer).toBe(said);
  });

  it("is answered with no by the end of the input", async () => {
    const { ask, input, shown } = terminal();
    const answer = ask();
    input.end();
    expect(isYes(await answer)).toBe(false);
    expect(shown()).toBe("Go? \n");
  });

  it("is left by Ctrl-C with exit code 130 and what holds then", async () => {
    const { ask, interrupt } = terminal();
    const answer = ask();
    interrupt();
    await expect(answer).rejects.toMatchObject({
      name: "Stop",
      code: 130,
      message: "nothing was removed",
    });
  });
});

function terminal() {
  const input = new PassThrough();
  const output = new PassThrough();
  const interrupted = new AbortController();
  return {
    input,
    interrupt: () => interrupted.abort(),
    shown: () => String(output.read()),
    ask: () =>
      askHere("Go? ", { signal: interrupted.signal, untouched: "nothing was removed", input, output }),
  };
}
