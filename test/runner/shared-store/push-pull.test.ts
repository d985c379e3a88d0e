import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readLock } from "../../../src/runner/lock.ts";
import { directoryRemote } from "../../../src/runner/shared-store/directory-remote.ts";
import { neededSteps } from "../../../src/runner/shared-store/needed-steps.ts";
import { pullSteps } from "../../../src/runner/shared-store/pull.ts";
import { pushSteps } from "../../../src/runner/shared-store/push.ts";
import { openStore } from "../../../src/runner/store/open-store.ts";
import type { Damage, Manifest, Store } from "../../../src/runner/store.ts";
import { greetings } from "../../support/greetings.ts";
import { openRig, type Rig } from "../../support/rig.ts";
import { makeAnswer, sha256 } from "../store/answer.ts";
import {
  commitStep,
  filesIn,
  findUnsound,
  makeAnswers,
  makeFolder,
  needs,
  openSharingStore,
} from "./fixtures.ts";

const push = (store: Store, directory: string, ...steps: readonly Manifest[]) =>
  pushSteps({ store, remote: directoryRemote(directory), needed: needs(...steps) });
const pull = (store: Store, directory: string, ...steps: readonly Manifest[]) =>
  pullSteps({ store, remote: directoryRemote(directory), needed: needs(...steps) });

const nothing = {
  missing: [],
  other: [],
  refused: [],
  erased: [],
  otherAnswers: 0,
  erasedAnswers: 0,
  damaged: [],
};

async function makeSource() {
  const store = openSharingStore();
  const capture = await commitStep(store, "capture", {
    contents: { rows: "1\n2\n" },
    answers: makeAnswers(3),
  });
  const select = await commitStep(store, "select", { contents: { kept: "1\n", dropped: "" } });
  return { store, directory: makeFolder(), capture, select };
}

test("what is pushed comes back from a pull: steps, contents, answers with their tags, and what asked for them", async () => {
  const { store, directory, capture, select } = await makeSource();
  expect(await push(store, directory, capture, select)).toEqual({
    ...nothing,
    steps: { moved: 2, there: 0 },
    files: { moved: 3, there: 0 },
    answers: { moved: 3, there: 0 },
    bytes: expect.any(Number),
  });
  expect(findUnsound(directory)).toEqual([]);

  const other = openSharingStore();
  expect(await pull(other, directory, capture, select)).toMatchObject({
    ...nothing,
    steps: { moved: 2, there: 0 },
    files: { moved: 3, there: 0 },
    answers: { moved: 3, there: 0 },
  });
  for (const manifest of [capture, select]) expect(other.lookup(manifest.key)).toEqual(manifest);
  expect(readFileSync((await other.open(sha256("1\n2\n")))!, "utf8")).toBe("1\n2\n");
  expect([...other.completions({ metadata: { of: "capture" } })]).toEqual([...store.completions({})]);
  expect(other.asked(capture.key)).toEqual(makeAnswers(3).map(({ key }) => key));
  expect(await other.verify()).toEqual([]);
});

test("a second push and a second pull move nothing", async () => {
  const { store, directory, capture, select } = await makeSource();
  await push(store, directory, capture, select);
  const before = filesIn(directory);
  const there = {
    steps: { moved: 0, there: 2 },
    files: { moved: 0, there: 3 },
    answers: { moved: 0, there: 3 },
    bytes: 0,
  };
  expect(await push(store, directory, capture, select)).toEqual({ ...nothing, ...there });
  expect(filesIn(directory)).toEqual(before);
  const other = openSharingStore();
  await pull(other, directory, capture, select);
  expect(await pull(other, directory, capture, select)).toEqual({ ...nothing, ...there });
});

test("only what is needed is pushed and pulled", async () => {
  const { store, directory, capture, select } = await makeSource();
  await push(store, directory, select);
  const other = openSharingStore();
  expect(await pull(other, directory, capture, select)).toMatchObject({
    missing: ["capture"],
    steps: { moved: 1, there: 0 },
    answers: { moved: 0, there: 0 },
  });
  expect(other.lookup(capture.key)).toBeUndefined();
  expect([...other.completions({})]).toEqual([]);
  expect(await push(openSharingStore(), directory, select)).toMatchObject({ missing: ["select"] });
});

test("a step that asks for more repeats the packs of what it asked before, whoever else asked the same", async () => {
  const { store, directory } = await makeSource();
  const capture = (samples: number, answers: number) =>
    commitStep(store, "ask", {
      contents: { rows: `${samples}` },
      answers: makeAnswers(answers, 10),
      params: { samples },
    });
  await push(store, directory, await capture(3, 1000));
  const packs = () => filesIn(directory).filter((path) => path.startsWith("answers/"));
  expect(packs()).toHaveLength(2);
  await commitStep(store, "another", { contents: { rows: "1" }, answers: makeAnswers(1000, 10) });
  expect(await push(store, directory, await capture(5, 1600))).toMatchObject({
    answers: { moved: 600, there: 1000 },
  });
  expect(packs()).toHaveLength(4);
});

describe("a pull", () => {
  test("never replaces a first answer or a tag that is here, and tells how many answers say something else", async () => {
    const { store, directory, capture } = await makeSource();
    await push(store, directory, capture);
    const other = openSharingStore();
    await other.keepAnswer({ ...makeAnswer(0), created: 77 });
    await other.keepAnswer(makeAnswer(1, "answered here before"), {
      spec: "spec.yaml",
      step: "capture",
      item: "item 1",
      metadata: { of: "here" },
    });
    expect(await pull(other, directory, capture)).toMatchObject({
      answers: { moved: 1, there: 1 },
      otherAnswers: 1,
    });
    expect(other.answer(makeAnswer(0).key)?.created).toBe(77);
    expect(other.answer(makeAnswer(1).key)?.answer.output_text).toBe("answered here before");
    expect([...other.completions({ id: makeAnswer(1).key })][0]?.tags).toMatchObject([
      { metadata: { of: "here" } },
    ]);
  });

  test("never replaces a step that is here with other outputs", async () => {
    const { store, directory, capture } = await makeSource();
    await push(store, directory, capture);
    const other = openSharingStore();
    const here = await commitStep(other, "capture", { contents: { rows: "resampled" } });
    expect(here.key).toBe(capture.key);
    expect(await pull(other, directory, capture)).toMatchObject({ other: ["capture"], steps: { moved: 0 } });
    expect(other.lookup(capture.key)).toEqual(here);
  });

  test("takes of several results the one that the lock names, and refuses a step whose outputs are not those", async () => {
    const { store, directory, capture } = await makeSource();
    await push(store, directory, capture);
    const again = openSharingStore();
    const resampled = await commitStep(again, "capture", { contents: { rows: "resampled" } });
    await push(again, directory, resampled);
    for (const meant of [capture, resampled]) {
      const other = openSharingStore();
      await pull(other, directory, meant);
      expect(other.lookup(meant.key)).toEqual(meant);
    }
    const [needed] = needs(capture);
    expect(
      await pullSteps({
        store: openSharingStore(),
        remote: directoryRemote(directory),
        needed: [{ ...needed!, outputs: { rows: sha256("a third") } }],
      }),
    ).toMatchObject({ missing: ["capture"], steps: { moved: 0, there: 0 } });
  });

  test("brings what a store lost: a content, or the list of what a step asked for", async () => {
    const { store, directory, capture } = await makeSource();
    await push(store, directory, capture);
    const other = openSharingStore();
    await pull(other, directory, capture);
    rmSync((await other.open(sha256("1\n2\n")))!);
    expect(await pull(other, directory, capture)).toMatchObject({ files: { moved: 1, there: 0 } });
    expect(other.lookup(capture.key)).toEqual(capture);

    const third = openSharingStore();
    const stage = await third.stage();
    writeFileSync(join(stage.directory, "rows"), "1\n2\n");
    await third.commit(capture, stage);
    expect(third.asked(capture.key)).toBeUndefined();
    expect(await pull(third, directory, capture)).toMatchObject({
      steps: { there: 1 },
      answers: { moved: 3 },
    });
    expect(third.asked(capture.key)).toHaveLength(3);
  });

  test("refuses a record that is of another step, has no such ingredients, or is none, although it fits its name", async () => {
    const { store, directory, capture, select } = await makeSource();
    await push(store, directory, capture, select);
    const name = filesIn(directory).find((path) => path.startsWith(`steps/${capture.key}.`))!;
    const record = JSON.parse(readFileSync(join(directory, name), "utf8"));
    const forged = [
      { ...record, manifest: { ...record.manifest, ingredients: { step: "another" } } },
      { ...record, manifest: { ...record.manifest, key: select.key } },
      {
        ...record,
        manifest: { ...record.manifest, outputs: { "../../rows": record.manifest.outputs.rows } },
      },
      {
        ...record,
        manifest: { ...record.manifest, outputs: { rows: { ...record.manifest.outputs.rows, bytes: -1 } } },
      },
      { ...record, manifest: { ...record.manifest, summary: null } },
      { ...record, answers: [{ digest: "../../../etc/passwd", bytes: 1, answers: 1 }] },
      { ...record, answers: [{ ...record.answers[0], bytes: 2 ** 40 }] },
      [],
      null,
    ].map((value) => JSON.stringify(value));
    for (const text of [...forged, "no JSON", `${"[".repeat(100_000)}`]) {
      for (const path of filesIn(join(directory, "steps")))
        if (path.startsWith(capture.key)) rmSync(join(directory, "steps", path));
      writeFileSync(join(directory, `steps/${capture.key}.${sha256(text)}.json`), text);
      const other = openSharingStore();
      const told = await pull(other, directory, capture, select);
      expect(told).toMatchObject({ refused: ["capture"], steps: { moved: 1 } });
      expect(told.damaged).toHaveLength(1);
      expect(other.lookup(capture.key)).toBeUndefined();
    }
  });

  test("loses no content of its own to a record that names another length for it", async () => {
    const { store, directory, capture } = await makeSource();
    const rows = { ...capture.outputs.rows!, bytes: 3 };
    const forged = JSON.stringify({ manifest: { ...capture, outputs: { rows } }, answers: [] });
    await push(store, directory);
    mkdirSync(join(directory, "steps"));
    writeFileSync(join(directory, `steps/${capture.key}.${sha256(forged)}.json`), forged);
    const other = openSharingStore();
    const own = await commitStep(other, "own", { contents: { rows: "1\n2\n" } });
    expect(await pull(other, directory, capture)).toMatchObject({
      refused: ["capture"],
      damaged: [{ detail: "has 4 bytes, not 3" }],
    });
    expect(other.lookup(capture.key)).toBeUndefined();
    expect(other.lookup(own.key)).toEqual(own);
    expect(await other.verify()).toEqual([]);
  });

  test("keeps of a damaged pack the answers that fit, and takes the step with what it still has", async () => {
    const { store, directory, capture } = await makeSource();
    await push(store, directory, capture);
    const pack = join(directory, filesIn(directory).find((path) => path.startsWith("answers/"))!);
    const bytes = readFileSync(pack);
    bytes[bytes.indexOf("answer 1")]! ^= 1;
    writeFileSync(pack, bytes);
    const other = openSharingStore();
    expect(await pull(other, directory, capture)).toMatchObject({
      steps: { moved: 1 },
      answers: { moved: 2, there: 0 },
      damaged: [{ detail: "does not fit its sha256: 1 of its answers were refused" }],
    });
    expect(other.asked(capture.key)).toBeUndefined();
    // Its owner writes it anew, and the next pull brings the third.
    expect(await push(store, directory, capture)).toMatchObject({ damaged: [{}], answers: { moved: 3 } });
    expect(await pull(other, directory, capture)).toMatchObject({
      ...nothing,
      answers: { moved: 1, there: 2 },
    });
    expect(other.asked(capture.key)).toHaveLength(3);
  });
});

describe("a push", () => {
  test.each([
    ["cut short", (path: string) => writeFileSync(path, "1")],
    ["longer", (path: string) => appendFileSync(path, "3")],
    ["changed", (path: string) => writeFileSync(path, "1\n3\n")],
  ])("replaces a content that is %s there, and tells it", async (_, damage) => {
    const { store, directory, capture } = await makeSource();
    await push(store, directory, capture);
    const digest = sha256("1\n2\n");
    const name = `objects/${digest}`;
    damage(join(directory, name));
    expect(await push(store, directory, capture)).toMatchObject({ files: { moved: 1 }, damaged: [{ name }] });
    expect(findUnsound(directory)).toEqual([]);
    expect(await push(store, directory, capture)).toMatchObject({
      files: { moved: 0, there: 1 },
      damaged: [],
    });
  });

  test("leaves out a step of which something is damaged here, and goes on", async () => {
    const damage: Damage[] = [];
    const store = openSharingStore({ onDamage: (one) => damage.push(one) });
    const capture = await commitStep(store, "capture", { contents: { rows: "1\n2\n" } });
    const select = await commitStep(store, "select", { contents: { kept: "1\n" } });
    const path = join(store.directory, "objects", sha256("1\n2\n").slice(0, 2), sha256("1\n2\n").slice(2));
    rmSync(path);
    writeFileSync(path, "1\n3\n");
    const directory = makeFolder();
    expect(await push(store, directory, capture, select)).toMatchObject({
      refused: ["capture"],
      steps: { moved: 1 },
    });
    expect(damage).toMatchObject([{ what: "object", key: sha256("1\n2\n") }]);
    expect(findUnsound(directory)).toEqual([]);
  });

  test("leaves out a step whose outputs are others than the lock says", async () => {
    const { store, directory, capture } = await makeSource();
    const [needed] = needs(capture);
    const wanted = { ...needed!, outputs: { rows: sha256("else") } };
    expect(await pushSteps({ store, remote: directoryRemote(directory), needed: [wanted] })).toMatchObject({
      other: ["capture"],
      steps: { moved: 0, there: 0 },
    });
  });

  test("brings the same result once, whoever made it", async () => {
    const { store, directory, select } = await makeSource();
    await push(store, directory, select);
    const again = openSharingStore();
    const same = await commitStep(again, "select", { contents: { kept: "1\n", dropped: "" } });
    expect(await push(again, directory, { ...same, seconds: 99 })).toMatchObject({
      steps: { moved: 0, there: 1 },
    });
  });

  test("finds by their tags the answers of a step that ran before they were written down", async () => {
    const { store, directory, capture } = await makeSource();
    const stage = await store.stage();
    writeFileSync(join(stage.directory, "rows"), "old");
    const old = { ...capture, ingredients: { old: true } };
    const key = sha256('{"old":true}');
    const output = { ...capture.outputs.rows!, digest: sha256("old"), bytes: 3 };
    const manifest = { ...old, key, outputs: { rows: output } };
    await store.commit(manifest, stage);
    expect(await push(store, directory, manifest)).toMatchObject({ answers: { moved: 3 } });
  });
});

describe("a shared directory", () => {
  test("of a newer version is refused with what to do, as is a damaged mark, another folder, or none", async () => {
    const { store, directory, capture } = await makeSource();
    await push(store, directory, capture);
    const failures: unknown[] = [];
    const attempt = async (work: () => Promise<unknown>) => {
      const failure = await work().then(
        () => "it went through",
        ({ name, message, hint }) => [name, message.replaceAll(directory, "SHARE"), hint],
      );
      failures.push(failure);
    };
    const mark = join(directory, "distill-store.json");
    writeFileSync(mark, '{"distill_store":9}\n');
    await attempt(() => push(store, directory, capture));
    await attempt(() => pull(store, directory, capture));
    writeFileSync(mark, "{}");
    await attempt(() => pull(store, directory, capture));
    rmSync(mark);
    symlinkSync("objects", mark);
    await attempt(() => push(store, directory, capture));
    rmSync(mark);
    await attempt(() => push(store, directory, capture));
    await attempt(() => pull(store, directory, capture));
    await attempt(async () => pull(store, join(directory, "missing"), capture));
    expect(failures).toMatchInlineSnapshot(`
      [
        [
          "StoreUnavailable",
          "SHARE was written by a newer distill (its version is 9, this one knows 1)",
          "upgrade distill",
        ],
        [
          "StoreUnavailable",
          "SHARE was written by a newer distill (its version is 9, this one knows 1)",
          "upgrade distill",
        ],
        [
          "StoreUnavailable",
          "SHARE/distill-store.json is damaged",
          "it must be this line and nothing else: {"distill_store":1}",
        ],
        [
          "StoreUnavailable",
          "SHARE cannot be used: distill-store.json is no file",
          "look at what is there, and at its permissions",
        ],
        [
          "StoreUnavailable",
          "SHARE is neither empty nor a shared store",
          "name an empty directory, or one that does not exist yet",
        ],
        [
          "StoreUnavailable",
          "SHARE is not a shared store: it has no distill-store.json",
          "\`distill store push\` makes an empty directory one; or name another",
        ],
        [
          "StoreUnavailable",
          "SHARE/missing is not there",
          "mount it, or name another directory",
        ],
      ]
    `);
  });

  test.each(["objects", "answers", "steps"])("whose %s is a link is not followed", async (part) => {
    const { store, directory, capture } = await makeSource();
    await push(store, directory, capture);
    const victim = makeFolder();
    rmSync(join(directory, part), { recursive: true });
    symlinkSync(victim, join(directory, part));
    const other = openSharingStore();
    expect((await pull(other, directory, capture)).damaged).toHaveLength(1);
    await push(store, directory, capture).catch(({ name }) => expect(name).toBe("StoreUnavailable"));
    expect(filesIn(victim)).toEqual([]);
  });

  test("in which a file is a link, a folder or a pipe refuses it and goes on", async () => {
    const { store, directory, capture, select } = await makeSource();
    await push(store, directory, capture, select);
    const digest = sha256("1\n2\n");
    const path = join(directory, `objects/${digest}`);
    const outside = join(makeFolder(), "rows");
    writeFileSync(outside, "1\n2\n");
    const { execFileSync } = await import("node:child_process");
    const makers = [
      () => symlinkSync(outside, path),
      () => mkdirSync(path),
      () => execFileSync("mkfifo", [path]),
    ];
    for (const make of makers) {
      rmSync(path, { recursive: true });
      make();
      const other = openSharingStore();
      expect(await pull(other, directory, capture, select)).toMatchObject({
        refused: ["capture"],
        steps: { moved: 1 },
        damaged: [{ detail: "is no file" }],
      });
    }
  });
});

describe("a project whose lock is pulled from elsewhere", () => {
  test("goes on: nothing is sent again, and five samples instead of three buy two", async () => {
    const directory = makeFolder();
    const spec = greetings["spec.yaml"]!.replace(
      "model: teacher, metadata",
      "model: teacher, samples: 3, metadata",
    );
    const first = rigOf({ ...greetings, "spec.yaml": spec });
    expect((await first.run()).sent).toBe(3 * 6 + 2 * 3);
    await share(first, directory, pushSteps);

    const second = rigOf({ ...greetings, "spec.yaml": spec, "spec.lock": first.read("spec.lock") });
    await share(second, directory, pullSteps);
    expect(await second.run({ frozen: true })).toMatchObject({
      sent: 0,
      ran: [],
      failed: [],
      lockUnchanged: true,
    });
    second.edit("spec.yaml", "samples: 3", "samples: 5");
    expect(await second.run()).toMatchObject({ sent: 2 * 6, failed: [] });
  });
});

function rigOf(files: { readonly [path: string]: string }): Rig {
  const rig = openRig(files);
  onTestFinished(rig.close);
  return rig;
}

async function share(rig: Rig, directory: string, transfer: typeof pushSteps): Promise<void> {
  const store = openStore(rig.folder);
  const lock = readLock(rig.read("spec.lock"));
  const needed = neededSteps([{ spec: "spec.yaml", lock }]);
  expect(needed).toHaveLength(5);
  expect(await transfer({ store, remote: directoryRemote(directory), needed })).toMatchObject(nothing);
  store.close();
}

describe("neededSteps", () => {
  test("names a step that two locks share once, with all who tagged its answers; a stale lock names keys alone", async () => {
    const rig = rigOf(greetings);
    await rig.run();
    const text = rig.read("spec.lock");
    const lock = readLock(text);
    const once = neededSteps([{ spec: "a.yaml", lock }]);
    const twice = neededSteps(["a.yaml", "b.yaml"].map((spec) => ({ spec, lock })));
    expect(once.map(({ id }) => id)).toEqual(["capture", "judged", "once", "select", "verdict"]);
    expect(once[0]!.tagged).toEqual([{ spec: "a.yaml", step: "capture" }]);
    expect(twice).toEqual(
      once.map((step) => ({ ...step, tagged: [...step.tagged, { spec: "b.yaml", step: step.id }] })),
    );
    const stale = neededSteps([{ spec: "a.yaml", lock: readLock(`<<<<<<< ours\n${text}`) }]);
    expect(stale).toEqual(
      once.map(({ key }) => ({
        id: `step ${key.slice(0, 12)}`,
        key,
        outputs: undefined,
        tagged: [{ spec: "a.yaml", step: undefined }],
      })),
    );
  });
});
