import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { OutputWriter } from "./output-writer.ts";
import type { ArtifactKind } from "./step.ts";
import type { OutputRecord } from "./store.ts";

const bufferedBytes = 1 << 20;

/** Writes an output into a staging folder and counts and hashes it on the way. */
export class OutputFile implements OutputWriter {
  readonly #kind: ArtifactKind;
  readonly #file: number;
  readonly #hash: Hash = createHash("sha256");
  readonly #ids = new Set<string>();
  #lines: string[] = [];
  #pending = 0;
  #bytes = 0;
  #rows = 0;
  #closed = false;

  constructor(directory: string, name: string, kind: ArtifactKind) {
    this.#kind = kind;
    this.#file = openSync(join(directory, name), "wx");
  }

  row(value: unknown): void {
    const line = `${JSON.stringify(value)}\n`;
    this.#lines.push(line);
    this.#pending += line.length;
    this.#rows++;
    const id = (value as { id?: unknown } | null)?.id;
    if (typeof id === "string") this.#ids.add(id);
    if (this.#pending >= bufferedBytes) this.#flush();
  }

  bytes(content: Uint8Array | string): void {
    this.#flush();
    this.#write(typeof content === "string" ? Buffer.from(content) : content);
  }

  /** Closes the file; what was not written is lost. */
  close(): void {
    if (!this.#closed) closeSync(this.#file);
    this.#closed = true;
  }

  /** Closes the file and tells what is in it. */
  finish(): OutputRecord {
    this.#flush();
    this.close();
    const lines = this.#kind === "rows" || this.#kind === "results";
    return {
      kind: this.#kind,
      digest: this.#hash.digest("hex"),
      bytes: this.#bytes,
      rows: lines ? this.#rows : null,
      items: lines ? this.#ids.size : null,
    };
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join("");
    this.#lines = [];
    this.#pending = 0;
    this.#write(Buffer.from(text));
  }

  #write(content: Uint8Array): void {
    for (let done = 0; done < content.length; ) done += writeSync(this.#file, content, done);
    this.#hash.update(content);
    this.#bytes += content.length;
  }
}
