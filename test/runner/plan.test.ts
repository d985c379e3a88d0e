import { afterAll, describe, expect, test } from "vitest";
import type { Plan } from "../../src/runner/plan.ts";
import { type Edit, edited, openSpecFolder } from "../support/spec-folder.ts";

const specs = openSpecFolder();
afterAll(specs.close);

function plan(...edits: readonly Edit[]): Plan {
  const planning = specs.plan(edited(edits));
  if (!planning.ok) throw new Error(planning.diagnostics.map((one) => one.message).join("\n"));
  return planning.plan;
}

const node = (edits: readonly Edit[], id: string) => plan(...edits).byId.get(id)!;

describe("the plan of a good spec", () => {
  test("has every step after all that it needs", () => {
    const before = new Set<string>();
    for (const { id, needs } of plan().nodes) {
      for (const need of needs) expect(before).toContain(need);
      before.add(id);
    }
    expect(before.size).toBe(10);
  });

  test("has no step before what it needs, wherever the steps stand in the text", () => {
    const text = edited([]);
    const at = text.indexOf("  verdict:\n");
    const steps = text.indexOf("steps:\n") + "steps:\n".length;
    const moved = text.slice(0, steps) + text.slice(at) + text.slice(steps, at);
    const planning = specs.plan(moved);
    const ids = planning.ok ? planning.plan.nodes.map(({ id }) => id) : [];
    expect(ids.length).toBe(10);
    expect(ids.indexOf("verdict")).toBeGreaterThan(ids.indexOf("exam"));
    expect(planning.ok && planning.plan.byId.get("verdict")!.inputs).toEqual(
      plan().byId.get("verdict")!.inputs,
    );
  });

  test("says what each artifact parameter stands for, the main output where none is named", () => {
    expect(Object.fromEntries(node([], "select").references)).toEqual({
      capture: { from: "step", id: "capture", output: "rows", kind: "rows" },
      "split.test": { from: "step", id: "split", output: "test", kind: "rows" },
    });
    expect(Object.fromEntries(node([], "capture").references)).toEqual({
      pool: { from: "dataset", name: "pool" },
      teacher: { from: "model", name: "teacher" },
    });
  });

  test("fills in the spec's seed, the base's trainer, its hyperparameters and every default", () => {
    expect(node([], "split").params.seed).toBe(7);
    expect(node([], "student").params).toMatchObject({
      trainer: "classifier",
      seed: 7,
      hyperparameters: { n_epochs: 5 },
    });
    expect(node([], "routed").params.risk).toMatchObject({ confidence: 0.95 });
    expect(node([], "capture").execution).toEqual({
      concurrency: 4,
      timeoutMs: 600_000,
      retries: 7,
      maxFailedRows: 20,
      mode: "live",
      deadlineMs: undefined,
    });
  });

  test("takes a variable's value with its kind", () => {
    const planning = specs.plan(edited([]), { epochs: "9" });
    expect(planning.ok && planning.plan.byId.get("student")!.params.hyperparameters).toMatchObject({
      n_epochs: 9,
    });
  });
});

describe("after and requires", () => {
  test("order a step and give it nothing", () => {
    const edits: readonly Edit[] = [
      ["    uses: command\n", "    uses: command\n    after: [capture]\n    requires: [verdict]\n"],
    ];
    expect(node(edits, "export")).toMatchObject({ inputs: ["exam"], needs: ["exam", "capture", "verdict"] });
    const ids = plan(...edits).nodes.map(({ id }) => id);
    expect(ids.indexOf("export")).toBeGreaterThan(ids.indexOf("verdict"));
  });
});

describe("metadata that is read", () => {
  const read = (...edits: readonly Edit[]) => node(edits, "capture").metadataRead;

  test("is nothing where no text names any", () => {
    expect(read()).toEqual(new Set());
  });

  test("is what a rule downstream names, and not what a rule elsewhere names", () => {
    expect(
      read(["by: item.text", "by: item.text }\n      - { name: task, where: \"metadata.task == 'routing'\""]),
    ).toEqual(new Set(["task"]));
  });

  test("is all where a text reads the whole, and where a program gets the rows", () => {
    expect(read(["sample.finish_reason == 'stop'", "size(metadata) > 0"])).toBe("all");
    expect(read(["inputs: { exam: exam }", "inputs: { exam: exam, rows: capture }"])).toBe("all");
  });

  test("does not pass through results and models, which carry none", () => {
    // A program that gets exam sees all of exam, and nothing of what the models in it learnt from.
    expect(node([], "exam").metadataRead).toEqual(new Set());
    expect(node([], "export").metadataRead).toBe("all");
    expect(read()).toEqual(new Set());
  });
});

test("an empty dataset is no fault of the plan: what has no rows lacks no column", () => {
  specs.write("data/pool.jsonl", "");
  expect(specs.diagnose(edited([]))).toBe("");
});
