import { expect, test } from "vitest";
import type { Item, ItemSet } from "../../src/report/html/data.ts";
import { encodeItems } from "../../src/report/html/encode-items.ts";
import type { PageItem, PageText } from "../../src/report/html/page-data.ts";
import { makeReport } from "./made-report.ts";

function setOf(items: readonly Item[], more: Partial<ItemSet> = {}): ItemSet {
  return {
    step: "exam",
    rows: "test",
    graders: ["correct"],
    models: ["a", "b"],
    total: items.length,
    items,
    ...more,
  };
}

function itemOf(id: string, more: Partial<Item> = {}): Item {
  return { id, messages: [], answers: [], ...more };
}

function answerOf(
  model: string,
  output_text: string,
  grade: Partial<Item["answers"][0]["grades"][string]> = {},
) {
  const grades = { correct: { passed: true, score: 1, ...grade } };
  return { model, sample: 0, output_text, finish_reason: "stop", grades } as const;
}

test("a text that occurs again stands in the page once, and comes back as it was", () => {
  const long = "a text that is long enough to be worth a place";
  const { chunks, texts } = encodeItems([
    setOf([
      itemOf("1", { answers: [answerOf("a", long), answerOf("b", "only here, and nowhere else")] }),
      itemOf("2", { answers: [answerOf("a", long), answerOf("b", "short")] }),
    ]),
  ]);
  expect(texts).toEqual([long]);
  expect(chunks[0]![0]!.map(({ answers }) => answers.map(({ text }) => text))).toEqual([
    [0, "only here, and nowhere else"],
    [0, "short"],
  ]);
});

test("20,000 answers are laid out in chunks, and every text is where it was", () => {
  const { items } = makeReport(5000);
  const { sets, chunks, texts } = encodeItems(items);
  expect(chunks[0]!.map((chunk) => chunk.length)).toEqual(Array(10).fill(500));
  expect(sets[0]).toMatchObject({ count: 5000, total: 5000, chunkSize: 500 });
  const told = (text: PageText) => (typeof text === "string" ? text : texts[text]);
  const flat = chunks[0]!.flat();
  expect(flat.map((item) => item.answers.map(({ text }) => told(text)))).toEqual(
    items[0]!.items.map((item) => item.answers.map(({ output_text }) => output_text)),
  );
  expect(flat.map((item) => item.prompt.map(([, text]) => told(text)))).toEqual(
    items[0]!.items.map((item) => item.messages.map(({ content }) => content)),
  );
});

test("an item passes where most of its samples do; where none could be judged that is told apart", () => {
  const samples = (...passes: readonly (boolean | "invalid")[]) =>
    passes.map((pass, sample) => ({
      ...answerOf(
        "a",
        "x",
        pass === "invalid" ? { passed: false, score: 0, invalid: "no JSON" } : { passed: pass },
      ),
      sample,
    }));
  const { sets } = encodeItems([
    setOf([
      itemOf("1", { answers: samples(true, true, false) }),
      itemOf("2", { answers: samples(true, false) }),
      itemOf("3", { answers: samples("invalid", "invalid") }),
      itemOf("4", { answers: samples("invalid", false) }),
    ]),
  ]);
  expect(sets[0]!.outcomes).toEqual([["pfif", "----"]]);
});

test("labels and slices are columns of places in sorted lists", () => {
  const { sets } = encodeItems([
    setOf([
      itemOf("1", {
        slices: { department: "Sales" },
        answers: [answerOf("a", "x", { label: "network", expected: "hardware" })],
      }),
      itemOf("2", {
        slices: { department: "Legal" },
        answers: [answerOf("a", "x", { expected: "network" })],
      }),
      itemOf("3"),
    ]),
  ]);
  const [set] = sets;
  expect(set!.labels).toEqual(["hardware", "network"]);
  expect(set!.expected).toEqual([[0, 1, -1]]);
  expect(set!.given).toEqual([
    [
      [1, -1, []],
      [[], [], []],
    ],
  ]);
  expect(set!.slices).toEqual([{ name: "department", values: ["Legal", "Sales"], of: [1, 0, -1] }]);
});

test("what all prompts have in common is known: whole messages, and how the last one begins", () => {
  const prompt = (text: string) => [
    { role: "system", content: "You route tickets." } as const,
    { role: "user", content: `Here is a ticket to route:\n${text}` } as const,
  ];
  const { sets, texts } = encodeItems([
    setOf([
      itemOf("1", { messages: prompt("VPN drops") }),
      itemOf("2", { messages: prompt("Voice is gone") }),
    ]),
  ]);
  expect(sets[0]!.common.map((place) => texts[place])).toEqual(["You route tickets."]);
  expect("Here is a ticket to route:\nVPN drops".slice(sets[0]!.lead)).toBe("VPN drops");
});

test("names that objects inherit are names like others", () => {
  const names = ["__proto__", "constructor", "toString"];
  const { sets, chunks, texts } = encodeItems([
    setOf(
      [
        itemOf("__proto__", {
          slices: Object.fromEntries(names.map((name) => [name, name])),
          metadata: Object.fromEntries(names.map((name) => [name, name])),
          answers: names.map((name) => ({
            ...answerOf(name, name),
            grades: Object.fromEntries([
              ["__proto__", { passed: true, score: 1, label: name, expected: name }],
            ]),
          })),
        }),
      ],
      { models: names, graders: names },
    ),
  ]);
  expect(sets[0]).toMatchObject({
    labels: names,
    outcomes: [
      ["p", "p", "p"],
      ["-", "-", "-"],
      ["-", "-", "-"],
    ],
  });
  expect(sets[0]!.slices.map(({ name, values }) => [name, values])).toEqual(
    names.map((name) => [name, [name]]),
  );
  const [item] = chunks[0]![0] as readonly PageItem[];
  expect(item!.metadata.map(([name, text]) => [name, texts[Number(text)]])).toEqual(
    names.map((name) => [name, name]),
  );
  expect(item!.answers.map(({ grades }) => grades)).toEqual(
    names.map((_, at) => [[1, 1, at, at], null, null]),
  );
});

test("messages are told as text: who speaks, what is called, and of what is no text only what it is", () => {
  const { chunks } = encodeItems([
    setOf([
      itemOf("1", {
        messages: [
          {
            role: "user",
            name: "Ada",
            content: [
              { type: "text", text: "look:" },
              { type: "image_url", image_url: {} },
            ],
          },
          { role: "assistant", content: null, tool_calls: [{ id: "1" }] },
        ],
      }),
    ]),
  ]);
  expect(chunks[0]![0]![0]!.prompt).toEqual([
    ["user Ada", "look:\n[image_url]"],
    ["assistant", '{\n  "id": "1"\n}'],
  ]);
});

test("who answered in a cascade is told, and how an answer ended where it did not end by itself", () => {
  const { chunks } = encodeItems([
    setOf([
      itemOf("1", {
        answers: [
          { ...answerOf("a", "x"), served_by: "fallback", finish_reason: "length" },
          { ...answerOf("b", "x"), served_by: "first" },
        ],
      }),
    ]),
  ]);
  expect(chunks[0]![0]![0]!.answers.map(({ by, finish }) => [by, finish])).toEqual([
    ["fallback", "length"],
    ["first", undefined],
  ]);
});
