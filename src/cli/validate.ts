import { exit } from "./exit.ts";
import { findSpec } from "./find-spec.ts";
import { openSpec, planFile, type SpecOptions } from "./open-spec.ts";
import { Stop } from "./stop.ts";

/** `distill validate`. */
export async function validate(
  named: string | undefined,
  options: SpecOptions & { json?: boolean },
): Promise<void> {
  const file = findSpec(named);
  if (options.json === true) {
    const planning = await planFile(file, options);
    process.stdout.write(`${JSON.stringify({ valid: planning.ok, diagnostics: planning.diagnostics })}\n`);
    if (!planning.ok) throw new Stop(exit.usage);
    return;
  }
  const plan = await openSpec(file, options);
  const { nodes, spec } = plan;
  process.stdout.write(
    `${spec.document.file} is valid: ${spec.name}, ${nodes.length} ${nodes.length === 1 ? "step" : "steps"}.\n`,
  );
}
