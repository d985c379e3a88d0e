import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

/** Sources by their path from the project's folder, with `/`. */
export type Sources = ReadonlyMap<string, string>;

/** One import of a file. */
export interface Import {
  /** A source's path, or a package's name. */
  readonly target: string;
  /** True where the target is a file of ours. */
  readonly isOurs: boolean;
  /** `type` is gone at run time, `lazy` is `import()`. */
  readonly kind: "static" | "lazy" | "type";
}

/** Reads every TypeScript file below a folder. */
export function readSources(root: string, folder: string): Sources {
  if (!existsSync(posix.join(root, folder))) return new Map();
  return new Map(
    readdirSync(posix.join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
      .filter((path) => /\.tsx?$/.test(path))
      .sort()
      .map((path) => [path, readFileSync(posix.join(root, path), "utf8")]),
  );
}

/** The imports of a file. A scan, not a parse: the formatter keeps statements at the beginning of a line. */
export function readImports(path: string, text: string): readonly Import[] {
  const code = withoutComments(text);
  const found = [
    ...Array.from(
      code.matchAll(/^(?:import|export)\s+(type\b)?[^;"'`]*?\bfrom\s+["']([^"']+)["']/gm),
      (match) => ({
        name: match[2]!,
        kind: match[1] === undefined ? ("static" as const) : ("type" as const),
      }),
    ),
    ...Array.from(code.matchAll(/^import\s+["']([^"']+)["']/gm), (match) => ({
      name: match[1]!,
      kind: "static" as const,
    })),
    ...Array.from(code.matchAll(/(typeof\s+)?\bimport\(\s*["']([^"']+)["']/g), (match) => ({
      name: match[2]!,
      kind: match[1] === undefined ? ("lazy" as const) : ("type" as const),
    })),
  ];
  return found.map(({ name, kind }) =>
    name.startsWith(".")
      ? { target: posix.join(posix.dirname(path), name), isOurs: true, kind }
      : { target: packageOf(name), isOurs: false, kind },
  );
}

/** The text without comments; a `//` inside of a line, as in an address, stays. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

function packageOf(name: string): string {
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}
