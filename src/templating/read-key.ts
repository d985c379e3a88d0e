/** The names that reach JavaScript's machinery rather than data: no path may hold one. */
const reservedKeys: ReadonlySet<string> = new Set([
  "__proto__",
  "constructor",
  "prototype",
  "__defineGetter__",
  "__defineSetter__",
  "__lookupGetter__",
  "__lookupSetter__",
]);

/** Whether a key is one that no path may hold. */
export function isReserved(key: string | number): boolean {
  return typeof key === "string" && reservedKeys.has(key);
}

/**
 * The value under a key, as plain data: a field of an object, an entry of an array, or the `length` of an array
 * or a string. Undefined where there is none, where it is inherited, or where only a getter could tell.
 */
export function readKey(holder: unknown, key: string | number): unknown {
  if (typeof holder === "string") return key === "length" ? holder.length : undefined;
  if (typeof holder !== "object" || holder === null || isReserved(key)) return undefined;
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}

/** What a value is, in words for a message: `a string`, `an array`, `null`. */
export function describeKind(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
