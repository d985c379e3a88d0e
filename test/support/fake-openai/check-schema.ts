import { Ajv, type ErrorObject } from "ajv";
import { type ApiError, invalid } from "./api-error.ts";

/** A check of bodies against a JSON Schema, with the API's words for what is wrong. */
export function checkSchema<T>(schema: object): (body: unknown) => ApiError | undefined {
  const validate = ajv.compile<T>(schema);
  return (body) => (validate(body) ? undefined : errorOf(validate.errors?.[0]));
}

const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false, discriminator: true });

function errorOf(error: ErrorObject | undefined): ApiError {
  const path = (error?.instancePath ?? "")
    .slice(1)
    .replaceAll(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
  if (error?.keyword === "additionalProperties") {
    const name = [path, error.params.additionalProperty].filter(Boolean).join(".");
    return invalid(`Unknown parameter: '${name}'.`, name, "unknown_parameter");
  }
  if (error?.keyword === "required" && error.instancePath === "") {
    const name: string = error.params.missingProperty;
    return invalid(`Missing required parameter: '${name}'.`, name, "missing_required_parameter");
  }
  return invalid(`Invalid value for '${path || "body"}': ${error?.message}.`, path || null, "invalid_value");
}
