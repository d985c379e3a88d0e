import { readSync } from "node:fs";
import { type Exchange, readExchange, readHeader, recordingVersion } from "./exchange-line.ts";

/** A recording cannot be read or written as it stands; the user must mend it. No stack is shown. */
export class RecordingFault extends Error {
  override readonly name = "RecordingFault";
  /** What to do about it. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** An exchange and where its line stands in the file, in bytes. */
export interface RecordedExchange {
  readonly exchange: Exchange;
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads a recording line by line. What stands after the last line break is the line at which a recording was
 * killed, and is left out; `end` is told where it begins.
 *
 * @throws RecordingFault for another file, a newer version, or a line that was edited
 */
export function* readRecording(
  descriptor: number,
  file: string,
  end: (offset: number) => void = () => undefined,
): Generator<RecordedExchange> {
  let number = 0;
  let after = 0;
  for (const { bytes, offset } of readLines(descriptor)) {
    number += 1;
    after = offset + bytes.length + 1;
    const text = bytes.toString("utf8");
    if (number === 1) {
      requireHeader(text, file);
      continue;
    }
    const exchange = readExchange(text);
    if (exchange === undefined)
      throw new RecordingFault(
        `${file}:${number} was edited or damaged: its sha256 does not fit`,
        "take that line out where its exchange is not needed, or record it again",
      );
    yield { exchange, offset, length: bytes.length };
  }
  end(after);
}

/** Reads one line again. */
export function readExchangeAt(descriptor: number, at: { offset: number; length: number }): Exchange {
  const bytes = Buffer.allocUnsafe(at.length);
  for (let done = 0; done < at.length; ) {
    const count = readSync(descriptor, bytes, done, at.length - done, at.offset + done);
    if (count === 0) break;
    done += count;
  }
  const exchange = readExchange(bytes.toString("utf8"));
  if (exchange === undefined)
    throw new RecordingFault("the recording changed while it was read", "run again");
  return exchange;
}

function requireHeader(line: string, file: string): void {
  const version = readHeader(line);
  if (version === undefined)
    throw new RecordingFault(`${file} is no recording of exchanges`, "name a file that --record wrote");
  if (version > recordingVersion)
    throw new RecordingFault(
      `${file} was recorded by a newer distill (format ${version})`,
      "upgrade distill",
    );
}

/** The whole lines of a file; memory for the longest of them. */
function* readLines(descriptor: number): Generator<{ bytes: Buffer; offset: number }> {
  const piece = Buffer.allocUnsafe(1 << 20);
  let open: Buffer[] = [];
  let offset = 0;
  for (let position = 0; ; ) {
    const count = readSync(descriptor, piece, 0, piece.length, position);
    if (count === 0) return;
    position += count;
    const read = Buffer.from(piece.subarray(0, count));
    let start = 0;
    for (let at = read.indexOf(10); at >= 0; at = read.indexOf(10, start)) {
      const bytes = Buffer.concat([...open, read.subarray(start, at)]);
      yield { bytes, offset };
      offset += bytes.length + 1;
      open = [];
      start = at + 1;
    }
    if (start < count) open.push(read.subarray(start));
  }
}
