/** How deep arrays and objects may lie in one another; it also ends cycles. */
const maxDepth = 200;

/** Characters that JSON escapes, and lone surrogates, which it escapes too. */
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/;

/**
 * The one JSON text of a value, as in RFC 8785: keys in UTF-16 order, numbers and strings as `JSON.stringify`
 * writes them, no spaces. Fields that are undefined are left out; a lone surrogate is escaped rather than refused.
 * Throws a TypeError for what is not JSON: undefined, NaN, an infinity, a bigint, a function, a symbol, an
 * instance of a class, or nesting deeper than 200, such as a cycle.
 */
export function canonicalJson(value: unknown): string {
  return write(value, "", 0);
}

function write(value: unknown, key: string | number, depth: number): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      if (!Number.isFinite(value)) throw notJson(String(value), key);
      return String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (depth === maxDepth)
        throw new TypeError(`nested more than ${maxDepth} deep, which is not JSON here`);
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, key, depth + 1);
    default:
      throw notJson(value === undefined ? "undefined" : `a ${typeof value}`, key);
  }
}

function quote(text: string): string {
  // The test pays for short texts only, such as keys.
  return text.length > 30 || needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function writeArray(entries: readonly unknown[], depth: number): string {
  let json = "";
  for (let index = 0; index < entries.length; index += 1) {
    json += `${index === 0 ? "" : ","}${write(entries[index], index, depth)}`;
  }
  return `[${json}]`;
}

function writeObject(object: object, key: string | number, depth: number): string {
  if (!isPlain(object)) throw notJson(`a ${object.constructor?.name || "class instance"}`, key);
  const fields = object as { readonly [key: string]: unknown };
  let json = "";
  for (const name of sortedKeys(fields)) {
    const value = fields[name];
    if (value === undefined) continue;
    json += `${json === "" ? "" : ","}${quote(name)}:${write(value, name, depth)}`;
  }
  return `{${json}}`;
}

/** Most objects of a data set come with their keys in the same order, and a look is cheaper than a sort. */
function sortedKeys(fields: object): readonly string[] {
  const keys = Object.keys(fields);
  for (let index = 1; index < keys.length; index += 1) {
    if (keys[index - 1]! > keys[index]!) return keys.sort();
  }
  return keys;
}

/** True for `{}`, an object without prototype, and an object of another realm. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null;
}

function notJson(what: string, key: string | number): TypeError {
  return new TypeError(`${what}${key === "" ? "" : ` at ${JSON.stringify(key)}`} is not JSON`);
}
