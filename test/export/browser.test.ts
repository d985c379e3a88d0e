import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { classifierProject } from "../cli/classifier-project.ts";
import { launchBrowser } from "../support/browser.ts";

it("answers in a browser as the test vectors say", async () => {
  const rig = classifierProject();
  await rig.distill(["run"]);
  expect(await rig.distill(["export", "routed", "out"])).toMatchObject({ code: 0 });
  const origin = await serve(join(rig.folder, "out"));
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(`${origin}/README.md`);
  const { vectors } = JSON.parse(rig.read("out/test-vectors.json")) as {
    readonly vectors: readonly { readonly text: string }[];
  };
  // As a text, since the test runner rewrites every import() that it sees.
  const answered = await page.evaluate<string>(`(async () => {
    const { loadClassifier } = await import("/classify.mjs");
    const classify = await loadClassifier();
    const texts = ${JSON.stringify(vectors.map(({ text }) => text))};
    return JSON.stringify(texts.map((text) => ({ text, ...classify(text) })));
  })()`);
  expect(JSON.parse(answered)).toEqual(vectors);
});

/** Serves the files of a folder on the loopback until the test has finished. @returns the origin */
async function serve(folder: string): Promise<string> {
  const types: { readonly [end: string]: string } = { mjs: "text/javascript", md: "text/plain" };
  const server = createServer(({ url = "" }, response) => {
    try {
      const content = readFileSync(join(folder, url));
      response.setHeader("content-type", types[url.split(".").at(-1)!] ?? "application/octet-stream");
      response.end(content);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
