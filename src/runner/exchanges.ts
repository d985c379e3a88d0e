/** One request of a provider as it may be written down: nothing in it can be a secret. */
export interface WireRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Where it goes, such as `https://api.openai.com`. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  /** JSON as text, a form's parts, or nothing. */
  readonly body: string | readonly FormPart[] | undefined;
  /**
   * Which of several answers to this very request is meant, where a model is asked; never sent. It tells samples
   * of one item apart, whose requests are alike, in whatever order they come.
   */
  readonly draw?: { readonly occurrence: number; readonly sample: number } | undefined;
}

/** One part of a form: a field, or a file with its name. */
export interface FormPart {
  readonly name: string;
  readonly filename?: string;
  readonly content: string;
}

/** What came back. */
export interface WireResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** The exchanges of a run: served from a recording instead of the network, or written down as they happen. */
export type Exchanges =
  | {
      readonly mode: "replay";
      /** The recorded response to this request; the next one each time it is sent. @throws RequestFailure where none was recorded */
      find(request: WireRequest): WireResponse;
    }
  | {
      readonly mode: "record";
      /** Written durably before it returns. `secrets` are taken out of every text. */
      record(request: WireRequest, response: WireResponse, secrets: readonly string[]): void;
    };
