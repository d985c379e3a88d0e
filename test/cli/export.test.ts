import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { CliRig } from "../support/cli-rig.ts";
import { requirePython } from "../support/find-python.ts";
import { cascadeProject } from "./cascade-project.ts";
import { classifierProject, labels } from "./classifier-project.ts";

describe("distill export", () => {
  it("writes modules that say of a text what distill says, whatever the labels are", async (context) => {
    const rig = classifierProject();
    await rig.distill(["run"]);
    expect(await rig.distill(["export", "routed", "out"])).toEqual({
      code: 0,
      stdout: [
        "wrote out/README.md",
        "wrote out/model.bin",
        "wrote out/model.json",
        "wrote out/test-vectors.json",
        "wrote out/classify.mjs",
        "wrote out/classify.py",
        "",
      ].join("\n"),
      stderr: "",
    });
    const { loadClassifier } = await import(join(rig.folder, "out/classify.mjs"));
    const classify = await loadClassifier();
    const text = "a message about tea and rice";
    const asked = JSON.parse((await rig.distill(["ask", "routed", text, "--json"])).stdout);
    const small = JSON.parse((await rig.distill(["ask", "small", text, "--json"])).stdout);
    const answer = classify(text);
    expect(answer.output_text).toBe(small.output_text);
    expect(Object.keys(answer.probabilities).sort()).toEqual([...labels].sort());
    expect(answer).toMatchObject({
      confidence: asked.cascades[0].confidence,
      keep: asked.cascades[0].keeps,
    });

    const python = requirePython(context);
    expect(JSON.parse(python([join(rig.folder, "out/classify.py"), text], ""))).toEqual(answer);
    expect(python([join(rig.folder, "out/classify.py"), "--test"], "")).toMatch(
      /^(\d+) of \1 answers are the same to the last bit\n$/,
    );
  });

  it("puts no text of a row into the folder unless rows are asked for", async () => {
    const rig = classifierProject();
    await rig.distill(["run"]);
    await rig.distill(["export", "small", "out"]);
    await rig.distill(["export", "small", "told", "--rows", "3"]);
    const vectors = (folder: string) =>
      JSON.parse(rig.read(`${folder}/test-vectors.json`)).vectors as readonly { readonly text: string }[];
    expect(vectors("told").length).toBe(vectors("out").length + 3);
    expect(vectors("out").filter(({ text }) => text.includes("message"))).toEqual([]);
    expect(vectors("told").filter(({ text }) => /^message \d+ about \w+$/.test(text)).length).toBe(3);
  });

  it("tells in the self-test which answers differ, and exits with 1", async (context) => {
    const rig = classifierProject();
    await rig.distill(["run"]);
    await rig.distill(["export", "small", "out"]);
    const file = JSON.parse(rig.read("out/test-vectors.json"));
    file.vectors[0].confidence = 1 - file.vectors[0].confidence;
    rig.write("out/test-vectors.json", JSON.stringify(file));
    const { spawnSync } = await import("node:child_process");
    const count = file.vectors.length;
    const told = `differs: ""\n${count - 1} of ${count} answers are the same to the last bit\n`;
    const js = spawnSync(process.execPath, [join(rig.folder, "out/classify.mjs"), "--test"], {
      encoding: "utf8",
    });
    expect([js.status, js.stdout]).toEqual([1, told]);
    requirePython(context);
    const py = spawnSync("python3", ["-B", join(rig.folder, "out/classify.py"), "--test"], {
      encoding: "utf8",
    });
    expect([py.status, py.stdout]).toEqual([1, told]);
  });

  it.each([
    ["sample.output_json.sure", "rounded"],
    ["sample.output_json.chances[sample.output_json.topic]", "rounded"],
  ])("decides by %s as the cascade does", async (by, confidence) => {
    const rig = classifierProject(by);
    expect(await rig.distill(["run"])).toMatchObject({ code: 0 });
    expect(await rig.distill(["export", "routed", "out", "--format", "js"])).toMatchObject({ code: 0 });
    expect(JSON.parse(rig.read("out/model.json")).cascade).toMatchObject({ confidence, fallback: "teacher" });
    const { loadClassifier } = await import(join(rig.folder, "out/classify.mjs"));
    const text = "message about milk";
    const asked = JSON.parse((await rig.distill(["ask", "routed", text, "--json"])).stdout);
    expect((await loadClassifier())(text)).toMatchObject({
      confidence: asked.cascades[0].confidence,
      keep: asked.cascades[0].keeps,
    });
  });

  it("refuses a cascade whose expression no module can evaluate", async () => {
    const rig = classifierProject("sample.output_json.sure * 0.5");
    await rig.distill(["run"]);
    expect(await rig.distill(["export", "routed", "out"])).toEqual({
      code: 2,
      stdout: "",
      stderr:
        '"routed" decides by "sample.output_json.sure * 0.5", which only distill can evaluate\nexport its first model alone: distill export small\n',
    });
  });

  it("writes a card with the header of the Hub, whose words from the spec say just that", async () => {
    const rig = classifierProject();
    await rig.distill(["run"]);
    await rig.distill(["export", "small", "out", "--language", "en", "--license", "mit"]);
    const card = rig.read("out/README.md");
    expect(headerOf(card)).toMatchObject({
      language: ["en"],
      license: "mit",
      pipeline_tag: "text-classification",
      "model-index": [{ name: "small", results: [{ task: { type: "text-classification" } }] }],
    });
    expect(card).toContain("Sorts \\*messages\\*, and \\|pipes\\|.");
    const digest = /^digest: (\w+)$/m.exec(rig.read("distill.lock"))![1];
    expect(card).toContain(`lock \`${digest}\``);
  });

  it("says that no lock stands for a model where none does", async () => {
    const rig = classifierProject();
    await rig.distill(["run", "--only", "small"]);
    await rig.distill(["export", "small", "out"]);
    expect(rig.read("out/README.md")).toContain("No lock stands for small");
    expect(rig.read("out/README.md")).toContain("It was not examined");
  });

  it("writes the card and the name there of a model that a provider keeps", async () => {
    const rig = cascadeProject();
    await rig.distill(["run"]);
    expect(await rig.distill(["export", "routed", "out"])).toMatchObject({
      code: 0,
      stdout: "wrote out/README.md\nwrote out/model.json\n",
    });
    expect(JSON.parse(rig.read("out/model.json"))).toEqual({
      format: 1,
      name: "routed",
      provider: "recorded",
      model: "small",
      resolved: [],
      cascade: { name: "routed", first: "small", fallback: "teacher", threshold: 0.405 },
    });
    expect(withoutDigests(rig, "out/README.md")).toMatchInlineSnapshot(`
      "---
      license: unknown
      library_name: distill
      tags:
        - distill
        - distillation
      ---

      # routed

      A cascade: small answers where it is sure, teacher elsewhere. Made with distill from the spec \`inbox\`.

      ## Intended use

      It was not examined: nothing is known of how good it is.

      Languages: not recorded.

      ## When to ask the fallback

      Where small is sure to **0.405** or more its answer stands; elsewhere ask **teacher**.

      Promise: on at most 10.0 % of all items small answers itself and fails where teacher would have passed, with 90 % confidence. The threshold was chosen on 60 items of labelled, of which it keeps 66.7 %.

      ## Where it is

      Provider type \`recorded\`, name there \`small\`, answered as: not recorded.

      ## Where it comes from

      Spec \`distill.yaml\`, lock \`…\`: \`distill verify\` recomputes every figure from spec, lock and evidence.

      | dataset | file | sha256 |
      |---|---|---|
      | labelled | \`data/labelled.jsonl\` | \`…\` |

      | model of the spec | provider | name there |
      |---|---|---|
      | teacher | recorded | \`large\` |
      | small | recorded | \`small\` |
      "
    `);
  });

  it("overwrites nothing without --force", async () => {
    const rig = cascadeProject();
    rig.write("out/README.md", "mine");
    expect(await rig.distill(["export", "teacher", "out"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "out/README.md is there already\nnothing was written; --force writes over them\n",
    });
    expect(rig.read("out/README.md")).toBe("mine");
    expect(await rig.distill(["export", "teacher", "out", "--force"])).toMatchObject({ code: 0 });
    expect(rig.read("out/README.md")).toContain("# teacher");
  });

  it.each([
    [["rooted", "out"], 2, 'no model is called "rooted"\ndid you mean "routed"?\n'],
    [["routed", "out"], 1, '"routed" is not made yet: tune may change\ndistill run --only routed\n'],
    [["teacher", "out", "--format", "rust"], 2, '--format takes js, python or both, not "rust"\n'],
    [["teacher", "out", "--rows", "few"], 2, '--rows takes a number, not "few"\n'],
  ])("refuses %j", async (args, code, stderr) => {
    expect(await cascadeProject().distill(["export", ...args])).toEqual({ code, stdout: "", stderr });
  });
});

function headerOf(card: string): unknown {
  return parse(/^---\n(.*?)\n---\n/s.exec(card)![1]!);
}

function withoutDigests(rig: CliRig, path: string): string {
  return rig.read(path).replace(/[0-9a-f]{64}/g, "…");
}
