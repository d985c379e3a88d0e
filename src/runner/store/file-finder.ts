import { open } from "node:fs/promises";
import { textFinder } from "./erased-texts.ts";

/** Finds whether a file holds one of these texts. Read in parts that overlap: it may be larger than the memory. */
export function fileFinder(texts: ReadonlySet<string>): (path: string) => Promise<boolean> {
  const holds = textFinder(texts);
  let longest = 0;
  for (const text of texts) longest = Math.max(longest, Buffer.byteLength(JSON.stringify(text)));

  return async (path) => {
    if (longest === 0) return false;
    const file = await open(path);
    try {
      const buffer = Buffer.alloc(PART + longest);
      for (let kept = 0; ; ) {
        const { bytesRead } = await file.read(buffer, kept, PART);
        const end = kept + bytesRead;
        if (holds(buffer.subarray(0, end))) return true;
        if (bytesRead === 0) return false;
        kept = Math.min(longest, end);
        buffer.copy(buffer, 0, end - kept, end);
      }
    } finally {
      await file.close();
    }
  };
}

const PART = 4 * 1024 * 1024;
