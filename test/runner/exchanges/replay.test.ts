import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRecording } from "../../../src/runner/exchanges/record.ts";
import { openReplay } from "../../../src/runner/exchanges/replay.ts";
import type { WireRequest, WireResponse } from "../../../src/runner/exchanges.ts";
import { RequestFailure } from "../../../src/runner/provider.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "distill-exchanges-"));
  file = join(folder, "run.jsonl");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A request to a model, as the provider sends it. */
function ask(
  text: string,
  more: Partial<WireRequest> & { readonly body?: string; readonly sample?: number } = {},
): WireRequest {
  const { sample = 0, ...rest } = more;
  return {
    method: "POST",
    origin: "https://api.example",
    path: "/v1/chat/completions",
    body: JSON.stringify({ model: "large", messages: [{ role: "user", content: text }], temperature: 0 }),
    draw: { occurrence: 0, sample },
    ...rest,
  };
}

function answer(text: string, status = 200, headers: WireResponse["headers"] = {}): WireResponse {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ said: text }),
  };
}

function get(path: string): WireRequest {
  return { method: "GET", origin: "https://api.example", path, body: undefined };
}

function post(path: string, body: object): WireRequest {
  return { method: "POST", origin: "https://api.example", path, body: JSON.stringify(body) };
}

function record(exchanges: readonly (readonly [WireRequest, WireResponse])[], secrets: string[] = []): void {
  const recording = openRecording(file);
  for (const [request, response] of exchanges) recording.exchanges.record(request, response, secrets);
  recording.close();
}

/** What a replay answers, one after the other: what was said, the status of a failure, or why there is nothing. */
function replay(requests: readonly WireRequest[]): readonly unknown[] {
  const { exchanges, close } = openReplay(file);
  try {
    return requests.map((request) => {
      try {
        const { status, body } = exchanges.find(request);
        return status === 200 ? JSON.parse(body).said : status;
      } catch (error) {
        if (!(error instanceof RequestFailure)) throw error;
        // One answer that is missing leaves the others; a batch that is missing would be waited for in vain.
        expect(error.scope).toBe(request.draw === undefined ? "stop" : "request");
        return error.message;
      }
    });
  } finally {
    close();
  }
}

describe("a replay", () => {
  it("gives every request what came back when it was recorded, in whatever order and spelling it is asked", () => {
    record([
      [ask("a"), answer("A")],
      [ask("b"), answer("B")],
    ]);
    const spelt = '{ "temperature": 0.0, "messages": [{"content": "a", "role": "user"}], "model": "large" }';
    expect(replay([ask("b"), ask("", { body: spelt })])).toEqual(["B", "A"]);
  });

  it("tells samples of one item apart, whose requests are alike", () => {
    record([
      [ask("a", { sample: 1 }), answer("second")],
      [ask("a", { sample: 0 }), answer("first")],
    ]);
    const third = ask("a", { draw: { occurrence: 1, sample: 0 } });
    expect(replay([ask("a"), ask("a", { sample: 1 }), ask("a", { sample: 2 }), third])).toEqual([
      "first",
      "second",
      "POST /v1/chat/completions was not recorded: its sample 2 was not recorded",
      "POST /v1/chat/completions was not recorded: its sample 0 for item 2 of those that ask the same was not recorded",
    ]);
  });

  it("does not mind under what a request is stored: which of two steps asks first is chance", () => {
    const body = (more: object) => JSON.stringify({ model: "large", messages: [], ...more });
    record([[ask("", { body: body({ store: true, metadata: { step: "capture" } }) }), answer("A")]]);
    expect(replay([ask("", { body: body({ user: "u1" }) })])).toEqual(["A"]);
    record([[post("/v1/batches", { input_file_id: "f1", metadata: { job: "5d2f" } }), answer("b1")]]);
    expect(replay([post("/v1/batches", { input_file_id: "f1", metadata: { job: "91ac" } })])).toEqual(["b1"]);
  });

  it("serves the answer that was kept, not what failed or was lost before it", () => {
    record([
      [ask("a"), answer("slow down", 429, { "retry-after": "600" })],
      [ask("a"), answer("broken", 500)],
      [ask("a"), answer("lost by a kill before it was kept")],
      [ask("a"), answer("kept")],
    ]);
    expect(replay([ask("a"), ask("a")])).toEqual(["kept", "kept"]);
  });

  it("serves a failure that nothing followed once, so that nobody waits for an answer that never came", () => {
    record([[ask("a"), answer("down", 503)]]);
    expect(replay([ask("a"), ask("a")])).toEqual([
      503,
      "POST /v1/chat/completions was recorded once, the last with status 503, and is asked once more",
    ]);
  });

  it("asks nobody to wait for the limits of another day", () => {
    const headers = {
      "retry-after-ms": "60000",
      "x-ratelimit-remaining-requests": "0",
      "x-request-id": "req_1",
      "openai-processing-ms": "20",
    };
    record([[ask("a"), answer("A", 200, headers)]]);
    const { exchanges, close } = openReplay(file);
    expect(exchanges.find(ask("a")).headers).toEqual({
      "content-type": "application/json",
      "x-request-id": "req_1",
      "openai-processing-ms": "20",
    });
    close();
  });

  it("serves states in order, the last again and again, without those that only waiting lay between", () => {
    record([
      [get("/v1/batches?limit=100"), answer("none")],
      [post("/v1/batches", { input_file_id: "f1" }), answer("created")],
      [get("/v1/batches/b1"), answer("validating")],
      [get("/v1/batches/b1"), answer("in progress")],
      [get("/v1/batches/b1"), answer("in progress, 5 of 9")],
      [post("/v1/batches/b1/cancel", {}), answer("cancelling")],
      [get("/v1/batches/b1"), answer("cancelled")],
      [get("/v1/batches?limit=100"), answer("b1")],
    ]);
    expect(
      replay([
        get("/v1/batches?limit=100"),
        get("/v1/batches/b1"),
        get("/v1/batches/b1"),
        get("/v1/batches/b1"),
        get("/v1/batches?limit=100"),
      ]),
    ).toEqual(["none", "in progress, 5 of 9", "cancelled", "cancelled", "b1"]);
  });

  it("serves what changes something once for each time it was recorded", () => {
    record([
      [post("/v1/batches", { input_file_id: "f1" }), answer("first")],
      [post("/v1/batches", { input_file_id: "f1" }), answer("second")],
    ]);
    const again = post("/v1/batches", { input_file_id: "f1" });
    expect(replay([again, again, again])).toEqual([
      "first",
      "second",
      "POST /v1/batches was recorded 2 times, and is asked once more",
    ]);
  });

  it("serves what was recorded of one server whatever its address is now, and keeps two servers apart", () => {
    record([[ask("a", { origin: "http://127.0.0.1:8000" }), answer("A")]]);
    expect(replay([ask("a", { origin: "https://llm.example" })])).toEqual(["A"]);
    record([[ask("a", { origin: "https://other.example" }), answer("other's A")]]);
    expect(
      replay([ask("a", { origin: "https://other.example" }), ask("a", { origin: "https://llm.example" })]),
    ).toEqual([
      "other's A",
      "POST /v1/chat/completions was not recorded: it holds http://127.0.0.1:8000 and https://other.example, and this goes to https://llm.example",
    ]);
  });

  it("keeps forms and files", () => {
    const upload = (content: string): WireRequest => ({
      ...post("/v1/files", {}),
      body: [
        { name: "purpose", content: "batch" },
        { name: "file", filename: "in.jsonl", content },
      ],
    });
    record([[upload('{"custom_id":"1"}\n'), answer("file-1")]]);
    expect(replay([upload('{"custom_id":"1"}\n'), upload('{"custom_id":"2"}\n')])).toEqual([
      "file-1",
      "POST /v1/files was not recorded: 1.content differs from the nearest recorded request at character 15",
    ]);
  });

  it.each([
    ["a number", { temperature: 0.2 }, "temperature is 0.2, and 0 in the nearest recorded request"],
    ["a name", { model: "small" }, 'model is "small", and "large" in the nearest recorded request'],
    [
      "a text, without repeating it",
      { messages: [{ role: "user", content: "my password is hunter3" }] },
      "messages.0.content differs from the nearest recorded request at character 22",
    ],
    ["a field more", { top_p: 1 }, "the nearest recorded request has no top_p"],
    ["a field less", { temperature: undefined }, "the nearest recorded request also has temperature"],
  ])("says in what a request differs from the nearest that was recorded: %s", (_, change, why) => {
    const body = (more: object) =>
      JSON.stringify({
        model: "large",
        messages: [{ role: "user", content: "my password is hunter2" }],
        temperature: 0,
        ...more,
      });
    record([
      [ask("something else altogether"), answer("no")],
      [ask("", { body: body({}) }), answer("yes")],
    ]);
    expect(replay([ask("", { body: body(change) })])).toEqual([
      `POST /v1/chat/completions was not recorded: ${why}`,
    ]);
  });

  it("says so where nothing of a path was recorded", () => {
    record([[ask("a"), answer("A")]]);
    expect(replay([get("/v1/models")])).toEqual([
      "GET /v1/models was not recorded: nothing of this path was",
    ]);
  });
});

describe("a recording", () => {
  it("gives back every body as it was, in meaning", () => {
    const texts = fc.oneof(fc.json(), fc.string({ unit: "binary" }), fc.constant(""), fc.constant("<html>"));
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, texts), { minLength: 1, maxLength: 5 }), (pairs) => {
        const distinct = new Map(pairs.map(([body, said]) => [meaning(body), { body, said }]));
        rmSync(file, { force: true });
        record(
          [...distinct.values()].map(({ body, said }) => [
            { ...post("/v1/x", {}), body },
            { status: 200, headers: {}, body: said },
          ]),
        );
        const { exchanges, close } = openReplay(file);
        for (const { body, said } of distinct.values())
          expect(meaning(exchanges.find({ ...post("/v1/x", {}), body }).body)).toBe(meaning(said));
        close();
      }),
      { numRuns: 60 },
    );
  });

  it("that was killed in a line is served up to there, and gone on with", () => {
    record([[ask("a"), answer("A")]]);
    const whole = readFileSync(file, "utf8");
    record([[ask("b"), answer("B")]]);
    const both = readFileSync(file, "utf8");
    for (const cut of [whole.length, whole.length + 1, both.length - 1]) {
      writeFileSync(file, both.slice(0, cut));
      expect(replay([ask("a")])).toEqual(["A"]);
      record([[ask("c"), answer("C")]]);
      expect(replay([ask("a"), ask("c")])).toEqual(["A", "C"]);
      expect(readFileSync(file, "utf8").startsWith(whole)).toBe(true);
    }
  });

  it("tells whether it is cut off in its last line", () => {
    record([[ask("a"), answer("A")]]);
    const whole = readFileSync(file, "utf8");
    for (const [text, isCut] of [
      [whole, false],
      [`${whole}{"request":`, true],
      [whole.slice(0, -1), true],
    ] as const) {
      writeFileSync(file, text);
      const opened = openReplay(file);
      opened.close();
      expect(opened.isCut).toBe(isCut);
    }
  });

  it.each(["", '{"distill":"exch'])("without a whole header is refused: %j", (text) => {
    writeFileSync(file, text);
    expect(() => openReplay(file)).toThrow(`${file} is no recording of exchanges`);
  });

  it("tells an edited line by its number", () => {
    record([
      [ask("a"), answer("A")],
      [ask("b"), answer("B")],
    ]);
    writeFileSync(file, readFileSync(file, "utf8").replace('"said":"B"', '"said":"Z"'));
    expect(() => openReplay(file)).toThrow(`${file}:3 was edited or damaged: its sha256 does not fit`);
    expect(() => openRecording(file)).toThrow(`${file}:3 was edited or damaged`);
  });

  it.each([
    ["another file", '{"id":"t1"}\n'],
    ["a text", "hello"],
    ["an empty header", "{}\n"],
  ])("is never %s, which stays as it was", (_, text) => {
    writeFileSync(file, text);
    expect(() => openRecording(file)).toThrow(`${file} is no recording of exchanges`);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("of a newer format is refused", () => {
    writeFileSync(file, '{"distill":"exchanges","version":2,"note":""}\n');
    expect(() => openReplay(file)).toThrow(`${file} was recorded by a newer distill (format 2)`);
  });

  it("is written through no link, and in no folder that is not there", () => {
    symlinkSync(join(folder, "target"), file);
    expect(() => openRecording(file)).toThrow(`${file} cannot be written`);
    expect(() => openRecording(join(folder, "none/run.jsonl"))).toThrow("cannot be written");
    expect(() => openReplay(join(folder, "none.jsonl"))).toThrow("cannot be read");
  });

  it("holds no key, however a server spells it, no cookie and no name of the account", () => {
    const key = 'sk-canary+/=&"\\7f3a9c2e5b';
    const spellings = [
      key,
      encodeURIComponent(key),
      encodeURIComponent(key).toLowerCase(),
      JSON.stringify(JSON.stringify(key)),
      ...["", "a", "ab"].flatMap((before) =>
        ["", "z", "zz"].map((after) => Buffer.from(`${before}${key}${after}`).toString("base64")),
      ),
      Buffer.from(`Bearer ${key}`).toString("base64url"),
      Buffer.from(key).toString("hex").toUpperCase(),
    ];
    record(
      [
        [
          ask(`my key is ${key}`, { path: `/v1/x?key=${encodeURIComponent(key)}` }),
          {
            status: 401,
            headers: {
              "set-cookie": "session=1",
              authorization: `Bearer ${key}`,
              "openai-organization": "acme",
              "x-request-id": key,
            },
            body: JSON.stringify({
              spellings,
              [key]: 1,
              message: "limit of org-abcdefgh12 and proj_abcdefgh12",
            }),
          },
        ],
        [post("/v1/y", {}), { status: 200, headers: {}, body: `<html>${key}</html>` }],
      ],
      [key],
    );
    const text = readFileSync(file, "utf8");
    for (const spelling of spellings) expect(text).not.toContain(spelling);
    for (const alphabet of ["base64", "base64url"] as const)
      for (const run of text.match(/[\w+/-]{12,}={0,2}/g) ?? [])
        for (const from of [0, 1, 2, 3])
          expect(Buffer.from(run.slice(from), alphabet).toString("latin1")).not.toContain("canary");
    expect(text).not.toMatch(/canary|7f3a9c2e5b|session=1|acme|org-abcdefgh12|proj_abcdefgh12/i);
    expect(text).toContain("[key]");
  });

  it("that cannot be written any more ends the run, rather than have an answer bought again", () => {
    const recording = openRecording(file);
    recording.exchanges.record(ask("a"), answer("A"), []);
    const whole = readFileSync(file, "utf8");
    // As a full disk would.
    recording.close();
    for (const _ of [1, 2])
      expect(() => recording.exchanges.record(ask("b"), answer("B"), [])).toThrow(
        expect.objectContaining({ scope: "stop", message: expect.stringContaining("could not be written") }),
      );
    expect(readFileSync(file, "utf8")).toBe(whole);
    expect(recording.written()).toBe(1);
  });

  it("leaves words alone that a local server takes for a key", () => {
    record([[ask("none"), answer("EMPTY")]], ["EMPTY", "none", "a"]);
    expect(replay([ask("none")])).toEqual(["EMPTY"]);
  });
});

it("a line that was added by hand is told as well", () => {
  record([[ask("a"), answer("A")]]);
  appendFileSync(file, '{"request":{"method":"GET"},"response":{}}\n');
  expect(() => openReplay(file)).toThrow(`${file}:3 was edited or damaged`);
});

/** A text by what it means as JSON, where it is JSON. */
function meaning(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? sorted(value) : text;
  } catch {
    return text;
  }
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
