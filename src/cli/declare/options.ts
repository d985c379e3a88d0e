/** Gathers an option that may be repeated: one value each time, so that it does not swallow the argument after it. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

/** A value that the spec declares. */
export const setOption = [
  "--set <name=value>",
  "set a value that the spec declares under vars: (may be repeated)",
  collect,
] as const;

/** Which spec, where the first argument is something else. */
export const specOption = ["--spec <file>", "the spec; by default the one in this folder"] as const;

/** Also where the provider keeps them. */
export const atProviderOption = [
  "--at-provider",
  "do it where their provider keeps them too: opens a connection",
] as const;

/** Whose providers are meant. */
export const providersOption = [
  "--spec <file>",
  "the spec that names the provider; by default the one in this folder",
] as const;

/** What a plan is compared with. */
export const againstOption = [
  "--against <rev>",
  "compare with a revision of git, with or without a store",
] as const;

/** Which steps. */
export const selectOption = [
  "--select <steps>",
  "only these: steps joined by commas, student+, +exam, state:modified+",
] as const;
