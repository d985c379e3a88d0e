import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Diagnostic } from "./diagnostic.ts";
import { collectFields } from "./fields.ts";
import { diagnose } from "./place.ts";
import { isInside, resolveProjectPath } from "./project.ts";
import type { Registry } from "./registry.ts";
import type { Schema } from "./schema.ts";
import type { Spec } from "./spec.ts";
import { suggest } from "./suggest.ts";

/** No system opens a longer path. */
const maxLength = 4096;

/** Checks every path that a spec names, and gives the absolute paths of datasets by name. */
export function checkFiles(
  spec: Spec,
  registry: Registry,
  report: (diagnostic: Diagnostic) => void,
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, dataset] of spec.datasets) {
    const path = checkPath(spec, dataset.path, `/datasets/${name}/path`, report);
    if (path !== undefined) files.set(name, path);
  }
  const typed = [
    ...[...spec.providers].map(
      ([name, one]) => [`/providers/${name}`, registry.providers.get(one.type)?.params, one.params] as const,
    ),
    ...[...spec.graders].map(
      ([name, one]) => [`/graders/${name}`, registry.graders.get(one.type)?.params, one.params] as const,
    ),
    ...[...spec.steps].map(
      ([name, one]) => [`/steps/${name}`, registry.steps.get(one.uses)?.params, one.params] as const,
    ),
  ];
  for (const [base, schema, params] of typed)
    for (const field of schema === undefined ? [] : collectFields(schema as Schema, params))
      if (field.keyword === "file") checkPath(spec, field.text, base + field.pointer, report);
  return files;
}

function checkPath(
  spec: Spec,
  path: string,
  pointer: string,
  report: (diagnostic: Diagnostic) => void,
): string | undefined {
  const fault = (message: string, hint?: string) =>
    void report(diagnose(spec.document, { pointer, message, hint }));
  if (path.includes("\0") || path.length > maxLength) {
    fault(
      "this is no path",
      path.length > maxLength ? "it is too long" : "it holds a character that no path has",
    );
    return undefined;
  }
  const found = resolveProjectPath(spec.root, spec.file, path);
  if (!found.ok) {
    switch (found.reason) {
      case "absolute":
        fault(
          `${JSON.stringify(path)} is an absolute path`,
          "paths are relative to the spec and stay inside the project",
        );
        break;
      case "outside":
        fault(
          isInside(spec.root, resolve(dirname(spec.file), path))
            ? "a link on this path leads out of the project"
            : "this path leads out of the project",
          "a spec reads files of its own project only: copy the file in",
        );
        break;
      case "missing":
        fault(`there is no file ${path}`, nearby(spec.file, path));
        break;
    }
    return undefined;
  }
  if (!statSync(found.path).isFile()) {
    fault(`${path} is a folder, and this takes a file`);
    return undefined;
  }
  return found.path;
}

function nearby(specFile: string, path: string): string | undefined {
  const parts = path.split("/");
  const missing = parts.findIndex((_, i) => !existsSync(at(parts.slice(0, i + 1))));
  const folder = at(parts.slice(0, missing));
  if (missing < 0 || !statSync(folder).isDirectory()) return undefined;
  const near = suggest(parts[missing]!, readdirSync(folder));
  if (near !== undefined) return `did you mean "${parts.with(missing, near).join("/")}"?`;
  return missing < parts.length - 1
    ? `there is no folder ${parts.slice(0, missing + 1).join("/")}`
    : undefined;

  function at(way: readonly string[]): string {
    return resolve(dirname(specFile), way.join("/"));
  }
}
