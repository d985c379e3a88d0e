import { describe, expect, it, test } from "vitest";
import { code, escapeMarkdown } from "../../src/report/markdown.ts";
import { formatReport } from "../../src/report/report.ts";
import { widthOf } from "../../src/runner/cells.ts";
import { exam, plain, results } from "./hand-made.ts";

test("the report tells the verdict first, then everything that it stands on", () => {
  expect(formatReport(results)).toMatchInlineSnapshot(`
    "# distill: helpdesk-router ❌ FAIL

    - **PASS** routed is not worse than teacher by more than 3 points (−0.7, p = 0.002)
    - **UNDECIDED** student is not shown to be better than before (+2.8, −1.1 … +6.7, p = 0.081)
    - **FAIL** student is worse than teacher by more than 5 points (−23.6, −27.2 … −20.1) and this sentence is long

    routed answers 29 % of the traffic itself; student alone would lose 23.6 points.

    - test was looked at 2 times: gates are judged at 0.0083

    | correct, 600 test items | passed | 95 % interval | macro-F1 | cost / 1,000 |
    |---|--:|---|--:|---|
    | teacher | 97.8 % | 96.3 … 98.7 | – | not recorded |
    | before (base) | 41.3 % | 37.5 … 45.3 | – | 0 |
    | student | 74.2 % | 70.5 … 77.5 | 0.914 | 0 |
    | routed (candidate) | 97.2 % | 95.5 … 98.2 | 0.914 | 71 % of teacher |

    ## Differences: correct, 600 test items

    | on the same items | points | 95 % interval | McNemar | Holm | only the first | only the second |
    |---|--:|---|---|---|--:|--:|
    | before against teacher | −56.5 | −61.0 … −52.0 | p < 0.001 | p < 0.001 | 4 | 146 |
    | student against teacher | −23.6 | −27.2 … −20.1 | p < 0.001 | p < 0.001 | 4 | 146 |
    | routed against teacher | −0.7 | −1.9 … +0.4 | p = 0.290 | p = 0.290 | 2 | 6 |
    | student against before | +32.8 | +29.0 … +37.0 | p < 0.001 | p < 0.001 | 4 | 146 |
    | routed against before | +55.8 | +51.0 … +60.0 | p < 0.001 | p < 0.001 | 4 | 146 |

    routed closes 99 % (96 % … 101 %) of the gap between before and teacher.

    ## Selection: select

    1,612 of 1,880 rows kept, of 1,612 items.

    | rule | dropped | of these not evaluable | left |
    |---|--:|--:|--:|
    | all rows | – | – | 1,880 |
    | complete | 0 | – | 1,880 |
    | sure | 241 | 3 | 1,639 |
    | duplicates | 19 | – | 1,620 |
    | leak | 8 | – | 1,612 |

    ## Cascade: routed

    Promise: on at most 3.0 % of all items student answers itself and fails where teacher would have passed, with 95 % confidence.
    student answers itself where it is sure to 0.82 or more; teacher elsewhere.

    | rows | items | answered itself | lost |
    |---|--:|--:|---|
    | validation (chosen here) | 300 | 31.0 % | 3 (1.0 %), at most 2.6 % |
    | test | 600 | 29.0 % | 6 (1.0 %) |

    | threshold | answered itself | lost | p of too much risk |
    |--:|--:|---|---|
    | 0.99 | 4 (1 %) | 0 (0.0 %) | p < 0.001 |
    | 0.9 | 61 (20 %) | 1 (0.3 %) | p = 0.001 |
    | **0.82** | 93 (31 %) | 3 (1.0 %) | p = 0.021 |
    | 0.815 | 97 (32 %) | 5 (1.7 %) | p = 0.115 |
    | 0 | 300 (100 %) | 71 (23.7 %) | p = 1.000 |

    ## Who is taken for what: routed

    correct, 600 test items. Macro-F1 0.914.

    | expected ↓ answered → | 1 | 2 | none of these |
    |---|--:|--:|--:|
    | 1 \`hardware\` | **280** | 20 | · |
    | 2 \`network\` | 31 | **265** | 4 |

    ## Who is taken for what: student

    correct, 600 test items. Macro-F1 0.914.

    | expected ↓ answered → | 1 | 2 | none of these |
    |---|--:|--:|--:|
    | 1 \`hardware\` | **280** | 20 | · |
    | 2 \`network\` | 31 | **265** | 4 |

    ## What ran

    | step | type | what came of it | key |
    |---|---|---|---|
    | split | split | 3 splits of 1,000 items | \`abababababab\` |
    | capture | generate | 1,880 answers of teacher | \`cdcdcdcdcdcd\` |
    | publish | command | not done | – |

    | dataset | file | sha256 |
    |---|---|---|
    | pool | \`data/pool.jsonl\` | \`efefefefefef\` |

    | model | provider | name there | answered as |
    |---|---|---|---|
    | teacher | recorded | \`recorded-llm\` | not recorded |

    ## Not known

    - the cost of teacher
    - correct could not judge 2 of routed's answers: they count as not passed
    "
  `);
});

test("its first screen fits into 80 columns", () => {
  const screen = formatReport({ ...results, exams: [{ ...exam, gates: exam.gates.slice(0, 2) }] })
    .split("\n")
    .slice(0, 14)
    // A table is laid out by whoever shows it.
    .filter((line) => !line.startsWith("|"));
  expect(Math.max(...screen.map(widthOf))).toBeLessThanOrEqual(100);
});

test("the same results give the same bytes, and none of a latency", () => {
  const slower = { ...exam, models: exam.models.map((model) => ({ ...model, p50Ms: 99 })) };
  expect(formatReport({ ...results, exams: [slower] })).toBe(formatReport(results));
});

test("a run that compares and decides nothing still has a report", () => {
  const bare = {
    ...exam,
    gates: [],
    teacher: undefined,
    base: undefined,
    candidate: undefined,
    gapClosed: undefined,
    models: [plain],
  };
  const text = formatReport({
    ...results,
    verdict: null,
    exams: [bare],
    looks: [],
    selections: [],
    cascades: [],
  });
  expect(text).toMatch(/^# distill: helpdesk-router \(no verdict\)\n\n\| correct, 600 test items \|/);
});

test("foreign text stays text: no markup, HTML, link, mention, reference or command comes of it", () => {
  const hostile = [
    "<img src=x onerror=alert(1)>",
    "[click](javascript:x) ![p](http://evil.example/p.png)",
    "@someone #12 GH-3 www.evil.example https://evil.example",
    "a | b || c",
    "`x` ``y``",
    "# heading",
    "1. item",
    "- item",
    "::error::x",
    "line\n::error::two",
    "\u202eright to left\u001b[31m",
    "$x$ ~~gone~~ <!-- -->",
  ];
  expect(hostile.map(escapeMarkdown).join("\n")).toMatchInlineSnapshot(`
    "\\<img src=x onerror=alert(1)>
    \\[click\\](javascript:x) !\\[p\\](http<!-- -->://evil.example/p.png)
    @<!-- -->someone #<!-- -->12 GH-<!-- -->3 www<!-- -->.evil.example https<!-- -->://evil.example
    a \\| b \\|\\| c
    \\\`x\\\` \\\`\\\`y\\\`\\\`
    \\# heading
    \\1. item
    \\- item
    : :error::x
    line : :error::two
    \\\\u202eright to left\\\\x1b\\[31m
    \\$x\\$ \\~\\~gone\\~\\~ \\<!-- -->"
  `);
  expect(hostile.map(code).join("\n")).toMatchInlineSnapshot(`
    "\`<img src=x onerror=alert(1)>\`
    \`[click](javascript:x) ![p](http://evil.example/p.png)\`
    \`@someone #12 GH-3 www.evil.example https://evil.example\`
    \`a \\| b \\|\\| c\`
    \`\`\` \`x\` \`\`y\`\` \`\`\`
    \`# heading\`
    \`1. item\`
    \`- item\`
    \`: :error::x\`
    \`line : :error::two\`
    \`\\u202eright to left\\x1b[31m\`
    \`$x$ ~~gone~~ <!-- -->\`"
  `);
});

test("no label, file or model name breaks a table", () => {
  const evil = "x | y\n| a | b |`\u001b[2J<b>";
  const confusion = {
    labels: [evil, "network"],
    counts: [
      [1, 0],
      [0, 1],
    ],
    other: [0, 0],
  };
  const models = exam.models.map((model) => ({ ...model, labels: { confusion, macro_f1: 1 } }));
  const text = formatReport({
    ...results,
    exams: [{ ...exam, models }],
    sources: [{ name: "pool", path: evil, digest: "0".repeat(64) }],
    answerers: [{ name: "teacher", provider: "recorded", model: evil, resolved: [evil] }],
    steps: [{ id: "a", uses: "split", told: evil, key: "0".repeat(64) }],
  });
  expect(text).not.toMatch(/\u001b|^\s*::/m);
  const rows = text.split("\n").filter((line) => line.includes("x \\|"));
  expect(rows).toHaveLength(5);
  // Every bar that is not escaped parts cells, and there are as many as the head of its table has.
  for (const row of rows) {
    const lines = text.slice(0, text.indexOf(row)).split("\n");
    const rule = lines.findLast((line) => /^\|[-:|]+\|$/.test(line))!;
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(rule.match(/\|/g)!.length);
  }
});

test("what answers take, groups, repeats, slices, tests and curves are told where there are any", () => {
  const taken = [
    { cost: { type: "recorded", usd: 2.5 }, latency: { p50: 640, p95: 1310 } },
    {},
    { truncated: { answers: 3, of: 600 } },
    { cost: { type: "recorded", usd: 0.00314 }, latency: { p50: 0, p95: 1200 } },
  ] as const;
  const models = exam.models.map((model, at) => ({ ...model, labels: undefined, ...taken[at] }));
  const repeat = { ...models[2]!, name: "student.model_2", rate: 0.76, low: 0.72, high: 0.8 };
  const value = (name: string, items: number, rates: readonly number[]) => ({
    value: name,
    items,
    models: models.map((model, at) => ({ name: model.name, rate: rates[at]!, low: 0.25, high: 1 })),
  });
  const told = {
    ...exam,
    models: [...models, repeat],
    grouped: 48,
    slices: [
      {
        name: "department",
        values: [value("Finance", 140, [1, 0.4, 0.8, 0.97]), value("Legal", 22, [0.9, 0.3, 0.7, 0.86])],
      },
    ],
    gates: [
      {
        ...exam.gates[0]!,
        test: {
          claim: "routed is not worse than teacher by more than 3 points",
          method: "permutation",
          p: 0.002,
          level: 0.05 / 6,
          detectable: "worse by 0.9 points at most",
        },
      },
    ],
  } as const;
  const ends = [
    { sentShare: 0, quality: 0.76 },
    { sentShare: 1, quality: 0.98 },
  ];
  const line = (apgr: number) => ({ points: ends, apgr });
  const quality = { ...line(0.71), cpt50: 0.3, cpt80: 0.6, random: line(0.5), oracle: line(0.89) };
  const cascades = results.cascades.map((cascade) => ({ ...cascade, curve: [], quality }));
  const text = formatReport({ ...results, exams: [told], cascades });
  const from = (start: string, end: string) => text.slice(text.indexOf(start), text.indexOf(end)).trim();
  expect(from("| correct, 600", "## Selection")).toMatchInlineSnapshot(`
    "| correct, 600 test items | passed | 95 % interval | cost / 1,000 | p50, p95 | cut off / 1,000 |
    |---|--:|---|---|---|--:|
    | teacher | 97.8 % | 96.3 … 98.7 | \\$2.50 | 640 ms, 1.3 s | 0.0 |
    | before (base) | 41.3 % | 37.5 … 45.3 | 0 | – | 0.0 |
    | student | 74.2 % | 70.5 … 77.5 | 0 | – | 5.0 |
    | routed (candidate) | 97.2 % | 95.5 … 98.2 | \\$0.00314 | 0 ms, 1.2 s | 0.0 |
    | student.model\\_2 | 76.0 % | 72.0 … 80.0 | 0 | – | 5.0 |

    ## How the gates were tested

    | claim | test | p | level | found 4 times in 5 |
    |---|---|---|---|---|
    | routed is not worse than teacher by more than 3 points | permutation | p = 0.002 | 0.0083 | worse by 0.9 points at most |

    ## Differences: correct, 600 test items

    | on the same items | points | 95 % interval | permutation | Holm | only the first | only the second |
    |---|--:|---|---|---|--:|--:|
    | before against teacher | −56.5 | −61.0 … −52.0 | p < 0.001 | p < 0.001 | 4 | 146 |
    | student against teacher | −23.6 | −27.2 … −20.1 | p < 0.001 | p < 0.001 | 4 | 146 |
    | routed against teacher | −0.7 | −1.9 … +0.4 | p = 0.290 | p = 0.290 | 2 | 6 |
    | student.model\\_2 against teacher | −23.6 | −27.2 … −20.1 | p < 0.001 | p < 0.001 | 4 | 146 |
    | student against before | +32.8 | +29.0 … +37.0 | p < 0.001 | p < 0.001 | 4 | 146 |
    | routed against before | +55.8 | +51.0 … +60.0 | p < 0.001 | p < 0.001 | 4 | 146 |
    | student.model\\_2 against before | +32.8 | +29.0 … +37.0 | p < 0.001 | p < 0.001 | 4 | 146 |

    Intervals and tests draw whole groups, of which there are 48.

    routed closes 99 % (96 % … 101 %) of the gap between before and teacher.

    ## By department: correct, 600 test items

    | department | items | teacher | before | student | routed | student.model\\_2 |
    |---|--:|---|---|---|---|---|
    | Legal | 22 ⚠️ few | 90.0 % (25.0 … 100.0) | 30.0 % (25.0 … 100.0) | 70.0 % (25.0 … 100.0) | 86.0 % (25.0 … 100.0) | – |
    | Finance | 140 | 100.0 % (25.0 … 100.0) | 40.0 % (25.0 … 100.0) | 80.0 % (25.0 … 100.0) | 97.0 % (25.0 … 100.0) | – |

    student over 2 trainings: 75.1 % of correct, from 74.2 % to 76.0 %, standard deviation 1.3 points."
  `);
  expect(from("Over all thresholds", "## What ran")).toMatchInlineSnapshot(`
    "Over all thresholds it closes 0.71 of the gap to teacher on average (APGR; 0.50 by lot, 0.89 at best):
    half of it with 30.0 % sent (CPT 50 %), four fifths with 60.0 % (CPT 80 %)."
  `);
});

test("of more labels than a table can show, the commonest confusions are told", () => {
  const labels = Array.from({ length: 30 }, (_, at) => `team ${at}`);
  const counts = labels.map((_, at) => labels.map((_, column) => (column === at ? 50 : (at + column) % 7)));
  const confusion = { labels, counts, other: labels.map((_, at) => (at === 4 ? 9 : 0)) };
  const models = exam.models.map((model) => ({ ...model, labels: { confusion, macro_f1: 0.8 } }));
  const text = formatReport({ ...results, exams: [{ ...exam, models }] });
  const section = text.slice(text.indexOf("## Who is taken for what: routed")).split("\n").slice(0, 7);
  expect(section.join("\n")).toMatchInlineSnapshot(`
    "## Who is taken for what: routed

    correct, 600 test items. Macro-F1 0.800. Of 30 labels, the confusions that came most often.

    | expected | answered | answers |
    |---|---|--:|
    | \`team 4\` | none of these | 9 |"
  `);
  expect(text).not.toContain("expected ↓");
});

test("it stays within what a comment can hold, and says what it left out", () => {
  const slices = Array.from({ length: 12 }, (_, at) => ({
    name: `slice ${at}`,
    values: Array.from({ length: 50 }, (_, value) => ({
      value: `value ${value} ${"x".repeat(40)}`,
      items: 40,
      models: exam.models.map(({ name, rate, low, high }) => ({ name, rate, low, high })),
    })),
  }));
  const text = formatReport({ ...results, exams: [{ ...exam, slices }] });
  expect(text.length).toBeLessThanOrEqual(65_536);
  expect(text.split("\n").at(-2)).toBe("Left out, so that a comment can hold this: slices.");
  expect(text).toContain("## By slice");
  expect(text).toContain("## What ran");
});

test("what the author says of the figures stands above them, as text", () => {
  const [title, about] = formatReport({ ...results, description: "A *rehearsal*: see <b>nobody</b>." }).split(
    "\n\n",
  );
  expect(title).toContain("helpdesk-router");
  expect(about).toBe("A \\*rehearsal\\*: see \\<b>nobody\\</b>.");
});

describe("what answers cost where a bill was sent and the evidence keeps no usage", () => {
  const cost = { type: "not in the evidence", step: "exam" } as const;
  const asked = (count: number) => ({
    ...exam,
    models: exam.models.slice(0, count).map((model) => ({ ...model, cost, invalid: 0 })),
  });
  const step = { id: "exam", uses: "evaluate", told: "1,200 answers of 2 models", key: "0".repeat(64) };
  const report = (count: number, usd: number | undefined) =>
    formatReport({
      ...results,
      exams: [asked(count), { ...asked(count), grader: "polite" }],
      steps: [{ ...step, paid: { usd, pricesAsOf: [] } }],
    });

  it("is said to be not in the evidence, beside what was first paid, and once how to have it", () => {
    const text = report(2, 0.0279);
    expect(text).toContain("| teacher | 97.8 % | 96.3 … 98.7 | not in the evidence |");
    expect(text).toContain("| 1,200 answers of 2 models | $0.0279 |");
    expect(text.slice(text.indexOf("## Not known"))).toBe(
      "## Not known\n\n- how what was first paid for exam divides among teacher, before: usage: true in exam keeps it with the evidence\n",
    );
    expect(text).not.toContain("the cost of");
  });

  it("leaves nothing unknown where first paid tells it of the only model", () => {
    expect(report(1, 0.0279)).not.toContain("## Not known");
  });

  it("is unknown where what was first paid is not recorded either", () => {
    expect(report(2, undefined)).toContain(
      "- the cost of teacher, before: usage: true in exam keeps it with the evidence",
    );
  });
});
