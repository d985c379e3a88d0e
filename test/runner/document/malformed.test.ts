import { expect, test } from "vitest";
import { readDocument } from "../../../src/runner/document.ts";
import { formatDiagnostics } from "../../../src/runner/format-diagnostic.ts";

const cases: readonly (readonly [title: string, text: string | Uint8Array])[] = [
  ["an empty file", ""],
  ["a file of comments", "# nothing yet\n"],
  ["a list at the top", "- a\n- b\n"],
  ["a single value at the top", "hello\n"],
  ["two documents", "a: 1\n---\nb: 2\n"],
  ["a directive of YAML 1.1", "%YAML 1.1\n---\nsecure: no\n"],
  ["a tag directive", "%TAG ! tag:example.com,2000:\n---\na: !x 1\n"],
  ["a custom tag", "a: !secret x\n"],
  ["a known tag that is no JSON", "a: !!binary aGk=\n"],
  ["keys that are no text", "1: one\ntrue: two\n? [a]\n: x\n"],
  ["a missing key", "a: 1\n: 2\n"],
  ["a duplicate key", "version: 1\nsteps:\n  select: 1\n  train: 2\n  select: 3\n"],
  ["two merges in one mapping", "x-a: &a { k: 1 }\nb:\n  <<: *a\n  <<: *a\n"],
  ["a merge of something else", "x-a: &a 1\nb: { <<: *a }\n"],
  ["a misspelt alias", "x-base: &base { n: 1 }\ny: *bsae\n"],
  ["an alias inside its own anchor", "a: &a { b: [*a] }\n"],
  ["a template without quotes", "content: {{ item.text }}\n"],
  ["a template without quotes, and text", "content: {{ item.text }} and more\n"],
  ["a variable without quotes in braces", "vars: { n: 3 }\na: { n: ${vars.n} }\n"],
  ["a quote that is not closed", 'a: "open\nb: 2\n'],
  ["an apostrophe in single quotes", "name: 'it's'\n"],
  ["a tab as indentation", "a:\n\tb: 1\n"],
  ["a wrong indentation", "a:\n  b: 1\n c: 2\n"],
  ["a colon in a text", "note: see: here\n"],
  ["a missing colon", "version: 1\nsteps:\n  split\n  capture: 1\n"],
  ["a reserved character", "a: @b\n"],
  ["an escape that there is not", 'pattern: "\\d+"\n'],
  ["a bracket that is not closed", "a: [1, 2\nb: 3\n"],
  ["a bracket too many", "a: ]\n"],
  ["text behind a quoted text", 'a: "x" y\n'],
  ["a number too long for JSON", "seed: 12345678901234567890\n"],
  ["a number that JSON does not know", "x: .nan\n"],
  ["a control character", "a: \u0001b\n"],
  ["a carriage return alone", "a: 1\rb: 2\n"],
  ["Latin-1", Uint8Array.from([...Buffer.from("a: 1\nb: caf"), 0xe9, 0x0a])],
  ["a character cut in half", Uint8Array.from([...Buffer.from("a: "), 0xe2, 0x82])],
  ["an unknown variable", 'vars: { epochs: 3 }\nb: "x ${vars.epochs} ${vars.epoch}"\n'],
  ["a variable that is a list", "vars: { labels: [a] }\n"],
  ["keys of wide characters twice", "x: { 日本語: 1, 日本語: 2 }\n"],
  [
    "a duplicate far into a long line",
    `x: { a: "${"lorem ipsum ".repeat(20)}", a: "${"dolor ".repeat(40)}" }\n`,
  ],
];

test("every malformed document gets its whole diagnostic", () => {
  const drawn = cases.map(([title, text]) => {
    const { diagnostics } = readDocument({ text, file: "spec.yaml" });
    return `# ${title}\n${formatDiagnostics(diagnostics, { color: false })}\n`;
  });
  expect(drawn.join("\n")).toMatchInlineSnapshot(`
    "# an empty file
    spec.yaml:1:1 error: the spec is empty
      begin with "version: 1"

    # a file of comments
    spec.yaml:1:1 error: the spec is empty
        1 | # nothing yet
          | ~ begin with "version: 1"

    # a list at the top
    spec.yaml:1:1 error: a spec is a mapping, and this is a list
        1 | - a
          | ~~~ begin with "version: 1"

    # a single value at the top
    spec.yaml:1:1 error: a spec is a mapping, and this is a single value
        1 | hello
          | ~~~~~ begin with "version: 1"

    # two documents
    spec.yaml:2:1 error: a second document begins here, and a spec is one
        2 | ---
          | ~~~ put it into a file of its own

    # a directive of YAML 1.1
    spec.yaml:1:1 error: this directive is not supported
        1 | %YAML 1.1
          | ~~~~~~~~~ take this line out: a spec is YAML 1.2 without tags

    # a tag directive
    spec.yaml:1:1 error: this directive is not supported
        1 | %TAG ! tag:example.com,2000:
          | ~~~~~~~~~~~~~~~~~~~~~~~~~~~~ take this line out: a spec is YAML 1.2
          |                              without tags

    spec.yaml:3:4 error: a spec knows no tag !x
        3 | a: !x 1
          |    ~~ take it out: a spec has plain values only

    # a custom tag
    spec.yaml:1:4 error: a spec knows no tag !secret
        1 | a: !secret x
          |    ~~~~~~~ take it out: a spec has plain values only

    # a known tag that is no JSON
    spec.yaml:1:4 error: a spec knows no tag !!binary
        1 | a: !!binary aGk=
          |    ~~~~~~~~ take it out: a spec has plain values only

    # keys that are no text
    spec.yaml:1:1 error: a key must be text
        1 | 1: one
          | ~ put quotes around it: "1"

    spec.yaml:2:1 error: a key must be text
        2 | true: two
          | ~~~~ put quotes around it: "true"

    spec.yaml:3:3 error: a key must be text
        3 | ? [a]
          |   ~~~

    # a missing key
    spec.yaml:2:1 error: a key is missing here
        2 | : 2
          | ~

    # a duplicate key
    spec.yaml:5:3 error: the key "select" is given a second time
        5 |   select: 3
          |   ~~~~~~ the first is in line 3

    # two merges in one mapping
    spec.yaml:4:3 error: the key "<<" is given a second time
        4 |   <<: *a
          |   ~~ one << takes a list of aliases

    # a merge of something else
    spec.yaml:2:10 error: only mappings can be merged
        2 | b: { <<: *a }
          |          ~~ write <<: *anchor, or a list of such aliases

    # a misspelt alias
    spec.yaml:2:4 error: no anchor is called "bsae"
        2 | y: *bsae
          |    ~~~~~ did you mean "*base"?

    # an alias inside its own anchor
    spec.yaml:1:13 error: "*a" stands inside what it names
        1 | a: &a { b: [*a] }
          |             ~~

    # a template without quotes
    spec.yaml:1:11 error: without quotes a brace begins a mapping
        1 | content: {{ item.text }}
          |           ~~~~~~~~~~~~~ put the template in quotes

    # a template without quotes, and text
    spec.yaml:1:26 error: without quotes a brace begins a mapping
        1 | content: {{ item.text }} and more
          |                          ~~~~~~~~ put the template in quotes

    # a variable without quotes in braces
    spec.yaml:2:10 error: without quotes a brace begins a mapping
        2 | a: { n: \${vars.n} }
          |          ~ put the variable in quotes

    # a quote that is not closed
    spec.yaml:1:4 error: this quote is not closed
        1 | a: "open
          |    ~~~~~

    # an apostrophe in single quotes
    spec.yaml:1:11 error: text goes on where a value has ended
        1 | name: 'it's'
          |           ~~ in single quotes, write '' for a quote

    # a tab as indentation
    spec.yaml:2:1 error: a tab cannot indent
        2 |     b: 1
          | ~~~~ indent with spaces

    # a wrong indentation
    spec.yaml:3:1 error: this line is indented unlike its neighbours
        3 |  c: 2
          | ~ begin the keys of one mapping in one column

    # a colon in a text
    spec.yaml:1:7 error: a second mapping or list cannot begin on this line
        1 | note: see: here
          |       ~ quote the text if the colon belongs to it

    # a missing colon
    spec.yaml:3:3 error: a key must stand on one line
        3 |   split
          |   ~~~~~ is a ":" missing, or a quote?

    # a reserved character
    spec.yaml:1:4 error: a text cannot begin with @
        1 | a: @b
          |    ~ put quotes around it

    # an escape that there is not
    spec.yaml:1:11 error: invalid escape sequence \\d
        1 | pattern: "\\d+"
          |           ~ in single quotes a backslash is a backslash

    # a bracket that is not closed
    spec.yaml:1:4 error: this [ is not closed
        1 | a: [1, 2
          |    ~

    # a bracket too many
    spec.yaml:1:4 error: "]" cannot stand here
        1 | a: ]
          |    ~

    # text behind a quoted text
    spec.yaml:1:8 error: text goes on where a value has ended
        1 | a: "x" y
          |        ~ put quotes around the whole value

    # a number too long for JSON
    spec.yaml:1:7 error: this number would lose digits
        1 | seed: 12345678901234567890
          |       ~~~~~~~~~~~~~~~~~~~~ as text it keeps all its digits:
          |                            "12345678901234567890"

    # a number that JSON does not know
    spec.yaml:1:4 error: .nan is not a number that a spec can carry
        1 | x: .nan
          |    ~~~~

    # a control character
    spec.yaml:1:4 error: the control character U+0001 cannot stand in a spec
        1 | a: \\x01b
          |    ~~~~ write it as an escape in double quotes: "\\x01"

    # a carriage return alone
    spec.yaml:1:5 error: a carriage return alone does not end a line
        1 | a: 1\\rb: 2
          |     ~~ save the file with LF or CRLF line ends

    # Latin-1
    spec.yaml:2:7 error: byte 0xE9 is not UTF-8
        2 | b: caf�
          |       ~ save the file as UTF-8

    # a character cut in half
    spec.yaml:1:4 error: byte 0xE2 is not UTF-8
        1 | a: �
          |    ~ save the file as UTF-8

    # an unknown variable
    spec.yaml:2:22 error: no variable is called "epoch"
        2 | b: "x \${vars.epochs} \${vars.epoch}"
          |                      ~~~~~~~~~~~~~ did you mean "epochs"?

    # a variable that is a list
    spec.yaml:1:17 error: a variable is a text, a number, true, false or null
        1 | vars: { labels: [a] }
          |                 ~~~

    # keys of wide characters twice
    spec.yaml:1:14 error: the key "日本語" is given a second time
        1 | x: { 日本語: 1, 日本語: 2 }
          |                 ~~~~~~ the first is in line 1

    # a duplicate far into a long line
    spec.yaml:1:253 error: the key "a" is given a second time
        1 | … lorem ipsum lorem ipsum lorem ipsum ", a: "dolor dolor dolor dolor dolor dolor dolor dolor dolor …
          |                                          ~ the first is in line 1
    "
  `);
});

test("a variable that the caller sets and the spec does not declare has no place", () => {
  const { diagnostics } = readDocument({
    text: "vars: { epochs: 3 }\n",
    file: "spec.yaml",
    vars: { epohcs: 1, other: 2 },
  });
  expect(formatDiagnostics(diagnostics, { color: false })).toMatchInlineSnapshot(`
    "spec.yaml error: --set names "epohcs", which the spec does not declare under vars
      did you mean "epochs"?

    spec.yaml error: --set names "other", which the spec does not declare under vars
      vars declares: epochs"
  `);
});

test("faults that leave the rest readable leave a document to check", () => {
  const { document, diagnostics } = readDocument({ text: "a: 1\na: 2\nb: !x 3\n4: 5\n", file: "spec.yaml" });
  expect(diagnostics).toHaveLength(3);
  expect({ ...document?.data }).toEqual({ a: 1, b: "3", 4: 5 });
});
