import type { Registry } from "./registry.ts";

/** A JSON Schema as plain data. */
export type Schema = { readonly [keyword: string]: unknown };

/** Keywords of ours that only annotate; see step.ts. */
export const annotationKeywords = [
  "artifact",
  "names",
  "file",
  "template",
  "expression",
  "value",
  "tags",
  "returns",
] as const;

const name = { type: "string", pattern: "^[A-Za-z][A-Za-z0-9_-]*$", maxLength: 64 } as const;

/** Assembles the schema of a spec from the fragments of steps, graders and providers (draft-07). */
export function assembleSchema(registry: Registry): Schema {
  const providers = typed("provider", "type", "The type of provider.", registry.providers);
  const graders = typed("grader", "type", "The type of grader.", registry.graders);
  const steps = typed("step", "uses", "The type of step.", registry.steps, stepProperties);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "distill spec",
    description: "A model distillation pipeline: distill run spec.yaml",
    type: "object",
    additionalProperties: false,
    required: ["version", "name", "steps"],
    patternProperties: { "^x-": { description: "Free for anchors; distill does not read it." } },
    properties: {
      version: { const: 1, description: "Version of the spec language." },
      name: { ...name, description: "Name of the pipeline, for lock and report." },
      description: { type: "string", description: "What the pipeline is for." },
      seed: {
        type: "integer",
        minimum: 0,
        maximum: 4294967295,
        default: 0,
        description: "Seed of every step that names none of its own.",
      },
      vars: {
        type: "object",
        propertyNames: name,
        additionalProperties: { type: ["string", "number", "boolean", "null"] },
        description: "Values a caller may vary with --set name=value; used as ${vars.name}.",
      },
      budget: {
        type: "object",
        additionalProperties: false,
        required: ["max_usd"],
        description:
          "What one run may spend. Every run has all of it: what runs before have spent does not count.",
        properties: {
          max_usd: usd("US dollars in one run: no request is sent that could pass them."),
        },
      },
      datasets: section("Files of rows, by name.", dataset),
      prompts: section("Prompt templates, by name.", prompt),
      providers: section("Where models answer, by name.", providers.schema),
      models: section("Models, by name.", model),
      graders: section("Graders, by name.", graders.schema),
      steps: {
        ...section("The steps, by name, in any order.", steps.schema),
        minProperties: 1,
      },
    },
    definitions: { ...steps.definitions, ...graders.definitions, ...providers.definitions },
  };
}

function section(description: string, entry: Schema): Schema {
  return { type: "object", description, propertyNames: name, additionalProperties: entry };
}

// Ajv fills defaults and reports only the matching branch when oneOf has a discriminator. Each branch is a
// definition of its own, hence a function of its own: only those that a spec uses are ever compiled.
function typed(
  kind: string,
  tag: string,
  description: string,
  types: ReadonlyMap<string, { readonly name: string; readonly summary: string; readonly params: unknown }>,
  common: Schema = {},
): { readonly schema: Schema; readonly definitions: Schema } {
  const named = [...types.values()].map((type) => [`${kind}-${type.name}`, branch(type)] as const);
  return {
    schema: {
      type: "object",
      required: [tag],
      discriminator: { propertyName: tag },
      oneOf: named.map(([name]) => ({ $ref: `#/definitions/${name}` })),
    },
    definitions: Object.fromEntries(named),
  };

  function branch(type: {
    readonly name: string;
    readonly summary: string;
    readonly params: unknown;
  }): Schema {
    const params = type.params as Schema;
    return {
      type: "object",
      title: type.name,
      description: type.summary,
      additionalProperties: false,
      required: [tag, ...((params.required as string[] | undefined) ?? [])],
      properties: {
        [tag]: { const: type.name, description },
        ...(params.properties as Schema),
        ...common,
      },
    };
  }
}

const request: Schema = {
  type: "object",
  description:
    "Request parameters as the chat completions API names them: temperature, top_p, max_completion_tokens, response_format, tools, reasoning_effort, top_logprobs and so on.",
};

const dataset: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["path"],
  properties: {
    path: {
      type: "string",
      minLength: 1,
      file: true,
      description: "A JSON Lines file, one item a line; relative to the spec and inside the project.",
    },
    id: { type: "string", minLength: 1, default: "id", description: "The column that identifies an item." },
  },
};

const prompt: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["messages"],
  properties: {
    description: { type: "string", description: "What the prompt is for." },
    request: { ...request, default: {} },
    messages: {
      type: "array",
      minItems: 1,
      description: "Messages whose text is Handlebars over item, metadata and sample.",
      items: {
        type: "object",
        additionalProperties: false,
        properties: {
          role: {
            enum: ["system", "developer", "user", "assistant", "tool"],
            description: "Who speaks.",
          },
          content: {
            type: ["string", "array"],
            items: {
              type: "object",
              required: ["type"],
              properties: { type: { type: "string", description: "The kind of part, such as text." } },
            },
            description: "A template, or content parts whose texts are templates.",
          },
          from: { type: "string", description: "A path such as item.messages: splices a conversation in." },
        },
        oneOf: [{ required: ["from"] }, { required: ["role", "content"] }],
      },
    },
  },
};

const model: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["provider", "model"],
  properties: {
    description: { type: "string", description: "What the model is for." },
    provider: { type: "string", names: "provider", description: "An entry of providers." },
    model: { type: "string", minLength: 1, description: "The provider's name of the model." },
    request: { ...request, default: {} },
    price: {
      type: "object",
      additionalProperties: false,
      required: ["input", "output"],
      description:
        "US dollars per million tokens, where the provider's own list lacks the model or says otherwise.",
      properties: {
        input: usd("Input tokens."),
        output: usd("Output tokens, with those that it thinks in."),
        cached_input: usd("Input tokens that the provider had cached; by default what all others cost."),
        batch_input: usd("Input tokens in batches."),
        batch_output: usd("Output tokens in batches."),
      },
    },
  },
};

function usd(description: string): Schema {
  return { type: "number", minimum: 0, description };
}

/** Parameters that every step has. */
export const stepProperties: Schema = {
  description: { type: "string", description: "What the step is for." },
  after: {
    type: "array",
    items: { type: "string" },
    description: "Steps that must be done before; orders only.",
  },
  requires: {
    type: "array",
    items: { type: "string" },
    description: "Steps whose verdict must be pass, or this one is skipped.",
  },
  execution: {
    type: "object",
    additionalProperties: false,
    description: "How the step is carried out; never changes what it gives.",
    properties: {
      concurrency: {
        type: "integer",
        minimum: 1,
        maximum: 1024,
        default: 16,
        description: "Requests under way at once.",
      },
      timeout: {
        type: "number",
        exclusiveMinimum: 0,
        // Longer timers go off at once.
        maximum: 2147483,
        default: 600,
        description: "Seconds one attempt may take.",
      },
      retries: {
        type: "integer",
        minimum: 0,
        maximum: 20,
        default: 7,
        description: "Further attempts after the first; in batches, further batches.",
      },
      max_failed_rows: {
        type: "integer",
        minimum: 1,
        default: 20,
        description: "After so many rows without an answer nothing more is sent.",
      },
      deadline: {
        type: "number",
        exclusiveMinimum: 0,
        maximum: 2147483,
        description: "Seconds after which the step sends nothing more; by default it goes on to its end.",
      },
      mode: {
        enum: ["live", "batch"],
        default: "live",
        description:
          "batch: answers are handed in together and fetched within a day, for less, where the provider takes that.",
      },
    },
  },
};
