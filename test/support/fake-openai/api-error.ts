/** An error as the API answers it. */
export interface ApiError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  /** Beside those that every answer has. */
  readonly headers?: { readonly [name: string]: string };
}

/** A body or a query that is wrong at `param`. */
export function invalid(message: string, param: string | null, code: string | null = null): ApiError {
  return { status: 400, message, type: "invalid_request_error", param, code };
}

/** A request that is refused as a whole. */
export function refusal(status: number, message: string, code: string | null = null): ApiError {
  return { status, message, type: "invalid_request_error", param: null, code };
}

/** Nothing of this name is here. */
export function notFound(message: string, code: string | null = null): ApiError {
  return refusal(404, message, code);
}

/** True for an error, false for anything else that a handler may give. */
export function isApiError(value: object): value is ApiError {
  return "status" in value && "message" in value && "type" in value;
}
