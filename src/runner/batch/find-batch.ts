import { type RemoteBatch, RequestFailure } from "../provider.ts";
import { type BatchDesk, pause } from "./desk.ts";
import type { BatchJob } from "./job.ts";

/** A batch that was created shows up in the provider's list by then; waits between looks, milliseconds. */
const patienceMs = [0, 1_000, 2_000, 4_000, 8_000];

/** So long after it was sent, one look is enough, milliseconds. */
const settledMs = 600_000;

/**
 * The batch that was created under a job's tag; undefined where there is none.
 * @param handed when its creation was sent, milliseconds since the epoch
 * @throws RequestFailure with scope `stop` where the provider does not tell
 */
export async function findBatch(
  desk: Pick<BatchDesk, "batches" | "now" | "sleep" | "stop" | "hard">,
  { id }: BatchJob,
  handed: number,
): Promise<RemoteBatch | undefined> {
  const { batches, hard } = desk;
  let failure: RequestFailure | undefined;
  for (const waitMs of desk.now() - handed < settledMs ? patienceMs : [0]) {
    if (waitMs > 0) await pause(desk, waitMs);
    try {
      const found = await batches.find(id, hard);
      failure = undefined;
      // The newest first. Only what the network repeated can have made a second one.
      for (const twin of found.slice(0, -1)) await batches.cancel(twin.id, hard);
      if (found.length > 0) return found.at(-1);
    } catch (error) {
      hard.throwIfAborted();
      if (!(error instanceof RequestFailure) || error.scope === "stop") throw error;
      failure = error;
    }
  }
  if (failure === undefined) return undefined;
  throw new RequestFailure(`it is not known whether a batch was created: ${failure.message}`, {
    scope: "stop",
    hint: "run again later: it is then asked for, and not sent twice",
  });
}
