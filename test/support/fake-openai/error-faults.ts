/** A fault that is an error of the API. */
export interface ErrorFault {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly message: string;
  /** Its own headers; a 429 without them takes those of the server's options. */
  readonly headers?: () => { readonly [name: string]: string };
}

/** Faults that are errors of the API, by kind. */
export const errorFaults: { readonly [kind: string]: ErrorFault | undefined } = {
  rate_limit: limit(),
  rate_limit_seconds: limit(() => ({ "retry-after": "1" })),
  // In whole seconds, so the pause may be shorter than one.
  rate_limit_date: limit(() => ({ "retry-after": new Date(Date.now() + 1000).toUTCString() })),
  rate_limit_bare: limit(() => ({})),
  request_timeout: serverError(408, "Request timed out."),
  conflict: serverError(409, "The request conflicts with another one."),
  server_error: serverError(500, "The server had an error while processing your request."),
  bad_gateway: serverError(502, "Bad gateway."),
  unavailable: serverError(503, "The engine is currently overloaded, please try again later."),
  gateway_timeout: serverError(504, "Gateway timeout."),
  overloaded: serverError(529, "Overloaded."),
  quota: {
    status: 429,
    type: "insufficient_quota",
    code: "insufficient_quota",
    message: "You exceeded your current quota.",
  },
  unauthorized: clientError(401, "invalid_api_key", "Incorrect API key provided."),
  forbidden: clientError(403, "unsupported_country_region_territory", "Country not supported."),
  not_found: clientError(404, "model_not_found", "The model does not exist or you have no access to it."),
};

function limit(headers?: ErrorFault["headers"]): ErrorFault {
  return {
    status: 429,
    type: "requests",
    code: "rate_limit_exceeded",
    message: "Rate limit reached.",
    ...(headers === undefined ? {} : { headers }),
  };
}

function serverError(status: number, message: string): ErrorFault {
  return { status, type: "server_error", code: null, message };
}

function clientError(status: number, code: string, message: string): ErrorFault {
  return { status, type: "invalid_request_error", code, message };
}
