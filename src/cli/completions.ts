import { cellsOf } from "../runner/cells.ts";
import { findStoreRoot } from "../runner/project.ts";
import { printable } from "../runner/sanitize.ts";
import { openStoreIfPresent } from "../runner/store/open-store.ts";
import type { CompletionFilter, CompletionRecord, Store, Tags } from "../runner/store.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill completions list`. */
export interface ListFlags {
  readonly model?: string;
  readonly step?: string;
  readonly metadata?: readonly string[];
  readonly limit?: string;
  readonly json?: boolean;
}

/** `distill completions list`. */
export function listCompletions(flags: ListFlags): void {
  const filter = readFilter(flags);
  withStore((store) => {
    let told = 0;
    for (const completion of store?.completions(filter) ?? []) {
      told++;
      process.stdout.write(
        `${flags.json === true ? JSON.stringify(withId(completion)) : formatLine(completion, flags.step)}\n`,
      );
    }
    if (told === 0)
      process.stderr.write(store === undefined ? `${nothing}\n` : "no stored completion is like that\n");
  });
}

/** `distill completions show`. */
export function showCompletion(id: string, flags: { readonly json?: boolean }): void {
  withStore((store) => {
    if (store === undefined) throw new Stop(exit.failed, nothing, "distill run stores what models answer");
    const [found, ...others] = [...store.completions({ id, limit: 2 })];
    if (found === undefined || id === "")
      throw new Stop(exit.failed, `no stored completion has an id that begins with "${printable(id)}"`);
    if (others.length > 0)
      throw new Stop(
        exit.usage,
        `several ids begin with "${id}"`,
        `such as ${[found, ...others].map(({ key }) => key.slice(0, id.length + 6)).join(" and ")}`,
      );
    process.stdout.write(
      flags.json === true ? `${JSON.stringify(withId(found))}\n` : formatCompletion(found),
    );
  });
}

const nothing = "nothing is stored in this project yet";

function withStore(work: (store: Store | undefined) => void): void {
  const store = openStoreIfPresent(findStoreRoot(process.cwd()));
  try {
    work(store);
  } finally {
    store?.close();
  }
}

function readFilter({ model, step, metadata, limit }: ListFlags): CompletionFilter {
  const last = limit === undefined ? undefined : Number(limit);
  if (last !== undefined && !(Number.isInteger(last) && last >= 0))
    throw new Stop(exit.usage, `--limit takes a number, not "${limit}"`);
  return {
    ...(model === undefined ? {} : { model }),
    ...(step === undefined ? {} : { step }),
    ...(metadata === undefined ? {} : { metadata: Object.fromEntries(metadata.map(readPair)) }),
    ...(last === undefined ? {} : { last }),
  };
}

function readPair(pair: string): readonly [string, string] {
  const at = pair.indexOf("=");
  if (at < 1) throw new Stop(exit.usage, `--metadata takes key=value, not "${pair}"`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function withId({ key, ...rest }: CompletionRecord): unknown {
  return { id: key, ...rest };
}

const idLength = 12;
/** Where there is no terminal to ask. */
const defaultWidth = 120;

function formatLine({ key, model, tags, answer }: CompletionRecord, step: string | undefined): string {
  const tag = tags.find((one) => one.step === step) ?? tags[0];
  const more = tags.length > 1 ? ` +${tags.length - 1}` : "";
  const parts = [
    key.slice(0, idLength),
    model,
    tag === undefined ? "no step" : `${tag.step}/${tag.item}${more}`,
    ...(tag === undefined ? [] : formatMetadata(tag)),
    answer.output_text === "" ? `(${answer.finish_reason})` : answer.output_text,
  ];
  return cut(parts.map(printable).join("  "), process.stdout.columns ?? defaultWidth);
}

function formatMetadata({ metadata }: Tags): readonly string[] {
  const pairs = Object.entries(metadata).map(
    ([key, value]) => `${key}=${/\s/.test(value) ? JSON.stringify(value) : value}`,
  );
  return pairs.length === 0 ? [] : [pairs.join(" ")];
}

/** A line, cut to so many columns. */
function cut(line: string, columns: number): string {
  // One that is much too long is not measured to its end.
  const cells = cellsOf(line.slice(0, 4 * columns));
  let width = 0;
  for (const cell of cells) {
    width += cell.width;
    if (width > columns)
      return `${line.slice(0, cells.findLast((one) => one.end <= cell.start)?.start ?? 0)}…`;
  }
  return line;
}

function formatCompletion({
  key,
  model,
  provider,
  request,
  sample,
  answer,
  tags,
  created,
}: CompletionRecord): string {
  const { messages, ...parameters } = request as {
    readonly messages?: readonly { readonly role: string; readonly content: unknown }[];
  };
  const { usage } = answer;
  const lines = [
    `id        ${key}`,
    `model     ${model}${answer.resolved_model === null ? "" : `, answered by ${answer.resolved_model}`}`,
    `provider  ${Object.values(provider)
      .map((value) => (typeof value === "string" ? shorten(value) : JSON.stringify(value)))
      .join(", ")}`,
    `created   ${new Date(created).toISOString()}`,
    `usage     ${usage === null ? "not recorded" : `${usage.input_tokens} tokens in, ${usage.output_tokens} out`}`,
    `latency   ${answer.latency_ms === null ? "not recorded" : `${Math.round(answer.latency_ms)} ms`}`,
    `sample    ${sample}`,
    ...Object.entries(parameters).map(([name, value]) => `${name}  ${JSON.stringify(value)}`),
    ...tags.map((tag) =>
      [`stored by ${tag.spec}, ${tag.step}/${tag.item}`, ...formatMetadata(tag)].join("  "),
    ),
    ...(messages ?? []).flatMap(({ role, content }) => ["", `[${role}]`, ...linesOf(content)]),
    "",
    `[answer, ${answer.finish_reason}]`,
    ...(answer.output_text === "" ? [] : linesOf(answer.output_text)),
    ...answer.tool_calls.map((call) => JSON.stringify(call)),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

/** Digests of files are as good by their beginning. */
function shorten(value: string): string {
  return /^[0-9a-f]{64}$/.test(value) ? value.slice(0, idLength) : value;
}

function linesOf(content: unknown): readonly string[] {
  return (typeof content === "string" ? content : JSON.stringify(content, null, 2)).split("\n");
}
