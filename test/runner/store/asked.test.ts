import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { openStore } from "../../../src/runner/store/open-store.ts";
import type { Damage, Store } from "../../../src/runner/store.ts";
import { greetings } from "../../support/greetings.ts";
import { openRig, type Rig } from "../../support/rig.ts";
import { makeAnswer, sha256 } from "./answer.ts";
import { commitStep, makeRoot, openTestStore } from "./fixtures.ts";

let rig: Rig | undefined;

afterEach(() => rig?.close());

test("a step's answers are written down with it: those that it bought, and those that were kept before", async () => {
  rig = openRig(greetings);
  await rig.run();
  rig.edit("spec.yaml", "model: teacher, metadata", "model: teacher, samples: 2, metadata");
  const { outcomes, sent } = await rig.run();
  expect(sent).toBe(6);
  const key = (id: string) => outcomes.find((outcome) => outcome.id === id)!.key!;
  const store = openStore(rig.folder);
  const asked = Object.fromEntries(
    ["capture", "select", "judged"].map((id) => [id, store.asked(key(id))?.length]),
  );
  expect(asked).toEqual({ capture: 12, select: 0, judged: 6 });
  expect(store.asked(key("capture"))).toEqual(keysOf(store, "capture"));
  expect(store.asked(key("judged"))).toEqual(keysOf(store, "judged"));
  store.close();
});

test("of a step's answers those are told that are kept, in the order in which they were kept", async () => {
  const store = openTestStore();
  for (const name of [3, 1, 2]) await store.keepAnswer(makeAnswer(name));
  const manifest = await commitStep(store, "ask", { rows: "1" });
  store.takeInStep(
    manifest,
    [1, 2, 3, 4].map((name) => makeAnswer(name).key),
  );
  expect(store.asked(manifest.key)).toEqual([3, 1, 2].map((name) => makeAnswer(name).key));
  expect(store.asked(sha256("another"))).toBeUndefined();
});

test("a list of answers that was damaged is set aside, and unknown from then on", async () => {
  const root = makeRoot();
  const store = openTestStore(root);
  const manifest = await commitStep(store, "ask", { rows: "1" });
  store.takeInStep(manifest, [makeAnswer(1).key]);
  store.close();
  const database = new DatabaseSync(join(root, ".distill", "store.sqlite"));
  database.exec("UPDATE asked SET value = replace(value, 'answers', 'answerz')");
  database.close();
  const damage: Damage[] = [];
  const later = openTestStore(root, { onDamage: (one) => damage.push(one) });
  expect(later.asked(manifest.key)).toBeUndefined();
  expect(damage).toEqual([{ what: "asked", key: manifest.key, detail: "does not fit its sha256" }]);
});

function keysOf(store: Store, step: string): readonly string[] {
  return [...store.completions({ step })].map(({ key }) => key);
}
