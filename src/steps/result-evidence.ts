import type { Grade, JsonObject } from "../runner/row.ts";
import {
  type EvidenceAnswer,
  type EvidenceHeader,
  type EvidenceItem,
  readEvidenceHeader,
  readEvidenceItems,
} from "./evidence-lines.ts";
import type { AnswerUsage, ResultLine } from "./results.ts";

/**
 * Results as `evaluate` wrote them into evidence: ids and groups sealed, texts empty.
 * @throws StepFailure with the number of a line that is none
 */
export function readEvidenceResults(lines: readonly JsonObject[]): readonly ResultLine[] {
  const header = readEvidenceHeader(lines);
  return readEvidenceItems(lines, header).flatMap((item) =>
    header.models.flatMap(([, model], position) =>
      item.answers[position]!.map((answer, index) => toResult({ item, model, answer, index, header })),
    ),
  );
}

function toResult(options: {
  readonly item: EvidenceItem;
  readonly model: string;
  readonly answer: EvidenceAnswer;
  readonly index: number;
  readonly header: EvidenceHeader;
}): ResultLine {
  const { item, model, answer, index, header } = options;
  const usage = usageOf(answer);
  return {
    id: item.item,
    model,
    ...(item.group !== undefined && { group: item.group }),
    ...(item.slices && {
      slices: Object.fromEntries(
        Object.entries(header.slices!).map(([name, values], at) => [name, values[item.slices![at]!]!]),
      ),
    }),
    sample: {
      index,
      output_text: "",
      output_json: null,
      tool_calls: [],
      finish_reason: answer.finish ?? "stop",
      logprobs: null,
      ...(answer.by !== undefined && { served_by: answer.by }),
    },
    grades: Object.fromEntries(
      header.graders.map(([, grader], at) => [grader, gradeOf(answer, at, header.labels?.[grader])]),
    ),
    ...(usage && { usage }),
  };
}

function usageOf({ ms, usd, tokens }: EvidenceAnswer): AnswerUsage | undefined {
  if (ms === undefined) return undefined;
  return {
    latency_ms: ms,
    cost_usd: usd ?? null,
    input_tokens: tokens?.[0] ?? null,
    output_tokens: tokens?.[1] ?? null,
  };
}

function gradeOf(answer: EvidenceAnswer, at: number, labels: readonly string[] | undefined): Grade {
  const passed = answer.pass[at] === 1;
  const label = labels?.[answer.label?.[at] ?? -1];
  const expected = labels?.[answer.expected?.[at] ?? -1];
  return {
    score: answer.score?.[at] ?? Number(passed),
    passed,
    ...(label !== undefined && { label }),
    ...(expected !== undefined && { expected }),
    ...(answer.invalid?.[at] === 1 && { invalid: "" }),
  };
}
