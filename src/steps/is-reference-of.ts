import type { ReferenceSource } from "../runner/step.ts";

/** Which model is meant. */
interface NamedModel {
  /** In the spec. */
  readonly name: string;
  /** As its provider calls it; undefined where no provider serves it. */
  readonly model: string | undefined;
}

/** True where references may be answers of this very model. Completions of any model are taken for the teacher's. */
export function isReferenceOf(
  source: ReferenceSource | undefined,
  { name, model }: NamedModel,
  teacher: string | undefined,
): boolean {
  switch (source?.from) {
    case undefined:
      return false;
    case "model":
      return source.name === name;
    case "stored":
      if (source.model === undefined) return name === teacher;
      return model !== undefined && isSame(source.model, model);
  }
}

/** A name and the version that it stands for, such as NAME-2025-04-14, are one model. */
function isSame(one: string, other: string): boolean {
  const undated = (name: string) => name.replace(/-\d{4}-\d{2}-\d{2}$/, "");
  return one === other || undated(one) === other || undated(other) === one;
}
