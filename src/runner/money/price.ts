/** What a model's tokens cost, US dollars per million. What is left out is not known. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Input tokens that the provider had cached; left out: they cost what all others do. */
  readonly cached_input?: number;
  /** Input and output tokens of requests that are handed in as batches. */
  readonly batch_input?: number;
  readonly batch_output?: number;
  /** Requests with more input tokens cost something else, which is not known. */
  readonly up_to_input_tokens?: number;
  /** The day of the list that it comes from, such as 2026-06-04; left out where the spec names the price. */
  readonly as_of?: string;
  /** The day on which the model goes, by that list. */
  readonly shutdown_date?: string;
}
