/** A command that the runner found in a log and obeyed. */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: { readonly [name: string]: string };
  readonly data: string;
}

/**
 * Reads a step's log as the runner does: which commands it obeys, in order. The rules are those of `ActionCommand` and
 * `ActionCommandManager` in actions/runner.
 */
export function readCommands(log: string): readonly RunnerCommand[] {
  const obeyed: RunnerCommand[] = [];
  let stopToken: string | undefined;
  for (const line of log.split(/\r\n|[\r\n]/)) {
    const registered = new Set([...REGISTERED, ...(stopToken === undefined ? [] : [stopToken])]);
    const command = parseV2(line, registered) ?? parseV1(line, registered);
    if (command === undefined) continue;
    if (stopToken !== undefined) {
      if (command.name === stopToken) stopToken = undefined;
      continue;
    }
    if (command.name === "stop-commands") stopToken = command.data.toLowerCase();
    obeyed.push(command);
  }
  if (stopToken !== undefined) throw new Error("the log ends with commands stopped");
  return obeyed;
}

const REGISTERED = [
  "add-mask",
  "add-matcher",
  "add-path",
  "debug",
  "echo",
  "endgroup",
  "error",
  "group",
  "notice",
  "remove-matcher",
  "save-state",
  "set-env",
  "set-output",
  "stop-commands",
  "warning",
];

/** `::name key=value,key=value::data`, after any space. */
function parseV2(line: string, registered: ReadonlySet<string>): RunnerCommand | undefined {
  const message = line.replace(/^[\s\u0085]+/, "");
  if (!message.startsWith("::")) return undefined;
  const end = message.indexOf("::", 2);
  if (end < 0) return undefined;
  return commandOf({
    info: message.slice(2, end),
    separator: ",",
    data: unescapeText(message.slice(end + 2), DATA),
    unescapeValue: (value) => unescapeText(value, PROPERTY),
    registered,
  });
}

/** `##[name key=value;key=value]data`, anywhere in the line. */
function parseV1(line: string, registered: ReadonlySet<string>): RunnerCommand | undefined {
  const start = line.indexOf("##[");
  const end = start < 0 ? -1 : line.indexOf("]", start);
  if (end < 0) return undefined;
  return commandOf({
    info: line.slice(start + 3, end),
    separator: ";",
    data: unescapeText(line.slice(end + 1), OLD),
    unescapeValue: (value) => unescapeText(value, OLD),
    registered,
  });
}

function commandOf(options: {
  readonly info: string;
  readonly separator: string;
  readonly data: string;
  readonly unescapeValue: (value: string) => string;
  readonly registered: ReadonlySet<string>;
}): RunnerCommand | undefined {
  const { info, separator, data, unescapeValue, registered } = options;
  const space = info.indexOf(" ");
  const name = (space < 0 ? info : info.slice(0, space)).toLowerCase();
  if (!registered.has(name)) return undefined;
  const pairs =
    space < 0
      ? []
      : info
          .slice(space + 1)
          .trim()
          .split(separator);
  const properties = pairs.flatMap((pair) => {
    const [, key, value] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    return key === undefined || value === undefined
      ? []
      : [[key.toLowerCase(), unescapeValue(value)] as const];
  });
  return { name, properties: Object.fromEntries(properties), data };
}

type Mappings = readonly (readonly [escaped: string, text: string])[];

const DATA: Mappings = [
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%25", "%"],
];
const PROPERTY: Mappings = [
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%3A", ":"],
  ["%2C", ","],
  ["%25", "%"],
];
const OLD: Mappings = [
  ["%3B", ";"],
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%5D", "]"],
  ["%25", "%"],
];

function unescapeText(text: string, mappings: Mappings): string {
  return mappings.reduce((done, [escaped, original]) => done.replaceAll(escaped, original), text);
}
