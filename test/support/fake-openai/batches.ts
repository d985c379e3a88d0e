import { type ApiError, invalid, notFound, refusal } from "./api-error.ts";
import {
  advanceBatch,
  type Batch,
  type BatchOrder,
  type BatchWorld,
  describeBatch,
  enterState,
  hasEnded,
  newBatch,
} from "./batch.ts";
import { checkSchema } from "./check-schema.ts";
import type { Files } from "./files.ts";
import { listPage, pageRules } from "./list-page.ts";
import type { Route } from "./route.ts";
import { createBatchSchema } from "./schemas.ts";

/** Routes of batches; `delay` passes between what is done and its answer. */
export function runBatches(world: BatchWorld & { delay(): Promise<void> }): readonly Route[] {
  const batches = new Map<string, Batch>();
  const find = ([id = ""]: readonly string[]) =>
    batches.get(id) ?? notFound(`No batch found with id '${id}'.`);
  const { limit, after } = pageRules(100);

  return [
    {
      method: "POST",
      path: "/batches",
      body: "json",
      async handle({ body }) {
        const order = checkOrder(body, world.files);
        if ("message" in order) return order;
        const batch = newBatch(`batch_${batches.size.toString().padStart(8, "0")}`, order, world);
        batches.set(batch.id, batch);
        const told = describeBatch(batch);
        await world.delay();
        return { body: told };
      },
    },
    {
      method: "GET",
      path: "/batches",
      query: { limit, after },
      async handle({ query }) {
        for (const batch of batches.values()) await advanceBatch(batch, world, 0);
        return listPage([...batches.values()].map(describeBatch), query, { defaultOrder: "desc" });
      },
    },
    {
      method: "GET",
      path: "/batches/{id}",
      async handle({ names }) {
        const batch = find(names);
        if ("message" in batch) return batch;
        await advanceBatch(batch, world, 1);
        return { body: describeBatch(batch) };
      },
    },
    {
      method: "POST",
      path: "/batches/{id}/cancel",
      async handle({ names }) {
        const batch = find(names);
        if ("message" in batch) return batch;
        await advanceBatch(batch, world, 0);
        if (hasEnded(batch)) return refusal(409, `Cannot cancel a batch with status '${batch.state}'.`);
        enterState(batch, "cancelling");
        await world.delay();
        return { body: describeBatch(batch) };
      },
    },
  ];
}

const checkBody = checkSchema(createBatchSchema);

function checkOrder(body: unknown, files: Files): BatchOrder | ApiError {
  const fault = checkBody(body);
  if (fault !== undefined) return fault;
  const order = body as BatchOrder;
  const input = files.read(order.input_file_id)?.file;
  if (input === undefined) return invalid(`File '${order.input_file_id}' not found.`, "input_file_id");
  return input.purpose === "batch"
    ? order
    : invalid(`Invalid file purpose '${input.purpose}'. Expected 'batch'.`, "input_file_id");
}
