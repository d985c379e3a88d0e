import { asStored } from "./as-stored.ts";
import {
  type Change,
  type ChangeParts,
  compareIngredients,
  fieldAt,
  joinParts,
  partsOfChange,
} from "./explain-key.ts";
import type { Field } from "./fields.ts";
import { placeChange, placeOf } from "./place-change.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { fromPointer, toPointer } from "./pointer.ts";
import { localStore } from "./spec-names.ts";
import type { Trace, TracedStep } from "./trace-keys.ts";

/** One reason for a step to run, with the reasons behind it. */
export interface Cause extends ChangeParts {
  readonly step: string;
  readonly change: Change;
  /** The change in words: its parts in one. */
  readonly text: string;
  /** The field that refers to what changed; undefined where a plain parameter did, or what it named is gone. */
  readonly field: Field | undefined;
  /** Pointer in the spec of what changed; undefined where a content did. */
  readonly pointer: string | undefined;
  /** Line in the spec, from 1. */
  readonly line: number | undefined;
  /** The content that changed, where another step gave it. */
  readonly input: ChangedInput | undefined;
  /** Why the content changed, where a step gave it. */
  readonly because: readonly Cause[];
}

/** An input of a step of which the content changed. */
export interface ChangedInput {
  /** The reference, with the name of the output: `select.kept`. */
  readonly reference: string;
  /** The parameter that takes it. */
  readonly parameter: string;
  /** False where one of the two contents is not known yet: then it may turn out to be the same. */
  readonly certain: boolean;
  readonly before: KnownContent | undefined;
  readonly after: KnownContent | undefined;
}

/** What is known of a content. */
export interface KnownContent {
  /** sha256, hex. */
  readonly digest: string;
  /** Undefined where it has none. */
  readonly rows: number | undefined;
}

/**
 * The ingredients in which a step differs from what it was, each with its place in the spec; `deep`: with what lies
 * behind those that other steps give.
 */
export function findCauses(options: {
  readonly plan: Plan;
  readonly now: Trace;
  readonly before: Trace;
  readonly step: PlanNode;
  /** What the step was. */
  readonly past: TracedStep;
  readonly deep?: boolean;
}): readonly Cause[] {
  // Of a step that several ways lead to, the causes are told once.
  const told = new Set<string>();
  return find(options.step, options.past);

  function find(node: PlanNode, past: TracedStep): readonly Cause[] {
    const { plan, now, before } = options;
    told.add(node.id);
    const seen = new Set<Field>();
    const all = compareIngredients(past.ingredients, now.get(node.id)!.ingredients);
    // Another look at test rows only follows from other results.
    const changes = [
      ...all.filter(({ pointer }) => pointer !== "/look"),
      ...all.filter(({ pointer }) => pointer === "/look"),
    ];
    return changes.flatMap((change): readonly Cause[] => {
      const field = change.after === undefined ? undefined : fieldAt(node, change.pointer);
      const renamed = field === undefined ? undefined : namedAnew({ plan, node, field, old: past.node });
      const input =
        field === undefined || renamed !== undefined ? undefined : inputAt(node, field, past.node);
      // All that differs in one content is one difference.
      if (field !== undefined && seen.has(field)) return [];
      if (field !== undefined && (input ?? renamed) !== undefined) seen.add(field);
      const parts = renamed ?? partsOfChange(change, node, past.node);
      const place =
        renamed !== undefined
          ? placeOf(plan, `/steps/${node.id}${field!.pointer}`)
          : input === undefined
            ? placeChange(plan, node, change)
            : undefined;
      const [id = ""] = input?.reference.split(".") ?? [];
      const behind = told.has(id) ? undefined : plan.byId.get(id);
      const earlier = behind === undefined ? undefined : (before.get(id) ?? sameKey(before, now.get(id)!));
      return [
        {
          step: node.id,
          change,
          text: joinParts(parts),
          ...parts,
          field,
          pointer: place?.pointer,
          line: place?.line,
          input,
          because: options.deep === true && earlier !== undefined ? find(behind!, earlier) : [],
        },
      ];
    });
  }

  function inputAt(node: PlanNode, field: Field, old: PlanNode | undefined): ChangedInput | undefined {
    const reference = field.keyword === "artifact" ? node.references.get(field.text) : undefined;
    if (reference?.from !== "step") return undefined;
    const same =
      old?.fields.find(({ text }) => text === field.text) ??
      old?.fields.find(({ pointer }) => pointer === field.pointer);
    const found = old?.references.get(same?.text ?? "");
    const was = found?.from === "step" ? found : reference;
    const before = contentOf(options.before.get(was.id), was.output);
    const after = contentOf(options.now.get(reference.id), reference.output);
    const isOnly = Object.keys(options.plan.byId.get(reference.id)!.outputs).length === 1;
    return {
      reference: isOnly ? reference.id : `${reference.id}.${reference.output}`,
      parameter: field.pointer.split("/")[1]!,
      certain: before !== undefined && after !== undefined,
      before,
      after,
    };
  }
}

/** True where a cause lies in the step itself, or in what it names, and not in what comes before it. */
export function isOwn({ input, change }: Cause): boolean {
  return input === undefined && change.pointer !== "/look";
}

// A step, prompt or model that is named in the place of another one which is still there.
function namedAnew(options: {
  readonly plan: Plan;
  readonly node: PlanNode;
  readonly field: Field;
  readonly old: PlanNode | undefined;
}): ChangeParts | undefined {
  const { plan, node, field, old } = options;
  if (old === undefined || (field.keyword !== "artifact" && field.keyword !== "names")) return undefined;
  const path = fromPointer(field.pointer);
  const isListed = /^\d+$/.test(path.at(-1)!);
  const list = toPointer(isListed ? path.slice(0, -1) : path);
  const texts = ({ fields }: PlanNode) =>
    fields
      .filter(({ pointer }) => pointer === list || pointer.startsWith(`${list}/`))
      .map(({ text }) => text);
  const now = texts(node);
  const was = texts(old).filter((text) => !now.includes(text));
  const is = now.filter((text) => !texts(old).includes(text));
  const before = was[is.indexOf(field.text)];
  if (before === undefined || !isStillThere(plan, field, before)) return undefined;
  return { name: (isListed ? path.slice(0, -1) : path).join("."), before, after: field.text };
}

function isStillThere({ spec }: Plan, { keyword, argument }: Field, text: string): boolean {
  if (keyword === "names")
    switch (argument) {
      case "prompt":
        return text === asStored || spec.prompts.has(text);
      case "provider":
        return text === localStore || spec.providers.has(text);
      case "grader":
        return spec.graders.has(text);
      default:
        return true;
    }
  const [head = ""] = text.split(".");
  return [spec.datasets, spec.models, spec.steps].some((section) => section.has(head));
}

function sameKey(trace: Trace, step: TracedStep): TracedStep | undefined {
  return [...trace.values()].find(({ key }) => key === step.key);
}

function contentOf(step: TracedStep | undefined, output: string): KnownContent | undefined {
  const record = step?.manifest?.outputs[output];
  return record === undefined ? undefined : { digest: record.digest, rows: record.rows ?? undefined };
}
