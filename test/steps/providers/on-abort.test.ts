import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { onAbort } from "../../../src/steps/providers/on-abort.ts";

describe("onAbort", () => {
  it("calls everybody who still listens, with the reason, through one listener at the signal", () => {
    const controller = new AbortController();
    const heard: unknown[] = [];
    onAbort(controller.signal, (reason) => heard.push(["a", reason]));
    const leave = onAbort(controller.signal, (reason) => heard.push(["b", reason]));
    onAbort(controller.signal, (reason) => heard.push(["c", reason]));
    leave();
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    controller.abort("enough");
    expect(heard).toEqual([
      ["a", "enough"],
      ["c", "enough"],
    ]);
  });

  it("takes no signal for one that is never aborted", () => {
    expect(() => onAbort(undefined, () => {})()).not.toThrow();
  });
});
