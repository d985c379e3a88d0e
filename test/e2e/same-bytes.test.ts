import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliRig } from "../support/cli-rig.ts";

const examples = join(import.meta.dirname, "../../examples");

/** What is committed beside the example's spec, by path. */
function committed(folder: string): { readonly [path: string]: string } {
  const charts = readdirSync(join(folder, "distill.report")).map((name) => `distill.report/${name}`);
  return Object.fromEntries(
    ["distill.lock", "distill.evidence.jsonl", "distill.report.md", ...charts.sort()].map((path) => [
      path,
      readFileSync(join(folder, path), "utf8"),
    ]),
  );
}

describe("lock, evidence, report and charts keep their bytes", () => {
  it.each([
    { TZ: "Asia/Kolkata", LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" },
    { TZ: "America/St_Johns", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" },
  ])(
    "when the example runs from nothing in another folder, with $TZ and $LANG",
    { timeout: 60_000 },
    async (env) => {
      const rig = cliRig({}, examples);
      const { code, stderr } = await rig.distill(["run", "distill.yaml"], { env });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(committed(rig.folder)).toEqual(committed(examples));
    },
  );
});
