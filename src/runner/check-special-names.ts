import { asStored } from "./as-stored.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Field } from "./fields.ts";
import { diagnose } from "./place.ts";
import type { Registry } from "./registry.ts";
import type { Spec } from "./spec.ts";
import { localStore } from "./spec-names.ts";

/** Faults of names that stand for more than an entry of their section, and of providers that are looked into in vain. */
export function checkSpecialNames(options: {
  readonly spec: Spec;
  readonly registry: Registry;
  readonly nodes: readonly { readonly id: string; readonly fields: readonly Field[] }[];
}): readonly Diagnostic[] {
  const { spec, registry, nodes } = options;
  return nodes.flatMap(({ id, fields }) =>
    fields.flatMap((field) => {
      const fault = field.keyword === "names" ? findFault(spec, registry, field) : undefined;
      return fault === undefined
        ? []
        : [diagnose(spec.document, { pointer: `/steps/${id}${field.pointer}`, ...fault })];
    }),
  );
}

function findFault(
  spec: Spec,
  registry: Registry,
  { argument, text }: Field,
): { readonly message: string; readonly hint: string } | undefined {
  if (argument === "prompt" && text === asStored && spec.prompts.has(text))
    return readTwoWays(text, "a stored completion's own messages", "prompts");
  if (argument !== "provider") return undefined;
  const provider = spec.providers.get(text);
  if (provider === undefined) return undefined;
  if (text === localStore) return readTwoWays(text, "the project's own store", "providers");
  return registry.providers.get(provider.type)?.completions === true
    ? undefined
    : {
        message: `providers of type ${provider.type} keep no completions`,
        hint: `from: ${localStore} reads those that this project has stored`,
      };
}

function readTwoWays(name: string, meaning: string, section: string) {
  return {
    message: `"${name}" is ${meaning}, and ${section} has one of that name too`,
    hint: `rename the one under ${section}`,
  };
}
