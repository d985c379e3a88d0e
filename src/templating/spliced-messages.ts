import type { ContentPart, Message } from "./message.ts";
import type { TextProblem, Variable } from "./problem.ts";
import { quoteText } from "./quote-text.ts";
import { describeKind, isReserved, readKey } from "./read-key.ts";
import { RenderError } from "./render-error.ts";
import type { Scope } from "./template.ts";

/** A place in a scope from which a conversation is taken. */
export interface Splice {
  /** What it reads. */
  readonly variable: Variable;
  /** The messages that are there; throws a RenderError where something else is. */
  render(scope: Scope): readonly Message[];
}

/** Reads the dotted path of `from: item.messages`. */
export function compileSplice(from: string): Splice | TextProblem {
  const path = from.split(".");
  const isPath = path.every((name) => /^[^\s{}[\]"'./\\]+$/.test(name));
  const reserved = path.find(isReserved);
  if (!isPath || reserved !== undefined) {
    const message = isPath
      ? `no field of a row may be called "${reserved}"`
      : `${quoteText(from)} is not a path`;
    const hint = "name where the messages are, such as item.messages";
    return { message, offset: 0, length: Math.max(1, from.length), ...(isPath ? {} : { hint }) };
  }
  const variable: Variable = { path, offset: 0, length: from.length, optional: false };
  return { variable, render: (scope) => readMessages(path.reduce<unknown>(readKey, scope), from) };
}

function readMessages(found: unknown, from: string): readonly Message[] {
  if (found === undefined) throw new RenderError("missing", from, `"${from}" is missing`);
  if (!Array.isArray(found)) {
    const failure = found === null ? "null" : "kind";
    throw new RenderError(
      failure,
      from,
      `"${from}" is ${describeKind(found)}, and "from" takes an array of messages`,
    );
  }
  return found.map((entry: unknown, index) => {
    const fault = messageFault(entry);
    if (fault) throw new RenderError("kind", from, `entry ${index} of "${from}" is no message: ${fault}`);
    return copyMessage(entry as Message);
  });
}

const roles: ReadonlySet<unknown> = new Set(["system", "developer", "user", "assistant", "tool"]);

function messageFault(entry: unknown): string | undefined {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    return `it is ${describeKind(entry)}`;
  const role = readKey(entry, "role");
  if (!roles.has(role)) {
    return typeof role === "string" ? `its role is ${quoteText(role)}` : `its role is ${describeKind(role)}`;
  }
  const content = readKey(entry, "content");
  if (typeof content === "string") return undefined;
  if (Array.isArray(content)) {
    const at = content.findIndex((part: unknown) => typeof readKey(part, "type") !== "string");
    return at === -1 ? undefined : `part ${at} of its content has no type`;
  }
  // An assistant that only calls tools says nothing.
  if ((content === null || content === undefined) && Array.isArray(readKey(entry, "tool_calls")))
    return undefined;
  return `its content is ${describeKind(content)}`;
}

/** Keeps what a request takes: a stored conversation may carry more, such as ids and dates. */
function copyMessage(entry: Message): Message {
  const { role, content, name, tool_calls, tool_call_id } = entry;
  return {
    role,
    content: (content ?? null) as string | readonly ContentPart[] | null,
    ...(name == null ? {} : { name }),
    ...(tool_calls == null ? {} : { tool_calls }),
    ...(tool_call_id == null ? {} : { tool_call_id }),
  };
}
