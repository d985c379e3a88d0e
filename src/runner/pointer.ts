/** Writes a JSON pointer (RFC 6901) for a path of keys and indices below another pointer. */
export function toPointer(path: readonly (string | number)[], below = ""): string {
  return below + path.map((name) => `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The keys and indices, as text, that a JSON pointer names. */
export function fromPointer(pointer: string): readonly string[] {
  const [, ...names] = pointer.split("/");
  return names.map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}
