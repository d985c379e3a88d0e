import { cellsOf } from "../runner/cells.ts";
import { findStoreRoot } from "../runner/project.ts";
import { printable } from "../runner/sanitize.ts";
import { openStoreIfPresent } from "../runner/store/open-store.ts";
import { type CompletionRecord, isByHand, type Store, type Tags } from "../runner/store.ts";
import { type FilterFlags, readFilter, withoutCopies } from "./completion-filter.ts";
import { exit } from "./exit.ts";
import { findCompletion } from "./find-completion.ts";
import { Stop } from "./stop.ts";

/** Flags of `distill completions list`. */
export interface ListFlags extends FilterFlags {
  readonly json?: boolean;
}

/** `distill completions list`. */
export function listCompletions(flags: ListFlags): void {
  const filter = readFilter(flags);
  withStore((store) => {
    let told = 0;
    for (const completion of store?.completions(withoutCopies(filter)) ?? []) {
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
    const found = findCompletion(store, id);
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

function withId({ key, ...rest }: CompletionRecord): unknown {
  return { id: key, ...rest };
}

const idLength = 12;
/** Where there is no terminal to ask. */
const defaultWidth = 120;

function formatLine({ key, model, tags, answer }: CompletionRecord, step: string | undefined): string {
  const byStep = tags.filter((one) => !isByHand(one));
  const byHand = tags.find(isByHand);
  const tag = byStep.find((one) => one.step === step) ?? byStep[0];
  const more = byStep.length > 1 ? ` +${byStep.length - 1}` : "";
  const parts = [
    key.slice(0, idLength),
    model,
    tag === undefined ? "no step" : `${tag.step}/${tag.item}${more}`,
    ...formatMetadata({ metadata: { ...tag?.metadata, ...byHand?.metadata } }),
    answer.output_text === "" ? `(${answer.finish_reason})` : answer.output_text,
  ];
  return cut(parts.map(printable).join("  "), process.stdout.columns ?? defaultWidth);
}

function formatMetadata({ metadata }: Pick<Tags, "metadata">): readonly string[] {
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
      [
        isByHand(tag) ? "by hand" : `stored by ${tag.spec}, ${tag.step}/${tag.item}`,
        ...formatMetadata(tag),
      ].join("  "),
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
