import { describe, expect, it } from "vitest";
import { RenderError } from "../../src/templating/render-error.ts";
import { compileMessages, type MessageEntry } from "../../src/templating/render-messages.ts";
import type { Scope } from "../../src/templating/template.ts";

describe("a prompt", () => {
  it("renders each message's content", () => {
    const entries: MessageEntry[] = [
      { role: "system", content: "You route tickets." },
      { role: "user", content: "{{ item.text }}" },
    ];
    expect(render(entries, { item: { text: "VPN" } })).toEqual([
      { role: "system", content: "You route tickets." },
      { role: "user", content: "VPN" },
    ]);
  });

  it("renders the strings inside of content parts and keeps the rest", () => {
    const content = [
      { type: "text", text: "What is on {{item.name}}?" },
      {
        type: "image_url",
        image_url: { url: "data:{{item.data}}", detail: "low", "a/b": ["{{item.name}}", 1, null] },
      },
    ];
    expect(render([{ role: "user", content }], { item: { name: "it", data: "x" } })).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "What is on it?" },
          { type: "image_url", image_url: { url: "data:x", detail: "low", "a/b": ["it", 1, null] } },
        ],
      },
    ]);
  });

  it("splices a conversation in as it is, without tags being read and without what no request takes", () => {
    const messages = [
      { role: "user", content: "{{ item.secret }}", id: "m1", name: null },
      { role: "assistant", content: null, tool_calls: [{ id: "c1" }] },
      { role: "tool", content: [{ type: "text", text: "42" }], tool_call_id: "c1" },
    ];
    const entries: MessageEntry[] = [{ role: "system", content: "s" }, { from: "item.messages" }];
    expect(render(entries, { item: { messages } })).toEqual([
      { role: "system", content: "s" },
      { role: "user", content: "{{ item.secret }}" },
      { role: "assistant", content: null, tool_calls: [{ id: "c1" }] },
      { role: "tool", content: [{ type: "text", text: "42" }], tool_call_id: "c1" },
    ]);
  });

  it("names every variable with the place of its text", () => {
    const entries: MessageEntry[] = [
      { from: "item.messages" },
      { role: "user", content: "a {{item.text}}" },
      { role: "user", content: [{ type: "image_url", image_url: { "a/b~": "{{#if item.x}}{{/if}}" } }] },
    ];
    expect(compile(entries).variables).toEqual([
      { path: ["item", "messages"], offset: 0, length: 13, optional: false, pointer: "/0/from" },
      { path: ["item", "text"], offset: 4, length: 9, optional: false, pointer: "/1/content" },
      { path: ["item", "x"], offset: 6, length: 6, optional: true, pointer: "/2/content/0/image_url/a~1b~0" },
    ]);
  });

  it("tells all problems of all entries with their places", () => {
    const result = compileMessages([
      { role: "system", content: "{{item.text}" },
      { from: "{{ item.messages }}" },
      { from: "item.__proto__" },
      { role: "user", content: [{ type: "text", text: "{{#if}}x{{/if}}" }] },
    ]);
    expect(result.ok ? [] : result.problems).toMatchInlineSnapshot(`
      [
        {
          "hint": "end it with "}}"",
          "length": 11,
          "message": ""{{item.text" is never closed",
          "offset": 0,
          "pointer": "/0/content",
        },
        {
          "hint": "name where the messages are, such as item.messages",
          "length": 19,
          "message": ""{{ item.messages }}" is not a path",
          "offset": 0,
          "pointer": "/1/from",
        },
        {
          "length": 14,
          "message": "no field of a row may be called "__proto__"",
          "offset": 0,
          "pointer": "/2/from",
        },
        {
          "hint": "write {{#if item.text}}",
          "length": 2,
          "message": "{{#if}} takes one path",
          "offset": 3,
          "pointer": "/3/content/0/text",
        },
      ]
    `);
  });

  it("says what it found where a conversation should be", () => {
    const found = [
      undefined,
      null,
      "hello",
      { role: "user", content: "x" },
      ["hello"],
      [
        { role: "user", content: "x" },
        { role: "bot", content: "x" },
      ],
      [{ content: "x" }],
      [{ role: "user", content: null }],
      [{ role: "user", content: [{ text: "x" }] }],
    ];
    expect(
      found.map((messages) => failure([{ from: "item.messages" }], { item: { messages } })),
    ).toMatchInlineSnapshot(`
      [
        ""item.messages" is missing",
        ""item.messages" is null, and "from" takes an array of messages",
        ""item.messages" is a string, and "from" takes an array of messages",
        ""item.messages" is an object, and "from" takes an array of messages",
        "entry 0 of "item.messages" is no message: it is a string",
        "entry 1 of "item.messages" is no message: its role is "bot"",
        "entry 0 of "item.messages" is no message: its role is nothing",
        "entry 0 of "item.messages" is no message: its content is null",
        "entry 0 of "item.messages" is no message: part 0 of its content has no type",
      ]
    `);
  });
});

function compile(entries: readonly MessageEntry[]) {
  const result = compileMessages(entries);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join("; "));
  return result.prompt;
}

function render(entries: readonly MessageEntry[], scope: Scope) {
  return compile(entries).render(scope);
}

function failure(entries: readonly MessageEntry[], scope: Scope): string {
  try {
    return JSON.stringify(render(entries, scope));
  } catch (error) {
    if (error instanceof RenderError) return error.message;
    throw error;
  }
}
