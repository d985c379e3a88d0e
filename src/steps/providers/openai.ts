import type { FromSchema, JSONSchema } from "json-schema-to-ts";
import type { ProviderDefinition } from "../../runner/provider.ts";
import {
  baseUrlFault,
  defaultBaseUrl,
  normaliseBaseUrl,
  originOf,
  originToAllow,
} from "./openai/base-url.ts";
import { listPrice } from "./openai/list-price.ts";
import { checkOpenAIRequest } from "./openai/request.ts";

const params = {
  type: "object",
  properties: {
    base_url: {
      type: "string",
      description:
        "Where the API is, with its version path; any server that speaks OpenAI's chat completions.",
      default: defaultBaseUrl,
      examples: ["http://127.0.0.1:8000/v1"],
    },
    api_key_env: {
      type: "string",
      pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
      description: "Name of the environment variable that holds the key; without it, no key is sent.",
      examples: ["OPENAI_API_KEY"],
    },
    identity: {
      type: "string",
      minLength: 1,
      description:
        "What answers are kept under instead of the address, so that a server can move and keep them.",
    },
    organization: {
      type: "string",
      minLength: 1,
      description: "The organization that requests are billed to.",
    },
    project: { type: "string", minLength: 1, description: "The project that requests are billed to." },
    limits: {
      type: "object",
      description:
        "What the account may do: kept to over all steps and providers of a run that share a key. What the server says of its limits is obeyed in any case.",
      properties: {
        requests_per_minute: {
          type: "number",
          exclusiveMinimum: 0,
          description: "Requests that are sent within any 60 seconds.",
          examples: [500],
        },
        tokens_per_minute: {
          type: "number",
          exclusiveMinimum: 0,
          description: "Tokens of prompts and answers within any 60 seconds.",
          examples: [200000],
        },
        concurrency: {
          type: "integer",
          minimum: 1,
          description: "Requests under way at once.",
          examples: [32],
        },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
} as const satisfies JSONSchema;

/** Parameters of the provider `openai`. */
export type OpenAIParams = FromSchema<typeof params, { keepDefaultedPropertiesOptional: true }>;

/** Any OpenAI-compatible server, over its chat completions. */
export const openai: ProviderDefinition<OpenAIParams> = {
  name: "openai",
  version: 1,
  summary:
    "Asks OpenAI, or any server that speaks its chat completions (vLLM, llama.cpp, Ollama and others).",
  params,
  free: false,
  kept: true,
  batches: true,
  completions: true,
  // A server of one's own on this machine sends no bill.
  billed: (params) => originToAllow(params) !== undefined || params.api_key_env !== undefined,
  identity: ({ identity, base_url }) => ({ type: "openai", origin: identity ?? normaliseBaseUrl(base_url) }),
  // The list is of the API's own home: who else speaks it has prices of their own.
  price: ({ base_url }, model) => (originOf(base_url) === originOf() ? listPrice(model) : undefined),
  origin: ({ base_url }) => originOf(base_url),
  check({ base_url }) {
    const message = baseUrlFault(base_url);
    return message === undefined ? [] : [{ key: "base_url", message }];
  },
  checkRequest: checkOpenAIRequest,
  // Loaded where it is used: node:http alone costs as much as all of a validation.
  open: async (context) => (await import("./openai/connection.ts")).openConnection(context),
};
