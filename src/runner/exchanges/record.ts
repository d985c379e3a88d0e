import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Exchanges } from "../exchanges.ts";
import { RequestFailure } from "../provider.ts";
import { syncDirectory } from "../store/files.ts";
import { withoutSecrets } from "../without-secrets.ts";
import { formatExchange, formatHeader } from "./exchange-line.ts";
import { publicPart } from "./public-part.ts";
import { RecordingFault, readRecording } from "./recording-file.ts";

/** A recording that is being written. */
export interface Recording {
  readonly exchanges: Exclude<Exchanges, { readonly mode: "replay" }>;
  /** Exchanges that this run wrote. */
  written(): number;
  close(): void;
}

/**
 * Opens a file to write exchanges to, durably, one after the other. One that holds a recording already is gone on
 * with: a run that was interrupted sends only what it lacks, and the file must hold the whole.
 *
 * @throws RecordingFault where the file is something else, is damaged, or cannot be written
 */
export function openRecording(file: string): Recording {
  const descriptor = open(file);
  try {
    goOn(descriptor, file);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  let written = 0;
  let broken: RequestFailure | undefined;
  let cleaner: { readonly secrets: readonly string[]; readonly clean: (text: string) => string } | undefined;
  return {
    exchanges: {
      mode: "record",
      record(request, response, secrets) {
        if (cleaner === undefined || cleaner.secrets.join("\n") !== secrets.join("\n"))
          cleaner = { secrets, clean: withoutSecrets(secrets) };
        // A line after half a line would spoil both.
        if (broken !== undefined) throw broken;
        const line = formatExchange({ request, response: publicPart(response) }, cleaner.clean);
        try {
          append(descriptor, line);
        } catch (error) {
          // Not to be taken for a connection that broke, after which the same would be bought again.
          broken = new RequestFailure(`${file} could not be written (${(error as Error).message})`, {
            scope: "stop",
            taken: true,
            hint: "free some space and run again with the same file: it is gone on with",
          });
          throw broken;
        }
        written += 1;
      },
    },
    written: () => written,
    close: () => closeSync(descriptor),
  };
}

const note = "Requests to model providers and what came back, written by distill run --record; without keys.";

function open(file: string): number {
  try {
    // Through no link that came with the project: what it leads to would be written to.
    const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW = 0 } = constants;
    return openSync(file, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW, 0o666);
  } catch (error) {
    throw new RecordingFault(
      `${file} cannot be written (${(error as Error).message})`,
      "name a file that is no link, in a folder that is there",
    );
  }
}

// A torn last line is what a killed run left: its answer was never used.
function goOn(descriptor: number, file: string): void {
  let whole = 0;
  for (const _ of readRecording(descriptor, file, (offset) => (whole = offset)));
  const { size } = fstatSync(descriptor);
  if (whole === 0 && size > 0)
    throw new RecordingFault(`${file} is no recording of exchanges`, "name another file");
  if (whole < size) ftruncateSync(descriptor, whole);
  if (whole === 0) append(descriptor, formatHeader(note));
  syncDirectory(dirname(file));
}

function append(descriptor: number, line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
  fdatasyncSync(descriptor);
}
