import { expect, it } from "vitest";
import { buyInBatches } from "../../../src/runner/batch/buy-in-batches.ts";
import { cancelJob } from "../../../src/runner/batch/cancel-job.ts";
import { RequestFailure } from "../../../src/runner/provider.ts";
import { batchRig, keysOf } from "./batch-rig.ts";

const keys = keysOf(3);

async function interruptedRig(at: "create" | "created" | "running") {
  const rig = batchRig();
  const stop = new AbortController();
  rig.onSleep = () => stop.abort(new Error("interrupted"));
  rig.provider.before = (call) => {
    if (at === "create" && call === "create") throw new Error("killed");
  };
  rig.provider.afterCreate = () => {
    if (at === "created") throw new Error("killed");
  };
  await buyInBatches(rig.purchase(keys, { stop: stop.signal })).catch(() => {});
  rig.onSleep = () => {};
  rig.provider.before = () => {};
  const [job] = rig.store.jobs.open();
  return { rig, job: job! };
}

it.each(["created", "running"] as const)("ends a batch at the provider: %s", async (at) => {
  const { rig, job } = await interruptedRig(at);
  expect(await cancelJob(rig.desk(), job)).toMatchObject({ batch: { id: "batch_1", state: "cancelling" } });
  expect(rig.store.jobs.read(job.id)).toMatchObject({ cancelled: true, outcome: null, remote: "batch_1" });
});

it("lets go of a job of which the provider knows nothing", async () => {
  const { rig, job } = await interruptedRig("create");
  expect(await cancelJob(rig.desk(), job)).toEqual({ batch: "never created" });
  expect(rig.store.jobs.holding("a0")).toBeUndefined();
});

it("leaves one that a run is handing in to that run, which cancels it", async () => {
  const rig = batchRig();
  rig.provider.result = () => undefined;
  rig.provider.afterCreate = () => {
    const [job] = rig.store.jobs.open();
    void cancelJob(rig.desk(), job!).then((cancelled) => expect(cancelled).toEqual({ batch: undefined }));
  };
  const cancelled: string[] = [];
  rig.provider.before = (call) => void cancelled.push(call);
  await expect(buyInBatches(rig.purchase(keys))).rejects.toThrow("batch_1 was cancelled");
  expect(cancelled).toContain("cancel");
});

it("is remembered although the provider cannot be asked", async () => {
  const { rig, job } = await interruptedRig("running");
  rig.provider.before = () => {
    throw new RequestFailure("no answer");
  };
  await expect(cancelJob(rig.desk(), job)).rejects.toThrow("no answer");
  expect(rig.store.jobs.read(job.id)?.cancelled).toBe(true);
});
