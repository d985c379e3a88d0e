import { openRecording } from "../runner/exchanges/record.ts";
import { RecordingFault } from "../runner/exchanges/recording-file.ts";
import { openReplay } from "../runner/exchanges/replay.ts";
import type { Exchanges } from "../runner/exchanges.ts";
import { printable } from "../runner/sanitize.ts";
import { hashFile } from "../runner/store/files.ts";
import { formatCounted } from "../steps/format.ts";
import { exit } from "./exit.ts";
import { Stop } from "./stop.ts";

/** Flags that say where exchanges with providers go, or come from. */
export interface ExchangeFlags {
  readonly record?: string;
  readonly replay?: string;
  readonly frozen?: boolean;
}

/** What the flags name, opened. */
export interface OpenExchanges {
  /** Undefined for the network alone. */
  readonly exchanges: Exchanges | undefined;
  /** sha256 of the recording that is replayed, under which its answers are kept. */
  readonly replay: string | undefined;
  /** One line about what was written or served; undefined where neither was wanted. */
  tell(): string | undefined;
  close(): void;
}

/**
 * Opens the recording that `--record` or `--replay` names.
 *
 * @throws Stop with exit code 2 where the flags contradict one another, or the file is none that can be used
 */
export async function openExchanges(flags: ExchangeFlags): Promise<OpenExchanges> {
  const { record, replay } = flags;
  if (record !== undefined && replay !== undefined)
    throw new Stop(exit.usage, "--replay sends nothing that --record could write down");
  if (flags.frozen === true && (record !== undefined || replay !== undefined))
    throw new Stop(
      exit.usage,
      `--frozen runs nothing, and --${record === undefined ? "replay" : "record"} is about what runs`,
    );
  try {
    if (record !== undefined) return toRecord(record);
    return replay === undefined ? networkAlone : await toReplay(replay);
  } catch (error) {
    if (error instanceof RecordingFault) throw new Stop(exit.usage, error.message, error.hint);
    throw error;
  }
}

const networkAlone: OpenExchanges = {
  exchanges: undefined,
  replay: undefined,
  tell: () => undefined,
  close: () => undefined,
};

function toRecord(file: string): OpenExchanges {
  const recording = openRecording(file);
  return {
    exchanges: recording.exchanges,
    replay: undefined,
    tell: () =>
      recording.written() === 0
        ? `Nothing was sent, so nothing was added to ${file}.`
        : `Wrote ${formatCounted(recording.written(), "exchange")} to ${file}.`,
    close: recording.close,
  };
}

async function toReplay(file: string): Promise<OpenExchanges> {
  const replay = openReplay(file);
  if (replay.isCut)
    process.stderr.write(`${printable(file)} is cut off in its last line: the exchange there is left out\n`);
  return {
    exchanges: replay.exchanges,
    replay: await hashFile(file),
    tell: () =>
      `Replayed ${file}: nothing was sent, and its answers are kept apart from those of other runs.`,
    close: replay.close,
  };
}
