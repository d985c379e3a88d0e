/** A small project: a teacher answers a pool, a rule selects, a second filter and an exam follow. */
export const greetings: { readonly [path: string]: string } = {
  "pool.jsonl": ["hi", "hello", "good morning", "hey", "welcome", "hi there, friend"]
    .map((text, i) => `${JSON.stringify({ id: `p${i}`, text, tone: i % 2 === 0 ? "warm" : "cool" })}\n`)
    .join(""),
  "exam.jsonl": ["yes", "no", "maybe"]
    .map((text, i) => `${JSON.stringify({ id: `e${i}`, text })}\n`)
    .join(""),
  "spec.yaml": `version: 1
name: greetings
seed: 1
datasets:
  pool: { path: pool.jsonl }
  exam: { path: exam.jsonl }
prompts:
  say:
    messages:
      - { role: user, content: "{{ item.text }}" }
providers:
  there: { type: scripted, address: here, identity: mine }
models:
  teacher: { provider: there, model: large }
  student: { provider: there, model: small }
graders:
  same: { type: string_check, input: "{{ sample.output_json.said }}", reference: "{{ item.text }}", operation: eq }
steps:
  capture: { uses: generate, rows: pool, prompt: say, model: teacher, metadata: { task: greeting } }
  select:
    uses: filter
    rows: capture
    rules:
      - { name: short, where: "size(item.text) < 8" }
  once:
    uses: filter
    rows: select
    rules:
      - { name: duplicates, dedupe: exact, by: item.text }
  judged: { uses: evaluate, rows: exam, prompt: say, models: [teacher, student], graders: [same] }
  verdict:
    uses: compare
    results: [judged]
    candidate: student
    gates:
      - { grader: same, min: 0.4 }
`,
};
