import { describe, expect, it } from "vitest";
import { cliRig } from "../support/cli-rig.ts";
import { paidProject } from "./paid-project.ts";

describe("what a plan says of money", () => {
  it("says what is not known, and how it can be", async () => {
    const project = await paidProject();
    const { stdout } = await project.distill(["plan", "spec.yaml"]);
    expect(stdout).toMatchInlineSnapshot(`
      "  capture  run     not run before   60 answers of teacher
        To send: 60 requests to teacher with 1,100 … 1,900 tokens. To spend: not known
        for teacher before 20 answers came: distill run spec.yaml --sample 20 asks so
        many.
      "
    `);
    expect(project.arrived()).toBe(0);
  });

  it("tells a range after a sample, which holds what the run then spends", async () => {
    const project = await paidProject();
    const sampled = await project.distill(["run", "spec.yaml", "--sample", "20", "--yes"]);
    expect(sampled).toMatchObject({ code: 0 });
    expect(sampled.stdout).toContain("Sampled: 20 answers, nothing written");
    expect(sampled.stdout).toContain("Next: distill plan spec.yaml now tells what the whole run costs");
    expect(project.arrived()).toBe(20);

    const planned = await project.json(["plan", "spec.yaml"]);
    const { low, high } = planned.spend_usd as { low: number; high: number };
    expect(planned.send).toMatchObject({
      requests: { low: 40, high: 40 },
      models: [{ model: "teacher", billed: true, known_from: "history", prices_as_of: null }],
    });
    const run = await project.json(["run", "spec.yaml", "--yes"]);
    expect(project.arrived()).toBe(40);
    expect(run).toMatchObject({ requests: 40 });
    expect(run.cost_usd).toBeGreaterThan(low);
    expect(run.cost_usd).toBeLessThan(high);
    expect(high / low).toBeLessThan(1.5);
  });

  it("counts tokens and goes by the limit where too few answers came, and says what would tell more", async () => {
    const limited = await paidProject({
      model: "price: { input: 2, output: 8 }, request: { max_completion_tokens: 50 }",
    });
    const before = await limited.json(["plan", "spec.yaml"]);
    await limited.distill(["run", "spec.yaml", "--sample", "2", "--yes"]);
    const after = await limited.json(["plan", "spec.yaml"]);
    expect(after.send).toMatchObject({ models: [{ requests: { low: 58, high: 58 }, known_from: "limit" }] });
    expect((after.spend_usd as Range).high).toBeLessThan((before.spend_usd as Range).high);

    const unlimited = await paidProject();
    await unlimited.distill(["run", "spec.yaml", "--sample", "2", "--yes"]);
    expect((await unlimited.distill(["plan", "spec.yaml"])).stdout.replace(/\s+/g, " ")).toMatch(
      /58 requests to teacher with [\d,]+ … [\d,]+ tokens\. To spend: not known for teacher before 20 answers came: distill run spec\.yaml --sample 20/,
    );
  });

  it("does not say that a sample came which did not, and goes on with the sample", async () => {
    const project = await paidProject({ faultScript: ["forbidden", "forbidden"] });
    const { code, stdout } = await project.distill(["run", "spec.yaml", "--sample", "2", "--yes"]);
    expect(code).toBe(1);
    expect(stdout).toContain("1 of 1 step not done, nothing written");
    expect(stdout).toContain("Next: distill run spec.yaml --sample 2 goes on from here");
    expect(stdout).not.toMatch(/Sampled|now tells/);
  });

  it("leaves out what waits in a batch, which is fetched without leave and within any limit", async () => {
    const project = await paidProject({
      batch: { durationMs: 6000 },
      steps:
        "  capture: { uses: generate, rows: items, prompt: route, model: teacher, execution: { mode: batch, deadline: 1 } }\n",
      model: "price: { input: 2, output: 8, batch_input: 1, batch_output: 4 }",
    });
    await project.distill(["run", "spec.yaml", "--yes"]);
    const planned = await project.distill(["plan", "spec.yaml"]);
    expect(planned.stdout.replace(/\s+/g, " ")).toContain(
      "To send: 0 requests to teacher, and 60 answers wait in a batch at the provider. To spend: nothing.",
    );
    const { send } = await project.json(["plan", "spec.yaml"]);
    expect(send).toMatchObject({ requests: { low: 0, high: 0 }, models: [{ waiting: 60 }] });

    project.write("spec.yaml", project.read("spec.yaml").replace(", deadline: 1", ""));
    const fetched = await project.distill(["run", "spec.yaml", "--max-cost", "0.000001"]);
    expect(fetched).toMatchObject({ code: 0 });
    expect(new Set(project.server.bought.values())).toEqual(new Set([1]));
  }, 60_000);

  it("says that a price names none for batches", async () => {
    const project = await paidProject({
      steps:
        "  capture: { uses: generate, rows: items, prompt: route, model: teacher, execution: { mode: batch } }\n",
      model: "price: { input: 2, output: 8 }, request: { max_completion_tokens: 50 }",
    });
    expect((await project.distill(["plan", "spec.yaml"])).stdout.replace(/\s+/g, " ")).toContain(
      "not known for teacher, which has no price for batches: say batch_input and batch_output under models.teacher.price",
    );
  });

  it("counts what will be sent to the request: what is kept, and what two steps share, is not", async () => {
    const project = await paidProject({
      steps: `  first: { uses: generate, rows: items, prompt: route, model: teacher, limit: 25 }
  second: { uses: generate, rows: items, prompt: route, model: teacher, limit: 40 }
  third: { uses: generate, rows: items, prompt: route, model: teacher, samples: 2 }
  others: { uses: generate, rows: items, prompt: route, model: other, limit: 10 }
`,
    });
    await project.distill(["run", "spec.yaml", "--only", "first", "--yes"]);
    project.arrived();
    const { send } = await project.json(["plan", "spec.yaml"]);
    expect(send).toMatchObject({
      requests: { low: 105, high: 105 },
      models: [
        { model: "teacher", requests: { low: 95, high: 95 } },
        { model: "other", requests: { low: 10, high: 10 } },
      ],
    });
    await project.distill(["run", "spec.yaml", "--yes"]);
    expect(project.arrived()).toBe(105);
  });

  it("bounds answers by max_completion_tokens before the first came", async () => {
    const project = await paidProject({
      model: "price: { input: 2, output: 8 }, request: { max_completion_tokens: 50 }",
    });
    const { stdout } = await project.distill(["plan", "spec.yaml"]);
    expect(stdout).toMatchInlineSnapshot(`
      "  capture  run     not run before   60 answers of teacher
        To send: 60 requests to teacher with 1,100 … 1,900 tokens, 0 … 3,000 back. To
        spend: $0.0023 … $0.028, its end by max_completion_tokens: distill run
        spec.yaml --sample 20 tells it better.
      "
    `);
  });

  it("names the model that has no price", async () => {
    const project = await paidProject({ model: "request: { max_completion_tokens: 50 }" });
    const { stdout } = await project.distill(["plan", "spec.yaml"]);
    expect(stdout).toMatchInlineSnapshot(`
      "  capture  run     not run before   60 answers of teacher
        To send: 60 requests to teacher with 1,100 … 1,900 tokens, 0 … 3,000 back. To
        spend: not known for teacher, which has no price: say it under
        models.teacher.price.
      "
    `);
  });

  it("says that the rows of a step are not known before those ahead of it have run", async () => {
    const project = await paidProject({
      steps: `  capture: { uses: generate, rows: items, prompt: route, model: teacher }
  sure: { uses: filter, rows: capture, rules: [{ name: sure, where: "size(sample.output_text) > 40" }] }
  again: { uses: generate, rows: sure, prompt: route, model: other }
`,
    });
    const { send } = await project.json(["plan", "spec.yaml"]);
    expect(send).toMatchObject({
      models: [
        { model: "teacher", requests: { low: 60, high: 60 } },
        { model: "other", requests: { low: 0, high: 60 } },
      ],
    });
  });

  it("tells about how many a split that has not run will leave", async () => {
    const project = await paidProject({
      steps: `  parts: { uses: split, rows: items, into: { few: 1, test: 3 } }
  capture: { uses: generate, rows: parts.test, prompt: route, model: teacher }
`,
    });
    const { requests } = (await project.json(["plan", "spec.yaml"])).send as { requests: Range };
    await project.distill(["run", "spec.yaml", "--yes"]);
    const sent = project.arrived();
    expect(requests.low).toBeLessThan(sent);
    expect(requests.high).toBeGreaterThan(sent);
    expect(requests.high - requests.low).toBeLessThan(30);
  });

  it.each([
    ["routed", { other: [60, 60], teacher: [0, 60] }],
    ["routed, teacher", { teacher: [60, 60], other: [60, 60] }],
  ])(
    "counts for %s a cascade's fallback as perhaps asked, unless it is asked anyway",
    async (models, sent) => {
      const project = await paidProject({ steps: cascade(models) });
      const { send } = await project.json(["plan", "spec.yaml", "--select", "exam"]);
      const told = (send as { models: { model: string; requests: Range }[] }).models;
      expect(
        Object.fromEntries(told.map(({ model, requests: { low, high } }) => [model, [low, high]])),
      ).toEqual(sent);
    },
  );
});

describe("what a run spends", () => {
  it("stops before the request that would pass the limit, and goes on from there", async () => {
    const project = await paidProject();
    await project.distill(["run", "spec.yaml", "--sample", "20", "--yes"]);
    project.arrived();
    const stopped = await project.distill(["run", "spec.yaml", "--yes", "--max-cost", "0.004"]);
    expect(stopped.code).toBe(4);
    expect(stopped.stdout).toContain("the limit in one run is $0.004");
    const sent = project.arrived();
    expect(sent).toBeGreaterThan(5);
    expect(sent).toBeLessThan(40);
    expect(Number(/spent \$([\d.]+) for/.exec(stopped.stdout)?.[1])).toBeLessThanOrEqual(0.004);

    expect((await project.distill(["run", "spec.yaml", "--yes"])).code).toBe(0);
    expect(project.arrived()).toBe(40 - sent);
  });

  it("keeps to the spec's own limit where that is smaller", async () => {
    const project = await paidProject();
    project.write(
      "spec.yaml",
      project.read("spec.yaml").replace("name: paid", "name: paid\nbudget: { max_usd: 0 }"),
    );
    const { code, stdout } = await project.distill(["run", "spec.yaml", "--yes", "--max-cost", "5"]);
    expect(code).toBe(4);
    expect(stdout).toContain("the limit in one run is $0:");
    expect(project.arrived()).toBe(0);
  });

  it("refuses under a limit what has no price", async () => {
    const project = await paidProject({ model: "request: {}" });
    const { code, stdout } = await project.distill(["run", "spec.yaml", "--yes", "--max-cost", "5"]);
    expect(code).toBe(4);
    expect(stdout).toContain("say it under models.teacher.price");
    expect(project.arrived()).toBe(0);
  });

  it.each(["much", "-1", "1e3", ""])("takes no %j for an amount", async (amount) => {
    const project = await paidProject();
    const { code, stderr } = await project.distill(["run", "spec.yaml", "--yes", "--max-cost", amount]);
    expect(code).toBe(2);
    expect(stderr).toContain("--max-cost takes US dollars such as 2.50");
  });

  it("writes into lock and report what answers cost when they were bought, whoever bought them", async () => {
    const project = await paidProject();
    const { cost_usd } = await project.json(["run", "spec.yaml", "--yes"]);
    expect(project.read("spec.lock")).toContain(
      `first_paid_usd: ${Number((cost_usd as number).toPrecision(6))}\n`,
    );
    expect(project.read("spec.report.md")).toMatch(
      /\| capture \| generate \| 60 answers of teacher \| \$0\.0\d+ \|/,
    );

    project.write("spec.yaml", project.read("spec.yaml").replace("capture:", "again:"));
    const before = project.read("spec.lock");
    const again = await project.json(["run", "spec.yaml"]);
    expect(again).toMatchObject({ cost_usd: 0, requests: 0 });
    expect(paidIn(project.read("spec.lock"))).toBe(paidIn(before));
    expect((await project.distill(["verify", "spec.yaml"])).code).toBe(0);
  });

  it("says that the cost is not recorded, and leaves it out of the lock, where there is no price", async () => {
    const project = await paidProject({ model: "request: {}" });
    const { stdout } = await project.distill(["run", "spec.yaml", "--yes"]);
    expect(stdout).toContain("60 requests sent, cost not recorded");
    expect(project.read("spec.lock")).not.toContain("first_paid_usd");
    expect(project.read("spec.report.md")).toContain("| 60 answers of teacher | not recorded |");
  });

  it("changes no key by another price or limit", async () => {
    const project = await paidProject();
    await project.distill(["run", "spec.yaml", "--yes"]);
    const lock = project.read("spec.lock");
    project.write(
      "spec.yaml",
      project
        .read("spec.yaml")
        .replaceAll("output: 8", "output: 80")
        .replace("name: paid", "name: paid\nbudget: { max_usd: 1 }"),
    );
    const again = await project.json(["run", "spec.yaml"]);
    expect(again).toMatchObject({ requests: 0, steps: [{ status: "cached" }] });
    expect(project.read("spec.lock")).toBe(lock);
  });

  it.each([
    ["", "by prices of"],
    [", request: { service_tier: flex }", "not known for teacher, which has no price"],
  ])("prices requests by what prompt and step ask for too: %j", async (request, expected) => {
    const rig = cliRig({
      ".git/HEAD": "ref: refs/heads/main\n",
      "items.jsonl": Array.from({ length: 3 }, (_, id) => `{"id":${id},"text":"mail"}\n`).join(""),
      "spec.yaml": `version: 1
name: listed
datasets: { items: { path: items.jsonl } }
prompts: { route: { messages: [{ role: user, content: "{{ item.text }}" }] } }
providers: { openai: { type: openai, api_key_env: OPENAI_API_KEY } }
models: { teacher: { provider: openai, model: gpt-4.1-mini, request: { max_completion_tokens: 50 } } }
steps: { capture: { uses: generate, rows: items, prompt: route, model: teacher${request} } }
`,
    });
    expect((await rig.distill(["plan", "spec.yaml"])).stdout.replace(/\s+/g, " ")).toContain(expected);
  });

  it("takes a server on this machine for one that is paid where the spec names a price", async () => {
    const project = await paidProject({ key: false });
    expect(await project.distill(["run", "spec.yaml"])).toMatchObject({ code: 4 });
    expect(project.arrived()).toBe(0);
    const free = await paidProject({ key: false, model: "price: { input: 0, output: 0 }" });
    expect(await free.distill(["run", "spec.yaml"])).toMatchObject({ code: 0 });
  });

  it("says what was spent at least where an attempt may have been billed without an answer", async () => {
    const project = await paidProject({ faultScript: ["truncated"] });
    const { stdout } = await project.distill(["run", "spec.yaml", "--yes"]);
    expect(stdout).toMatch(/spent at least \$0\.0\d+ for 61 requests/);
    const again = await paidProject({ faultScript: ["truncated"] });
    const run = await again.json(["run", "spec.yaml", "--yes"]);
    expect(run).toMatchObject({ cost_usd: null, requests: 61 });
    expect(run.cost_usd_at_least).toBeGreaterThan(0);
  });
});

interface Range {
  readonly low: number;
  readonly high: number;
}

function cascade(models: string): string {
  return `  tune: { uses: evaluate, rows: items, prompt: route, models: [other, teacher], graders: [some], limit: 5 }
  routed:
    uses: cascade
    first: other
    fallback: teacher
    results: tune
    grader: some
    risk: { of: loss_to_teacher, max: 0.1, confidence: 0.9 }
  exam: { uses: evaluate, rows: items, prompt: route, models: [${models}], graders: [some] }
`;
}

function paidIn(lock: string): string | undefined {
  return /first_paid_usd: (.*)/.exec(lock)?.[1];
}
