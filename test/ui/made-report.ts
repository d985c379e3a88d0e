import type { HtmlReport, ItemSet } from "../../src/report/html/data.ts";
import { createRandom } from "../../src/stats/random.ts";
import { exam, results } from "../report/hand-made.ts";

/** The hand-made results with all that not every run has, and so many items of their models. */
export function makeReport(count: number): HtmlReport {
  return {
    results: {
      ...results,
      exams: [{ ...exam, slices: [slice] }],
      cascades: results.cascades.map((cascade) => ({ ...cascade, quality })),
      looks: [{ rows: "test", times: 2, level: 0.05 / 6 }],
    },
    items: [makeItems(count)],
  };
}

const slice = {
  name: "department",
  values: [
    { value: "Finance", items: 412, models: exam.models },
    { value: "Legal", items: 21, models: exam.models.slice(1) },
  ],
};

const ends = [
  { sentShare: 0, quality: 0.74 },
  { sentShare: 1, quality: 0.98 },
] as const;

const quality = {
  points: [ends[0], { sentShare: 0.4, quality: 0.93 }, ends[1]],
  random: { points: ends, apgr: 0.5 },
  oracle: { points: [ends[0], { sentShare: 0.25, quality: 0.985 }, ends[1]], apgr: 0.88 },
  apgr: 0.72,
  cpt50: 0.26,
  cpt80: 0.41,
} as const;

const labels = ["hardware", "network"] as const;
const departments = ["Finance", "Sales", "Legal"] as const;

function makeItems(count: number): ItemSet {
  const random = createRandom(`items ${count}`);
  return {
    step: "exam",
    rows: "test",
    graders: [exam.grader],
    models: exam.models.map(({ name }) => name),
    total: count,
    items: Array.from({ length: count }, (_, at) => {
      const expected = labels[at % 2]!;
      return {
        id: `t${String(at + 1).padStart(5, "0")}`,
        slices: { department: departments[at % 3]! },
        messages: [
          { role: "system", content: "Route the ticket to the one team that resolves it. ".repeat(30) },
          { role: "user", content: `Ticket ${at + 1}: ${words(random, 40)}.` },
        ],
        metadata: { source: at % 5 === 0 ? "mail" : "chat" },
        answers: exam.models.map(({ name, rate }) => {
          const passed = random() < rate;
          const label = passed ? expected : labels[1 - (at % 2)]!;
          return {
            model: name,
            sample: 0,
            output_text: `{"team":"${label}","sure":${random().toFixed(4)},"why":"${words(random, 6)}"}`,
            finish_reason: "stop",
            grades: { [exam.grader]: { passed, score: passed ? 1 : 0, label, expected } },
          };
        }),
      };
    }),
  };
}

function words(random: () => number, count: number): string {
  return Array.from({ length: count }, () => vocabulary[Math.floor(random() * vocabulary.length)]).join(" ");
}

const vocabulary = (
  "printer laptop screen badge mailbox calendar password queue toner dock cable drive share backup phone " +
  "proxy update licence account meeting room login slow broken new lost moved since yesterday floor"
).split(" ");
