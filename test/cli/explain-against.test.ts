import { expect, it } from "vitest";
import { ranProject } from "./against-project.ts";

it("explain --against tells the ingredients now and then, and what lies behind them", async () => {
  const project = await ranProject();
  project.branch("rule");
  project.edit("distill.yaml", "<= 30", "<= 24");
  await project.distill(["run"]);
  const explained = async (step: string) =>
    (await project.distill(["explain", step, "--against", "main"])).stdout;
  const texts = [];
  for (const step of ["select", "student", "exam", "verdict", "capture"]) texts.push(await explained(step));
  for (const line of texts.join("").split("\n")) expect([...line].length).toBeLessThanOrEqual(80);
  expect(steady(texts.join("\n"))).toMatchInlineSnapshot(`
    "
    select runs because one thing changed since main.

      rule short   size(item.text) <= 30 → size(item.text) <= 24   distill.yaml:24
      rows, allow_empty: unchanged

    student runs because an input changed since main.

      rows   select.kept   ####… → ####…   36 → 21 rows
             └─ select: rule short   size(item.text) <= 30 → size(item.text) <= 24
                distill.yaml:24
      base, target, repeats, seed, trainer, hyperparameters: unchanged

    exam runs because an input changed since main.

      models   student   ####… → ####…
               └─ student: rows   select.kept   ####… → ####…   36 → 21 rows
                  └─ select: rule short
                     size(item.text) <= 30 → size(item.text) <= 24   distill.yaml:24
      rows, prompt, graders, samples, usage: unchanged

    verdict runs because 3 things changed since main.

      results     exam   ####… → ####…   87 rows
                  └─ exam: models   student   ####… → ####…
                     └─ student: rows   select.kept   ####… → ####…   36 → 21 rows
                        └─ select: rule short
                           size(item.text) <= 30 → size(item.text) <= 24
                           distill.yaml:24
      candidate   student   ####… → ####…
      look at the test rows   1 → 2
      teacher, base, gates, looks, multiplicity, confidence: unchanged

    capture is what it is in main: nothing it depends on changed.
    "
  `);
});

it("explain --against tells what is not known yet, what is new and what was renamed", async () => {
  const project = await ranProject();
  project.edit("distill.yaml", "<= 30", "<= 24");
  project.edit(
    "distill.yaml",
    "  before:",
    "  again: { uses: filter, rows: pool, rules: [{ name: a, where: 'true' }] }\n  before:",
  );
  const explained = async (step: string) =>
    (await project.distill(["explain", step, "--against", "main"])).stdout;
  expect(steady([await explained("exam"), await explained("again")].join("\n"))).toMatchInlineSnapshot(`
    "
    exam runs if what comes before it changes: student may change.

      models   student   ####… → not known yet
               └─ student: rows   select.kept   ####… → not known yet
                  └─ select: rule short
                     size(item.text) <= 30 → size(item.text) <= 24   distill.yaml:24
      rows, prompt, graders, samples, usage: unchanged

    again is new since main.
    "
  `);
});

it("explain tells the same of what the store has run", async () => {
  const project = await ranProject({ store: true });
  project.edit("distill.yaml", "<= 30", "<= 24");
  const before = await project.distill(["explain", "student"]);
  await project.distill(["run"]);
  const after = await project.distill(["explain", "student"]);
  expect(steady([before.stdout, after.stdout].join("\n"))).toMatchInlineSnapshot(`
    "
    student runs if what comes before it changes: its rows may change.

      rows   select.kept   ####… → not known yet
             └─ select: rule short   size(item.text) <= 30 → size(item.text) <= 24
                distill.yaml:24
      base, target, repeats, seed, trainer, hyperparameters: unchanged

    student ran because an input changed; it is kept now.

      rows   select.kept   ####… → ####…   36 → 21 rows
             └─ select: rule short   size(item.text) <= 30 → size(item.text) <= 24
                distill.yaml:24
      base, target, repeats, seed, trainer, hyperparameters: unchanged
    "
  `);
});

it("explain --json gives digests, rows and places", async () => {
  const project = await ranProject();
  project.edit("distill.yaml", "<= 30", "<= 24");
  await project.distill(["run"]);
  const { stdout } = await project.distill(["explain", "student", "--against", "main", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    step: "student",
    against: "main",
    state: "would-run",
    causes: [
      {
        text: "its rows change",
        input: {
          reference: "select.kept",
          before: { digest: expect.stringMatching(/^[0-9a-f]{64}$/), rows: expect.any(Number) },
          after: { digest: expect.stringMatching(/^[0-9a-f]{64}$/), rows: expect.any(Number) },
        },
        because: [{ step: "select", pointer: "/steps/select/rules/1/where", line: 24 }],
      },
    ],
    unchanged: expect.arrayContaining(["base", "target"]),
  });
});

// Digests change with every version of a step.
function steady(text: string): string {
  return `\n${text.replaceAll(/\b[0-9a-f]{4}…/g, "####…")}`;
}
