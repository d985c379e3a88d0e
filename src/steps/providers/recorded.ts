import type { FromSchema } from "json-schema-to-ts";
import {
  type Connection,
  type ProviderContext,
  type ProviderDefinition,
  RequestFailure,
} from "../../runner/provider.ts";
import { readRecordings } from "./recorded/recordings.ts";

const params = {
  type: "object",
  properties: {
    path: {
      type: "string",
      minLength: 1,
      file: true,
      description: "A JSONL file of requests, each with the answers that were recorded for it.",
      examples: ["data/teacher.jsonl"],
    },
    identity: {
      type: "string",
      minLength: 1,
      description: "Sets these recordings apart from others with the same text.",
    },
  },
  required: ["path"],
  additionalProperties: false,
} as const;

/** Parameters of the provider `recorded`. */
export type RecordedParams = FromSchema<typeof params>;

/** Answers recorded earlier, found by the whole rendered request; what was not recorded is a failure. */
export const recorded: ProviderDefinition<RecordedParams> = {
  name: "recorded",
  version: 1,
  summary: "Answers from a file of recorded requests; needs no key and no network.",
  params,
  free: true,
  kept: true,
  identity: ({ identity }) => ({ type: "recorded", ...(identity === undefined ? {} : { identity }) }),
  open: openRecordings,
};

async function openRecordings({ params, file }: ProviderContext<RecordedParams>): Promise<Connection> {
  const recordings = await readRecordings(file(params.path), params.path);
  return {
    answer: async (request, _execution, signal) => {
      signal.throwIfAborted();
      const found = recordings.find(request);
      if ("answer" in found) return found.answer;
      throw new RequestFailure(`${params.path}: ${found.missing}`, {
        hint: "record this request in that file, or let another provider answer it",
      });
    },
    close: async () => {},
  };
}
