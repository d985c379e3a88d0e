import { expect, it } from "vitest";
import { buyInBatches } from "../../../src/runner/batch/buy-in-batches.ts";
import { waitForJob } from "../../../src/runner/batch/wait-for-job.ts";
import { batchRig, keysOf } from "./batch-rig.ts";

const keys = keysOf(3);

async function interruptedRig(before: (rig: ReturnType<typeof batchRig>) => void = () => {}) {
  const rig = batchRig();
  const stop = new AbortController();
  rig.onSleep = () => stop.abort(new Error("interrupted"));
  before(rig);
  await buyInBatches(rig.purchase(keys, { stop: stop.signal })).catch(() => {});
  rig.onSleep = () => {};
  rig.provider.before = () => {};
  const [job] = rig.store.jobs.open();
  return { rig, job: job! };
}

it("waits for a batch once, however many wait, and keeps what came of it", async () => {
  const { rig, job } = await interruptedRig();
  rig.notes.length = 0;
  await Promise.all(keys.map(() => waitForJob(rig.desk(), job.id)));
  expect(rig.kept(keys)).toEqual(keys);
  expect(rig.notes).toEqual([
    "3 answers are in a batch of capture that is still open: waiting for it; distill cancel ends it",
  ]);
});

it("lets go of requests that no batch was created for, so that they can be asked for live", async () => {
  const { rig, job } = await interruptedRig((one) => {
    one.provider.before = () => {
      throw new Error("killed");
    };
  });
  expect(job.remote).toBeNull();
  await waitForJob(rig.desk(), job.id);
  expect(rig.store.jobs.holding("a0")).toBeUndefined();
  expect(rig.provider.created).toEqual([]);
});

it("hands in nothing again that the batch did not answer", async () => {
  const { rig, job } = await interruptedRig();
  rig.provider.result = (id) => (id === "a1" ? undefined : "answer");
  await waitForJob(rig.desk(), job.id);
  expect(rig.kept(keys)).toEqual(["a0", "a2"]);
  expect(rig.provider.created).toHaveLength(1);
  expect(rig.store.jobs.open()).toEqual([]);
});

it("ends with the run that waits, and leaves the batch open", async () => {
  const { rig, job } = await interruptedRig();
  const stop = new AbortController();
  rig.onSleep = () => stop.abort(new Error("interrupted"));
  await expect(waitForJob(rig.desk({ stop: stop.signal }), job.id)).rejects.toThrow("interrupted");
  expect(rig.store.jobs.open()).toHaveLength(1);
});

it("ends for one who has no more time, and goes on for the others", async () => {
  const { rig, job } = await interruptedRig();
  const stop = new AbortController();
  const hasty = waitForJob(rig.desk({ stop: stop.signal }), job.id);
  const patient = waitForJob(rig.desk(), job.id);
  stop.abort(new Error("no more time"));
  await expect(hasty).rejects.toThrow("no more time");
  await patient;
  expect(rig.kept(keys)).toEqual(keys);
});
