/** Names that clients use and the snapshots that they resolve to, as the API answers them. */
export const defaultModels: { readonly [name: string]: string } = {
  "gpt-4o": "gpt-4o-2024-08-06",
  "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
  "gpt-4.1": "gpt-4.1-2025-04-14",
  "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
  "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
  "gpt-5-mini": "gpt-5-mini-2025-08-07",
  "o4-mini": "o4-mini-2025-04-16",
};

/** The snapshot that a model name stands for; undefined where there is no such model. */
export function resolveModel(models: { readonly [name: string]: string }, name: string): string | undefined {
  if (Object.hasOwn(models, name)) return models[name];
  return Object.values(models).includes(name) ? name : undefined;
}

/** True for models that think first and refuse the sampling parameters. */
export function isReasoningModel(name: string): boolean {
  return /^(o\d|gpt-5)/.test(name);
}
