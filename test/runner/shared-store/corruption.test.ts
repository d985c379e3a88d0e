import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { directoryRemote } from "../../../src/runner/shared-store/directory-remote.ts";
import { pullSteps } from "../../../src/runner/shared-store/pull.ts";
import { pushSteps } from "../../../src/runner/shared-store/push.ts";
import { openStore } from "../../../src/runner/store/open-store.ts";
import { createRandom } from "../../../src/stats/random.ts";
import { sha256 } from "../store/answer.ts";
import { commitStep, filesIn, makeAnswers, makeFolder, needs, openSharingStore } from "./fixtures.ts";

test("each of 1,000 corrupted bytes is caught by the pull, and costs no more than what names it", async () => {
  const source = openSharingStore();
  const capture = await commitStep(source, "capture", {
    contents: { rows: "1\n2\n3\n" },
    answers: makeAnswers(6),
  });
  const select = await commitStep(source, "select", { contents: { kept: "1\n2\n", dropped: "3\n" } });
  const train = await commitStep(source, "train", {
    contents: { model: Buffer.from(Array.from({ length: 2000 }, (_, at) => (at * 7919) % 256)) },
  });
  const steps = [capture, select, train];
  const directory = makeFolder();
  await pushSteps({ store: source, remote: directoryRemote(directory), needed: needs(...steps) });

  const files = filesIn(directory);
  const seed = Date.now();
  const random = createRandom(seed);
  const below = (count: number) => Math.floor(random() * count);
  const roots = makeFolder();
  const hit = new Map<string, number>();
  for (let round = 0; round < 1000; round += 1) {
    const path = files[below(files.length)]!;
    const sound = readFileSync(join(directory, path));
    const corrupted = Buffer.from(sound);
    const at = below(sound.length);
    corrupted[at] = (sound[at]! + 1 + below(255)) % 256;
    writeFileSync(join(directory, path), corrupted);
    const label = `seed ${seed}, round ${round}: byte ${at} of ${path}`;

    const root = mkdtempSync(join(roots, "pull-"));
    const store = openStore(root);
    const pulled = await pullSteps({
      store,
      remote: directoryRemote(directory),
      needed: needs(...steps),
    }).catch((error: Error) => error);
    if (path === "distill-store.json") expect(pulled, label).toMatchObject({ name: "StoreUnavailable" });
    else {
      expect(pulled, label).toMatchObject({ damaged: [{ name: path }] });
      const lost = path.startsWith("answers/") ? 0 : 1;
      expect(pulled, label).toMatchObject({ steps: { moved: 3 - lost } });
    }
    for (const manifest of steps)
      expect([manifest, undefined], label).toContainEqual(store.lookup(manifest.key));
    for (const { key } of makeAnswers(6))
      expect([source.answer(key), undefined], label).toContainEqual(store.answer(key));
    for (const { outputs } of steps)
      for (const { digest } of Object.values(outputs)) {
        const came = await store.open(digest);
        if (came !== undefined) expect(sha256(readFileSync(came)), label).toBe(digest);
      }
    store.close();
    rmSync(root, { recursive: true });
    writeFileSync(join(directory, path), sound);
    hit.set(path.split("/")[0]!, (hit.get(path.split("/")[0]!) ?? 0) + 1);
  }
  expect([...hit.keys()].sort()).toEqual(["answers", "distill-store.json", "objects", "steps"]);
  expect(Math.min(...hit.values())).toBeGreaterThan(40);
}, 180_000);
