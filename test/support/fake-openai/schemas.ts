/** Metadata wherever the API takes some: 16 pairs, keys of 64 and values of 512 characters. */
export const metadataSchema = {
  type: ["object", "null"],
  maxProperties: 16,
  propertyNames: { maxLength: 64 },
  additionalProperties: { type: "string", maxLength: 512 },
};

const expirySchema = {
  type: "object",
  properties: {
    anchor: { const: "created_at" },
    seconds: { type: "integer", minimum: 3600, maximum: 2_592_000 },
  },
  required: ["anchor", "seconds"],
  additionalProperties: false,
};

/** The body of `POST /v1/chat/completions/{id}`. */
export const updateCompletionSchema = {
  type: "object",
  properties: { metadata: metadataSchema },
  required: ["metadata"],
  additionalProperties: false,
};

/** The form of `POST /v1/files`, its file as the name of the file. */
export const createFileSchema = {
  type: "object",
  properties: {
    file: { type: "string", minLength: 1 },
    purpose: { enum: ["batch", "fine-tune"] },
    expires_after: expirySchema,
  },
  required: ["file", "purpose"],
  additionalProperties: false,
};

/** The body of `POST /v1/batches`. */
export const createBatchSchema = {
  type: "object",
  properties: {
    input_file_id: { type: "string", minLength: 1 },
    endpoint: { const: "/v1/chat/completions" },
    completion_window: { const: "24h" },
    metadata: metadataSchema,
    output_expires_after: expirySchema,
  },
  required: ["input_file_id", "endpoint", "completion_window"],
  additionalProperties: false,
};

/** One line of a batch's input file; its body is checked on its own. */
export const batchLineSchema = {
  type: "object",
  properties: {
    custom_id: { type: "string", minLength: 1 },
    method: { const: "POST" },
    url: { const: "/v1/chat/completions" },
    body: { type: "object" },
  },
  required: ["custom_id", "method", "url", "body"],
  additionalProperties: false,
};
