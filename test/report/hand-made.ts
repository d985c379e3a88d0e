import type { Exam, ExamModel, Results } from "../../src/report/results.ts";

const labels = {
  confusion: {
    labels: ["hardware", "network"],
    counts: [
      [280, 20],
      [31, 265],
    ],
    other: [0, 4],
  },
  macro_f1: 0.9139,
} as const;

/** A model with nothing special about it. */
export const plain: ExamModel = {
  name: "student",
  rate: 0.742,
  low: 0.7053,
  high: 0.7752,
  toTeacher: undefined,
  toBase: undefined,
  cascade: undefined,
  cost: { type: "nothing" },
  p50Ms: 0.0412,
  latency: undefined,
  truncated: { answers: 0, of: 600 },
  invalid: 0,
  labels: undefined,
};

const difference = {
  difference: -0.236,
  low: -0.272,
  high: -0.201,
  p: 1e-9,
  p_adjusted: 1e-9,
  only_this: 4,
  only_other: 146,
} as const;

/** An exam of four models. */
export const exam: Exam = {
  grouped: undefined,
  slices: [],
  step: "verdict",
  from: ["exam", "verdict"],
  grader: "correct",
  items: 600,
  rows: "test",
  confidence: 0.95,
  teacher: "teacher",
  base: "before",
  candidate: "routed",
  gapClosed: { share: 0.988, low: 0.961, high: 1.012 },
  gates: [
    { outcome: "pass", text: "routed is not worse than teacher by more than 3 points (−0.7, p = 0.002)" },
    {
      outcome: "undecided",
      text: "student is not shown to be better than before (+2.8, −1.1 … +6.7, p = 0.081)",
    },
    {
      outcome: "fail",
      text: "student is worse than teacher by more than 5 points (−23.6, −27.2 … −20.1) and this sentence is long",
    },
  ],
  models: [
    {
      ...plain,
      name: "teacher",
      rate: 0.978,
      low: 0.963,
      high: 0.987,
      cost: { type: "not recorded" },
      p50Ms: undefined,
      toBase: { ...difference, difference: 0.565, low: 0.52, high: 0.61 },
    },
    {
      ...plain,
      name: "before",
      rate: 0.413,
      low: 0.375,
      high: 0.453,
      toTeacher: { ...difference, difference: -0.565, low: -0.61, high: -0.52 },
    },
    {
      ...plain,
      toTeacher: difference,
      toBase: { ...difference, difference: 0.328, low: 0.29, high: 0.37 },
      labels,
    },
    {
      ...plain,
      name: "routed",
      rate: 0.972,
      low: 0.955,
      high: 0.982,
      cost: { type: "share", share: 0.71, of: "teacher" },
      p50Ms: undefined,
      cascade: { first: "student", fallback: "teacher", served: 174, answers: 600 },
      toTeacher: {
        difference: -0.007,
        low: -0.019,
        high: 0.004,
        p: 0.29,
        p_adjusted: 0.29,
        only_this: 2,
        only_other: 6,
      },
      toBase: { ...difference, difference: 0.558, low: 0.51, high: 0.6 },
      invalid: 2,
      labels,
    },
  ],
};

/** Everything that a run found, by hand. */
export const results: Results = {
  name: "helpdesk-router",
  description: undefined,
  verdict: "fail",
  exams: [exam],
  selections: [
    {
      step: "select",
      rows: 1880,
      kept: 1612,
      items: 1612,
      rules: [
        { name: "complete", dropped: 0, errors: 0 },
        { name: "sure", dropped: 241, errors: 3 },
        { name: "duplicates", dropped: 19, errors: 0 },
        { name: "leak", dropped: 8, errors: 0 },
      ],
    },
  ],
  looks: [{ rows: "test", times: 2, level: 0.05 / 6 }],
  cascades: [
    {
      quality: null,
      step: "routed",
      first: "student",
      fallback: "teacher",
      rows: "validation",
      risk: { of: "loss_to_teacher", max: 0.03, confidence: 0.95 },
      threshold: 0.82,
      items: 300,
      kept: 93,
      losses: 3,
      bound: 0.0257,
      curve: [
        { threshold: 0.99, kept: 4, losses: 0, p: 0.0001 },
        { threshold: 0.9, kept: 61, losses: 1, p: 0.0011 },
        { threshold: 0.825, kept: 93, losses: 3, p: 0.021 },
        { threshold: 0.815, kept: 97, losses: 5, p: 0.115 },
        { threshold: 0, kept: 300, losses: 71, p: 1 },
      ],
    },
  ],
  steps: [
    { id: "split", uses: "split", told: "3 splits of 1,000 items", key: "ab".repeat(32) },
    { id: "capture", uses: "generate", told: "1,880 answers of teacher", key: "cd".repeat(32) },
    { id: "publish", uses: "command", told: undefined, key: undefined },
  ],
  sources: [{ name: "pool", path: "data/pool.jsonl", digest: "ef".repeat(32) }],
  answerers: [{ name: "teacher", provider: "recorded", model: "recorded-llm", resolved: [] }],
};
