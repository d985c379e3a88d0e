import type { OpenAI } from "openai";
import { type Attempt, tryRepeatedly } from "../retry.ts";
import { normaliseBaseUrl } from "./base-url.ts";
import { describeFailure } from "./failure.ts";
import type { Transport } from "./transport.ts";

/** All of the API but chat completions, which are sent without the SDK: it takes longer than all the rest. */
export interface Api {
  /**
   * Does something with the SDK's client. With `retries`, what a passing fault broke is done again: for reading
   * alone, since what creates might create twice.
   * @throws RequestFailure whose cause is `{ status }`, the status undefined where no response came
   */
  call<T>(work: (client: OpenAI) => Promise<T>, options: CallOptions): Promise<T>;
}

/** How a call is made. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** Further attempts after the first. @defaultValue 0 */
  readonly retries?: number;
  /** The model that it is about, for what is said of a failure. */
  readonly model?: string;
}

/** What the SDK is opened with. */
export interface SdkOptions {
  readonly base_url: string | undefined;
  readonly origin: string;
  readonly keyName: string | undefined;
  readonly apiKey: string | undefined;
  readonly transport: Transport;
}

/** Opens the SDK over a transport when it is first called for. */
export function openApi(options: SdkOptions): Api {
  let opened: Promise<OpenAI> | undefined;
  return {
    async call(work, { signal, retries = 0, model }) {
      opened ??= openSdk(options);
      const client = await opened;
      return tryRepeatedly(() => attempt(() => work(client), { ...options, model, signal }), {
        retries,
        signal,
      });
    },
  };
}

async function attempt<T>(
  work: () => Promise<T>,
  context: SdkOptions & { readonly signal: AbortSignal; readonly model: string | undefined },
): Promise<Attempt<T>> {
  try {
    return { outcome: "answered", value: await work() };
  } catch (error) {
    context.signal.throwIfAborted();
    const failed = describeFailure(error, context);
    // The SDK's own error holds what the server wrote, untidied: a careless one repeats the key.
    const status = error instanceof Error && "status" in error ? error.status : undefined;
    return { ...failed, cause: { status } };
  }
}

/** The SDK's client. Everything that it would otherwise take from the environment is given, if only as null. */
export async function openSdk({ base_url, transport }: Pick<SdkOptions, "base_url" | "transport">) {
  const { OpenAI } = await import("openai");
  return new OpenAI({
    baseURL: normaliseBaseUrl(base_url),
    apiKey: "kept-by-the-transport",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: "off",
    maxRetries: 0,
    // The transport keeps the time, and says so in its own words.
    timeout: 2 ** 31 - 1,
    fetch: transport.fetch,
  });
}
