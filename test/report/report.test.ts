import { expect, test } from "vitest";
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

    | on the same items | points | 95 % interval | McNemar | only the first | only the second |
    |---|--:|---|---|--:|--:|
    | before against teacher | −56.5 | −61.0 … −52.0 | p < 0.001 | 4 | 146 |
    | student against teacher | −23.6 | −27.2 … −20.1 | p < 0.001 | 4 | 146 |
    | routed against teacher | −0.7 | −1.9 … +0.4 | p = 0.290 | 2 | 6 |
    | student against before | +32.8 | +29.0 … +37.0 | p < 0.001 | 4 | 146 |
    | routed against before | +55.8 | +51.0 … +60.0 | p < 0.001 | 4 | 146 |

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
