import { StepFailure } from "../runner/step-failure.ts";

/**
 * The lines of a UTF-8 stream, without their ends. Only LF ends a line, as in JSON Lines; a CR before it goes too.
 * @throws StepFailure where the bytes are not UTF-8.
 */
export async function* splitLines(stream: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new StepFailure(`${name} is not UTF-8`);
    }
  };
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decode(chunk)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
  }
  rest += decode();
  if (rest !== "") yield rest;
}
