import { stringify } from "yaml";
import type { JsonObject } from "../runner/row.ts";
import { formatBytes, formatCounted, formatShare } from "../steps/format.ts";
import { describeAgreement, describeCascades, formatConfidence, formatInterval } from "./describe.ts";
import { code, escapeMarkdown, table } from "./markdown.ts";
import { formatExam } from "./report-exam.ts";
import { formatGaps } from "./report-record.ts";
import type { Answerer, CascadeResults, Exam, Results } from "./results.ts";

/** What a model card is drawn from. */
export interface ModelCard {
  /** The model's name in the spec. */
  readonly name: string;
  /** What was found on the whole spec. */
  readonly results: Results;
  /** Codes of languages; empty where nobody said. */
  readonly languages: readonly string[];
  /** Undefined where nobody said. */
  readonly license: string | undefined;
  /** The classifier that lies beside the card; undefined where a provider keeps the model. */
  readonly classifier: CardClassifier | undefined;
  /** The model that a provider serves: the model itself, or a cascade's first. */
  readonly served: Answerer | undefined;
  readonly cascade: CascadeResults | undefined;
  /** The spec's file, as it is called. */
  readonly spec: string;
  /** The lock's digest, hex; undefined where no lock stands for this model. */
  readonly lock: string | undefined;
}

/** A classifier as its card tells of it. */
export interface CardClassifier {
  /** Its name in the spec, which a cascade calls its first. */
  readonly model: string;
  readonly labels: readonly string[];
  /** sha256 of model.bin, hex. */
  readonly digest: string;
  /** The key of the step that trained it, hex. */
  readonly key: string;
  readonly step: string;
  /** The parameters of that step, with every default. */
  readonly params: JsonObject;
  /** What the step told of the training. */
  readonly facts: JsonObject;
  /** The provider's name of the base. */
  readonly base: string;
  readonly formats: readonly ModuleFormat[];
  /** The version of Unicode whose tables are in model.json. */
  readonly unicode: string;
  /** How many rows of the examination the test vectors hold. */
  readonly rows: number;
}

/** A language that a module is written in. */
export type ModuleFormat = "js" | "python";

/** A card in Markdown, with the header of Hugging Face's model cards (huggingface/hub-docs, modelcard.md). */
export function formatModelCard(card: ModelCard): string {
  const { name, results, classifier, served, cascade } = card;
  const exams = results.exams.filter(({ models }) => models.some((model) => model.name === name));
  const about = results.description === undefined ? "" : ` ${escapeMarkdown(results.description)}`;
  return `${[
    formatHeader(card, exams),
    `# ${escapeMarkdown(name)}`,
    `${describeKind(card)} Made with distill from the spec ${code(results.name)}.${about}`,
    ...(classifier === undefined ? [] : [formatUse(classifier, cascade)]),
    formatIntent(card, exams),
    ...(cascade === undefined ? [] : [formatDecision(cascade, classifier)]),
    formatFigures(exams, cascade),
    ...(classifier === undefined ? [] : [formatTraining(classifier)]),
    ...(served === undefined ? [] : [formatServed(served)]),
    formatOrigin(card),
    formatGaps({ ...results, exams }),
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

// The Hub refuses a base or dataset that is none of its own: those are told below, with their digests.
function formatHeader({ name, languages, license, classifier }: ModelCard, exams: readonly Exam[]): string {
  const base = classifier?.base;
  const task = classifier === undefined ? "other" : "text-classification";
  const results = exams.map((exam) => ({ task: { type: task }, ...indexExam(name, exam) }));
  const header = {
    ...(languages.length > 0 && { language: languages }),
    license: license ?? "unknown",
    library_name: "distill",
    ...(classifier !== undefined && { pipeline_tag: "text-classification" }),
    tags: ["distill", "distillation", ...(classifier === undefined ? [] : ["text-classification"])],
    ...(base !== undefined && /^[\w.-]+\/[\w.-]+$/.test(base) && { base_model: base }),
    ...(results.length > 0 && { "model-index": [{ name, results }] }),
  };
  return `---\n${stringify(header, { lineWidth: 0 })}---`;
}

function indexExam(name: string, exam: Exam): JsonObject {
  const { rate, low, high, labels } = exam.models.find((model) => model.name === name)!;
  const what = exam.agreesWith === undefined ? "passed" : `agreement with ${exam.agreesWith}`;
  const interval = `${formatConfidence(exam.confidence)} interval ${formatInterval({ low, high })} %`;
  return {
    dataset: { type: "private", name: exam.rows ?? "rows" },
    metrics: [
      {
        type: "pass_rate",
        name: `${exam.grader}, ${what} (${interval}, ${formatCounted(exam.items, "item")})`,
        value: percent(rate),
      },
      ...(labels === undefined
        ? []
        : [{ type: "f1", name: `${exam.grader}, macro-F1`, value: percent(labels.macro_f1) }]),
    ],
  };
}

function percent(share: number): number {
  return Number((100 * share).toFixed(2));
}

function describeKind({ classifier, cascade, served }: ModelCard): string {
  if (cascade !== undefined)
    return `A cascade: ${escapeMarkdown(cascade.first)} answers where it is sure, ${escapeMarkdown(cascade.fallback)} elsewhere.`;
  if (classifier !== undefined)
    return `A text classifier with ${formatCounted(classifier.labels.length, "label")}.`;
  return `A model that is asked by its name at a provider${served === undefined ? "" : ` of type ${code(served.provider)}`}.`;
}

function formatUse({ formats, rows }: CardClassifier, cascade: CascadeResults | undefined): string {
  const fields = [
    "label",
    "confidence",
    ...(cascade === undefined ? [] : ["keep"]),
    "probabilities",
    "output_text",
  ];
  const tested =
    rows === 0 ? "made-up texts" : `made-up texts and ${formatCounted(rows, "row")} of the examination`;
  const commands = [
    ...(formats.includes("js") ? ["node classify.mjs --test"] : []),
    ...(formats.includes("python") ? ["python3 classify.py --test"] : []),
  ];
  return [
    "## Use",
    ...(formats.includes("js")
      ? [
          fence(
            "js",
            `import { loadClassifier } from "./classify.mjs"; // Node 20.16 and later, Deno, Bun, browsers\n\nconst classify = await loadClassifier();\nconst { ${fields.join(", ")} } = classify("a text");`,
          ),
        ]
      : []),
    ...(formats.includes("python")
      ? [
          fence(
            "python",
            `from classify import load_classifier  # Python 3.8 and later, nothing to install\n\nclassify = load_classifier()\nanswer = classify("a text")  # a dict: ${fields.join(", ")}`,
          ),
        ]
      : []),
    `\`output_text\` is the answer as the pipeline has it. The text is that of the last user message of the prompt; its first 20,000 UTF-16 units are read.`,
    `Answers and probabilities are those of distill to the last bit. ${commands.map((command) => `\`${command}\``).join(" and ")} ${commands.length === 1 ? "shows" : "show"} that on ${tested}.`,
  ].join("\n\n");
}

function formatIntent({ classifier, languages }: ModelCard, exams: readonly Exam[]): string {
  const rows = [...new Set(exams.map(({ rows }) => rows ?? "rows"))]
    .map((one) => escapeMarkdown(one))
    .join(", ");
  const examined =
    exams.length === 0
      ? "It was not examined: nothing is known of how good it is."
      : `Texts like those that it was examined on (${rows}); of others nothing is known.`;
  return [
    "## Intended use",
    examined,
    ...(classifier === undefined
      ? []
      : [
          `It knows these labels and answers one of them to any text: ${classifier.labels.map(code).join(", ")}.`,
        ]),
    `Languages: ${languages.length === 0 ? "not recorded" : languages.map((one) => escapeMarkdown(one)).join(", ")}.`,
  ].join("\n\n");
}

function formatDecision(cascade: CascadeResults, classifier: CardClassifier | undefined): string {
  const { first, fallback, risk, rows, items, kept } = cascade;
  const names = { first: escapeMarkdown(first), fallback: escapeMarkdown(fallback) };
  const loss = {
    loss_to_teacher: `${names.first} answers itself and fails where ${names.fallback} would have passed`,
    served_failure: `${names.first} answers itself and fails`,
  }[risk.of];
  return [
    "## When to ask the fallback",
    classifier === undefined
      ? tellRule(cascade)
      : `${tellKeep(cascade)} The fallback is not part of this folder.`,
    `Promise: on at most ${formatShare(risk.max)} of all items ${loss}, with ${formatConfidence(risk.confidence)} confidence. The threshold was chosen on ${formatCounted(items, "item")}${rows === undefined ? "" : ` of ${escapeMarkdown(rows)}`}, of which it keeps ${formatShare(kept / items)}.`,
  ].join("\n\n");
}

function tellRule({ first, fallback, threshold }: CascadeResults): string {
  const names = { first: escapeMarkdown(first), fallback: escapeMarkdown(fallback) };
  return threshold === null
    ? `No threshold keeps the promise below: ${names.fallback} answers everything.`
    : `Where ${names.first} is sure to **${threshold}** or more its answer stands; elsewhere ask **${names.fallback}**.`;
}

function tellKeep({ first, fallback, threshold }: CascadeResults): string {
  const names = { first: escapeMarkdown(first), fallback: escapeMarkdown(fallback) };
  return threshold === null
    ? `No threshold keeps the promise below: \`keep\` is never true, and ${names.fallback} answers everything.`
    : `Where \`confidence\` is **${threshold}** or more, \`keep\` is true and the answer of ${names.first} stands; elsewhere ask **${names.fallback}**.`;
}

function formatFigures(exams: readonly Exam[], cascade: CascadeResults | undefined): string {
  if (exams.length === 0) return "";
  return [
    "## Figures",
    ...exams.flatMap((exam) => [
      formatExam(exam),
      ...describeAgreement(exam).map(escapeMarkdown),
      ...(cascade === undefined ? [] : describeCascades(exam).map(escapeMarkdown)),
    ]),
  ].join("\n\n");
}

function formatTraining({ model, base, step, params, facts, digest, unicode }: CardClassifier): string {
  const { examples, from, bytes, loss } = facts;
  return [
    "## How it was trained",
    `${escapeMarkdown(model)} is ${code(base)} trained on ${formatCounted(Number(examples), String(from).replace(/s$/, ""))}: hashed n-grams of words and characters under a softmax, with weights in 8 bits (${formatBytes(Number(bytes))}).${typeof loss === "number" ? ` Loss of the last epoch: ${loss.toFixed(3)}.` : ""}`,
    fence("yaml", stringify({ [step]: { uses: "train", ...params } }, { lineWidth: 0 }).trimEnd()),
    `\`model.bin\` has the sha256 \`${digest}\`. The tables in \`model.json\` are those of Unicode ${code(unicode)}.`,
  ].join("\n\n");
}

function formatServed({ provider, model, resolved }: Answerer): string {
  const answered = resolved.length === 0 ? "not recorded" : resolved.map(code).join(", ");
  return `## Where it is\n\nProvider type ${code(provider)}, name there ${code(model)}, answered as: ${answered}.`;
}

function formatOrigin({ name, results, spec, lock, classifier }: ModelCard): string {
  const { sources, answerers } = results;
  const key =
    classifier === undefined ? "" : `, step ${code(classifier.step)} with the key \`${classifier.key}\``;
  return [
    "## Where it comes from",
    lock === undefined
      ? `Spec ${code(spec)}${key}. No lock stands for ${escapeMarkdown(name)} as it is here: its figures are those of the store it came from.`
      : `Spec ${code(spec)}${key}, lock \`${lock}\`: \`distill verify\` recomputes every figure from spec, lock and evidence.`,
    ...(sources.length === 0
      ? []
      : [
          table(
            ["dataset", "file", "sha256"],
            sources.map((source) => [escapeMarkdown(source.name), code(source.path), code(source.digest)]),
          ),
        ]),
    ...(answerers.length === 0
      ? []
      : [
          table(
            ["model of the spec", "provider", "name there"],
            answerers.map((one) => [escapeMarkdown(one.name), escapeMarkdown(one.provider), code(one.model)]),
          ),
        ]),
  ].join("\n\n");
}

/** A block of code, whatever backticks are in it. */
function fence(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = "`".repeat(longest + 1);
  return `${marks}${language}\n${text}\n${marks}`;
}
