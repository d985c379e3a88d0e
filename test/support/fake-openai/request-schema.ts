import { metadataSchema } from "./schemas.ts";

/** The body of `POST /v1/chat/completions`, as JSON Schema: every field that the API knows, and no other. */
export const requestSchema = {
  $id: "chat-completion-request",
  type: "object",
  required: ["model", "messages"],
  additionalProperties: false,
  properties: {
    model: { type: "string", minLength: 1 },
    messages: { type: "array", minItems: 1, items: { $ref: "#/definitions/message" } },
    metadata: metadataSchema,
    store: { type: ["boolean", "null"] },
    temperature: { type: ["number", "null"], minimum: 0, maximum: 2 },
    top_p: { type: ["number", "null"], minimum: 0, maximum: 1 },
    n: { type: ["integer", "null"], minimum: 1, maximum: 128 },
    stream: { type: ["boolean", "null"] },
    stream_options: object(
      { include_usage: { type: "boolean" }, include_obfuscation: { type: "boolean" } },
      [],
      {
        nullable: true,
      },
    ),
    stop: {
      anyOf: [{ type: "string" }, { type: "array", minItems: 1, maxItems: 4, items: { type: "string" } }],
    },
    max_completion_tokens: { type: ["integer", "null"], minimum: 1 },
    max_tokens: { type: ["integer", "null"], minimum: 1 },
    frequency_penalty: { type: ["number", "null"], minimum: -2, maximum: 2 },
    presence_penalty: { type: ["number", "null"], minimum: -2, maximum: 2 },
    seed: { type: ["integer", "null"], minimum: -9223372036854776000, maximum: 9223372036854776000 },
    logprobs: { type: ["boolean", "null"] },
    top_logprobs: { type: "integer", minimum: 0, maximum: 20 },
    logit_bias: {
      type: ["object", "null"],
      additionalProperties: { type: "integer", minimum: -100, maximum: 100 },
    },
    response_format: discriminated("type", {
      text: { fields: {}, required: [] },
      json_object: { fields: {}, required: [] },
      json_schema: {
        fields: {
          json_schema: object(
            {
              name: { $ref: "#/definitions/name" },
              description: { type: "string" },
              schema: { type: "object" },
              strict: { type: ["boolean", "null"] },
            },
            ["name"],
          ),
        },
        required: ["json_schema"],
      },
    }),
    tools: { type: "array", minItems: 1, maxItems: 128, items: { $ref: "#/definitions/tool" } },
    tool_choice: {
      if: { type: "string" },
      // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword.
      then: { enum: ["none", "auto", "required"] },
      else: discriminated("type", {
        function: {
          fields: { function: object({ name: { type: "string" } }, ["name"]) },
          required: ["function"],
        },
        custom: { fields: { custom: object({ name: { type: "string" } }, ["name"]) }, required: ["custom"] },
        allowed_tools: {
          fields: {
            allowed_tools: object(
              { mode: { enum: ["auto", "required"] }, tools: { type: "array", items: { type: "object" } } },
              ["mode", "tools"],
            ),
          },
          required: ["allowed_tools"],
        },
      }),
    },
    parallel_tool_calls: { type: "boolean" },
    functions: {
      type: "array",
      minItems: 1,
      maxItems: 128,
      items: object(
        {
          name: { $ref: "#/definitions/name" },
          description: { type: "string" },
          parameters: { type: "object" },
        },
        ["name"],
      ),
    },
    function_call: {
      if: { type: "string" },
      // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword.
      then: { enum: ["none", "auto"] },
      else: object({ name: { type: "string" } }, ["name"]),
    },
    reasoning_effort: { enum: ["none", "minimal", "low", "medium", "high", "xhigh", "max", null] },
    verbosity: { enum: ["low", "medium", "high", null] },
    service_tier: { enum: ["auto", "default", "flex", "scale", "priority", "fast", null] },
    modalities: { type: ["array", "null"], minItems: 1, items: { enum: ["text", "audio"] } },
    audio: object(
      {
        voice: { type: "string" },
        format: { enum: ["wav", "aac", "mp3", "flac", "opus", "pcm16"] },
      },
      ["voice", "format"],
      { nullable: true },
    ),
    prediction: object(
      { type: { const: "content" }, content: { $ref: "#/definitions/text" } },
      ["type", "content"],
      {
        nullable: true,
      },
    ),
    web_search_options: object(
      {
        search_context_size: { enum: ["low", "medium", "high"] },
        user_location: object(
          {
            type: { const: "approximate" },
            approximate: object({
              country: { type: "string" },
              region: { type: "string" },
              city: { type: "string" },
              timezone: { type: "string" },
            }),
          },
          ["type", "approximate"],
          { nullable: true },
        ),
      },
      [],
    ),
    user: { type: "string" },
    safety_identifier: { type: ["string", "null"], maxLength: 64 },
    prompt_cache_key: { type: ["string", "null"] },
    prompt_cache_retention: { enum: ["in_memory", "24h", null] },
    prompt_cache_options: object({ ttl: { const: "30m" }, mode: { enum: ["implicit", "explicit"] } }),
    moderation: object(
      {
        model: { type: "string" },
        policy: object(
          { input: { $ref: "#/definitions/moderation" }, output: { $ref: "#/definitions/moderation" } },
          [],
          { nullable: true },
        ),
      },
      ["model"],
      { nullable: true },
    ),
  },
  definitions: {
    name: { type: "string", pattern: "^[a-zA-Z0-9_-]{1,64}$" },
    author: { type: "string", maxLength: 64, pattern: "^[^\\s<|\\\\/>]+$" },
    moderation: object({ mode: { enum: ["score", "block"] } }, ["mode"], { nullable: true }),
    breakpoint: object({ mode: { const: "explicit" } }, ["mode"]),
    textPart: object(
      {
        type: { const: "text" },
        text: { type: "string" },
        prompt_cache_breakpoint: { $ref: "#/definitions/breakpoint" },
      },
      ["type", "text"],
    ),
    text: textOr({ $ref: "#/definitions/textPart" }),
    message: discriminated("role", {
      system: {
        fields: { content: { $ref: "#/definitions/text" }, name: { $ref: "#/definitions/author" } },
        required: ["content"],
      },
      developer: {
        fields: { content: { $ref: "#/definitions/text" }, name: { $ref: "#/definitions/author" } },
        required: ["content"],
      },
      user: {
        fields: {
          content: textOr(
            discriminated("type", {
              text: part("text", { type: "string" }),
              image_url: part(
                "image_url",
                object(
                  {
                    url: {
                      type: "string",
                      pattern: "^(https?://[^\\s]+|data:image/[a-z+.-]+;base64,[\\w+/=-]+)$",
                    },
                    detail: { enum: ["auto", "low", "high"] },
                  },
                  ["url"],
                ),
              ),
              input_audio: part(
                "input_audio",
                object({ data: { type: "string", minLength: 1 }, format: { enum: ["wav", "mp3"] } }, [
                  "data",
                  "format",
                ]),
              ),
              file: part("file", {
                ...object({
                  filename: { type: "string" },
                  file_data: { type: "string" },
                  file_id: { type: "string" },
                }),
                anyOf: [{ required: ["file_id"] }, { required: ["filename", "file_data"] }],
              }),
            }),
          ),
          name: { $ref: "#/definitions/author" },
        },
        required: ["content"],
      },
      assistant: {
        fields: {
          content: {
            if: { type: "null" },
            // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword.
            then: true,
            else: textOr(
              discriminated("type", {
                text: part("text", { type: "string" }),
                refusal: { fields: { refusal: { type: "string" } }, required: ["refusal"] },
              }),
            ),
          },
          refusal: { type: ["string", "null"] },
          name: { $ref: "#/definitions/author" },
          audio: object({ id: { type: "string" } }, ["id"], { nullable: true }),
          tool_calls: {
            type: "array",
            minItems: 1,
            items: discriminated("type", {
              function: {
                fields: {
                  id: { type: "string", minLength: 1 },
                  function: object({ name: { $ref: "#/definitions/name" }, arguments: { type: "string" } }, [
                    "name",
                    "arguments",
                  ]),
                },
                required: ["id", "function"],
              },
              custom: {
                fields: {
                  id: { type: "string", minLength: 1 },
                  custom: object({ name: { type: "string" }, input: { type: "string" } }, ["name", "input"]),
                },
                required: ["id", "custom"],
              },
            }),
          },
          function_call: object(
            { name: { type: "string" }, arguments: { type: "string" } },
            ["name", "arguments"],
            { nullable: true },
          ),
        },
        required: [],
      },
      tool: {
        fields: { content: { $ref: "#/definitions/text" }, tool_call_id: { type: "string", minLength: 1 } },
        required: ["content", "tool_call_id"],
      },
      function: {
        fields: { content: { type: ["string", "null"] }, name: { $ref: "#/definitions/name" } },
        required: ["content", "name"],
      },
    }),
    tool: discriminated("type", {
      function: {
        fields: {
          function: object(
            {
              name: { $ref: "#/definitions/name" },
              description: { type: "string" },
              parameters: { type: "object" },
              strict: { type: ["boolean", "null"] },
            },
            ["name"],
          ),
        },
        required: ["function"],
      },
      custom: {
        fields: {
          custom: object(
            {
              name: { type: "string" },
              description: { type: "string" },
              format: discriminated("type", {
                text: { fields: {}, required: [] },
                grammar: {
                  fields: {
                    grammar: object({ definition: { type: "string" }, syntax: { enum: ["lark", "regex"] } }, [
                      "definition",
                      "syntax",
                    ]),
                  },
                  required: ["grammar"],
                },
              }),
            },
            ["name"],
          ),
        },
        required: ["custom"],
      },
    }),
  },
};

type Fields = { readonly [name: string]: unknown };

function object(properties: Fields, required: readonly string[] = [], options: { nullable?: boolean } = {}) {
  return {
    type: options.nullable ? ["object", "null"] : "object",
    properties,
    required,
    additionalProperties: false,
  };
}

/** A content part that holds one thing under its own name. */
function part(name: string, schema: unknown) {
  const fields = { [name]: schema, prompt_cache_breakpoint: { $ref: "#/definitions/breakpoint" } };
  return { fields, required: [name] };
}

function textOr(part: unknown) {
  return {
    if: { type: "array" },
    // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword.
    then: { minItems: 1, items: part },
    else: { type: "string" },
  };
}

function discriminated(
  property: string,
  variants: { readonly [value: string]: { readonly fields: Fields; readonly required: readonly string[] } },
) {
  return {
    type: "object",
    required: [property],
    properties: { [property]: { enum: Object.keys(variants) } },
    discriminator: { propertyName: property },
    oneOf: Object.entries(variants).map(([value, { fields, required }]) => ({
      properties: { [property]: { const: value }, ...fields },
      required,
      additionalProperties: false,
    })),
  };
}
