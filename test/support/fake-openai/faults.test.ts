import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { dataKinds, type FaultKind, faultKinds, transientKinds } from "./index.ts";
import { good, post, start, user } from "./rig.ts";

describe("every fault", () => {
  it("is either passing, or data, or stops everything", () => {
    expect(new Set(faultKinds).size).toBe(faultKinds.length);
    const stops = faultKinds.filter((kind) => ![...transientKinds, ...dataKinds].some((one) => one === kind));
    expect(stops).toEqual(["quota", "unauthorized", "forbidden", "not_found", "redirect"]);
  });

  const silent: readonly FaultKind[] = ["hang", "slow_headers"];

  async function outcome(kind: FaultKind) {
    const server = await start({ faultScript: [kind], slowMs: 20_000 });
    const patience = silent.includes(kind) ? { signal: AbortSignal.timeout(300) } : {};
    const response = await post(server, good, patience).catch(() => undefined);
    if (response === undefined) return { server, status: undefined };
    const { status, headers } = response;
    const body = response.text().catch(() => undefined);
    const text = await (kind === "hang_mid_body" ? Promise.race([body, sleep(100)]) : body);
    return {
      server,
      status,
      type: headers.get("content-type"),
      retryAfter: headers.get("retry-after"),
      text,
    };
  }

  it.each<[FaultKind, object]>([
    ["rate_limit_seconds", { status: 429, retryAfter: "1" }],
    ["rate_limit_date", { status: 429, retryAfter: expect.stringMatching(/GMT$/) }],
    ["rate_limit_bare", { status: 429, retryAfter: null }],
    ["request_timeout", { status: 408 }],
    ["conflict", { status: 409 }],
    ["bad_gateway", { status: 502, type: "application/json" }],
    ["html_bad_gateway", { status: 502, type: "text/html; charset=utf-8" }],
    ["gateway_timeout", { status: 504 }],
    ["overloaded", { status: 529 }],
    ["null_body", { status: 200, text: "null" }],
    ["wrong_shape", { status: 200, text: expect.stringContaining('"choices":{"0"') }],
    ["empty_content", { status: 200, text: expect.stringContaining('"content":null') }],
    ["gzip_garbage", { status: 200, text: undefined }],
    ["hang_mid_body", { status: 200, text: undefined }],
    ["slow_headers", { status: undefined }],
    ["hang", { status: undefined }],
  ])("%s looks like that on the wire and buys nothing", async (kind, expected) => {
    const { server, ...seen } = await outcome(kind);
    expect(seen).toMatchObject(expected);
    expect(server.ledger[0]).toMatchObject({ fault: kind });
    expect(server.bought.size).toBe(0);
  });
});

describe("seeded faults", () => {
  it("hit the same requests in every order of arrival", async () => {
    const outcomes = async (order: readonly number[]) => {
      const server = await start({ faults: { rate: 0.5, kinds: ["server_error", "rate_limit"], seed: 3 } });
      const statuses = new Map<number, number>();
      for (const at of order)
        statuses.set(at, (await post(server, { ...good, messages: [user(`${at}`)] })).status);
      return order.map((_, at) => statuses.get(at));
    };
    const forwards = await outcomes([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(forwards).size).toBe(3);
    expect(await outcomes([7, 6, 5, 4, 3, 2, 1, 0])).toEqual(forwards);
  });
});
