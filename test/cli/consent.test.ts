import { describe, expect, it } from "vitest";
import { askConsent, type Payer } from "../../src/cli/consent.ts";
import type { Sending } from "../../src/cli/model-book.ts";
import { exactly } from "../../src/runner/money/range.ts";
import { paidProject } from "./paid-project.ts";

const sending: Sending = {
  model: "teacher",
  requests: exactly(200),
  inputTokens: { low: 40_000, high: 44_000 },
  outputTokens: { low: 3000, high: 5000 },
  usd: { low: 1.2, high: 1.84 },
  billed: true,
  priced: true,
  batchPriced: true,
  waiting: 0,
  spec: "spec.yaml",
  asOf: "2026-06-04",
  basis: "history",
  seen: undefined,
};

describe("consent at a terminal", () => {
  it("is asked for with what is sent and what it costs", async () => {
    const payer = scriptedPayer("y");
    await askConsent([sending], payer);
    expect(payer.said).toMatchInlineSnapshot(`
      [
        "To send: 200 requests to teacher with 40,000 … 44,000 tokens, 3,000 … 5,000 back.",
        "Spend about $1.20 … $1.90? [y/N] ",
      ]
    `);
  });

  it.each(["y", "Y", "yes", " y "])("is given by %j", async (answer) => {
    await expect(askConsent([sending], scriptedPayer(answer))).resolves.toBeUndefined();
  });

  it.each(["", "n", "no", "yep", "yes please"])("is not given by %j", async (answer) => {
    await expect(askConsent([sending], scriptedPayer(answer))).rejects.toMatchObject({ code: 4 });
  });

  it("is asked for also where the cost is not known, and says so", async () => {
    const payer = scriptedPayer("n");
    await expect(askConsent([{ ...sending, usd: undefined, priced: false }], payer)).rejects.toThrow();
    expect(payer.said.at(-1)).toBe("Spend what is not known? [y/N] ");
    expect(payer.said.join("\n")).toContain("say it under models.teacher.price");
  });

  it.each([
    [1.5, sending, "Spend up to $1.50, the limit? [y/N] "],
    [1.5, { ...sending, usd: undefined }, "Spend up to $1.50, the limit? [y/N] "],
    [5, sending, "Spend about $1.20 … $1.90? [y/N] "],
  ])("names a limit of $%d where that is what holds", async (limit, one, question) => {
    const payer = scriptedPayer("y");
    await askConsent([one], payer, limit);
    expect(payer.said.at(-1)).toBe(question);
  });

  it("is not asked for where nothing is sent, or nobody sends a bill", async () => {
    const payer = scriptedPayer("n");
    await askConsent([], payer);
    await askConsent([{ ...sending, billed: false }], payer);
    expect(payer.said).toEqual([]);
  });
});

describe("consent where nobody is at a terminal", () => {
  it("is refused with what it would cost, before anything is sent", async () => {
    const project = await paidProject();
    const { code, stderr } = await project.distill(["run", "spec.yaml"]);
    expect(code).toBe(4);
    expect(stderr).toMatchInlineSnapshot(`
      "this would spend money, and nobody is here to be asked. To send: 60 requests to teacher with 1,100 … 1,900 tokens. To spend: not known for teacher before 20 answers came: distill run spec.yaml --sample 20 asks so many.
      --yes lets it, and --max-cost USD bounds it
      "
    `);
    expect(project.arrived()).toBe(0);
  });

  it("is not needed where everything is kept, frozen or not", async () => {
    const project = await paidProject();
    await project.distill(["run", "spec.yaml", "--yes"]);
    project.arrived();
    expect((await project.distill(["run", "spec.yaml"])).code).toBe(0);
    expect((await project.distill(["run", "spec.yaml", "--frozen"])).code).toBe(0);
    expect(project.arrived()).toBe(0);
  });

  it("is not needed by a step whose answers are kept, although it has to run", async () => {
    const project = await paidProject();
    await project.distill(["run", "spec.yaml", "--yes"]);
    expect((await project.distill(["run", "spec.yaml", "--force", "capture"])).code).toBe(0);
  });

  it("is not needed for a server without a key on this machine", async () => {
    const project = await paidProject({ key: false, model: "request: {}" });
    const { code, stdout } = await project.distill(["run", "spec.yaml"]);
    expect(code).toBe(0);
    expect(project.arrived()).toBe(60);
    expect(stdout).toContain("60 requests");
  });

  it("is not needed for steps that are left out", async () => {
    const project = await paidProject({
      steps: `  parts: { uses: split, rows: items, into: { few: 0.2, test: 0.8 } }
  capture: { uses: generate, rows: parts.test, prompt: route, model: teacher }
`,
    });
    expect((await project.distill(["run", "spec.yaml", "--only", "parts"])).code).toBe(0);
  });
});

function scriptedPayer(answer: string): Payer & { readonly said: string[] } {
  const said: string[] = [];
  return {
    said,
    yes: false,
    tell: (line) => void said.push(line),
    async ask(question) {
      said.push(question);
      return answer;
    },
  };
}
