import { describe, expect, test } from "vitest";
import { compileExpression } from "../../src/expression/expression.ts";
import { draw } from "./rows.ts";

const drawAll = (texts: readonly string[]) => `\n${texts.map((text) => draw(text)).join("\n\n")}\n`;

describe("what is wrong with an expression is found before a row is read", () => {
  test("a name that is no field of a row", () => {
    expect(
      drawAll([
        "sampel.output_text == 'x'",
        "team == 'x'",
        "sample.ouput_text == 'x'",
        "sample['ouput_text'] == 'x'",
        "grades.correct.pased",
        "messages[0].text",
        "messages.exists(m, m.rol == 'user')",
        "has(sample.outputtext)",
        "sampel.index == 0 && agrement > 0.5",
      ]),
    ).toMatchInlineSnapshot(`
      "
      sampel.output_text == 'x'
      ~~~~~~ a row has no field "sampel"
      did you mean "sample"?

      team == 'x'
      ~~~~ a row has no field "team"
      choose from id, item, messages, sample, metadata, grades, agreement

      sample.ouput_text == 'x'
             ~~~~~~~~~~ a sample has no field "ouput_text"
             did you mean "output_text"?

      sample['ouput_text'] == 'x'
             ~~~~~~~~~~~~ a sample has no field "ouput_text"
             did you mean "output_text"?

      grades.correct.pased
                     ~~~~~ a grade has no field "pased"
                     did you mean "passed"?

      messages[0].text
                  ~~~~ a message has no field "text"
                  choose from role, content, name, tool_calls, tool_call_id

      messages.exists(m, m.rol == 'user')
                           ~~~ a message has no field "rol"
                           did you mean "role"?

      has(sample.outputtext)
                 ~~~~~~~~~~ a sample has no field "outputtext"
                 did you mean "output_text"?

      sampel.index == 0 && agrement > 0.5
      ~~~~~~ a row has no field "sampel"
      did you mean "sample"?
                           ~~~~~~~~ a row has no field "agrement"
                           did you mean "agreement"?
      "
    `);
  });

  test("a column that no row has, where the columns are known", () => {
    const knowledge = { columns: ["text", "team"] };
    const texts = [
      "item.txt == 'a'",
      "item['txt']",
      "item.department",
      "has(item.txt) && item.txt == 'a'",
      "item.?txt",
    ];
    expect(`\n${texts.map((text) => draw(text, knowledge)).join("\n\n")}\n`).toMatchInlineSnapshot(`
      "
      item.txt == 'a'
           ~~~ no row has a column "txt"
           did you mean "text"?

      item['txt']
           ~~~~~ no row has a column "txt"
           did you mean "text"?

      item.department
           ~~~~~~~~~~ no row has a column "department"
           choose from text, team

      has(item.txt) && item.txt == 'a'
      is right, and gives bool

      item.?txt
      is right, and gives any
      "
    `);
  });

  test("a sample, where no model has answered the rows", () => {
    const texts = ["sample.index == 0 || agreement > 0.5", "has(sample.output_text)"];
    expect(`\n${texts.map((text) => draw(text, { sample: false })).join("\n\n")}\n`).toMatchInlineSnapshot(`
      "
      sample.index == 0 || agreement > 0.5
      ~~~~~~ these rows have no sample: no model has answered them
                           ~~~~~~~~~ these rows have no agreement: no model has answered them

      has(sample.output_text)
      is right, and gives bool
      "
    `);
  });

  test("a comparison that can never be true", () => {
    expect(
      drawAll([
        "sample.index == 'a'",
        "sample.output_text == null",
        "sample.finish_reason == 'stopped'",
        "messages[0].role != 'human'",
        "1 in ['a']",
        "1 in metadata",
        "'a' in sample.output_text",
      ]),
    ).toMatchInlineSnapshot(`
      "
      sample.index == 'a'
      ~~~~~~~~~~~~~~~~~~~ a number is never equal to a string

      sample.output_text == null
      ~~~~~~~~~~~~~~~~~~~~~~~~~~ a string is never equal to null

      sample.finish_reason == 'stopped'
                              ~~~~~~~~~ sample.finish_reason is never "stopped"
                              did you mean "stop"?

      messages[0].role != 'human'
                          ~~~~~~~ messages[0].role is never "human"
                          choose from system, developer, user, assistant, tool

      1 in ['a']
      ~~~~~~~~~~ a number is never in a list of strings

      1 in metadata
      ~ a key is a string, not a number

      'a' in sample.output_text
             ~~~~~~~~~~~~~~~~~~ in takes a list or an object, not a string
             write text.contains(part)
      "
    `);
  });

  test("an operator or a function that does not take such a value", () => {
    expect(
      drawAll([
        "metadata.task > 1",
        "1 + 'a'",
        "sample.index && true",
        "!sample.index",
        "-'a'",
        "sample.index ? 1 : 2",
        "size(1)",
        "item.text.contains(1)",
        "item.tags.exists(tag, 1)",
        "sample.output_text.length",
        "messages.text",
        "messages['a']",
        "metadata[0]",
        "{1: 2}",
      ]),
    ).toMatchInlineSnapshot(`
      "
      metadata.task > 1
      ~~~~~~~~~~~~~~~~~ > takes two numbers, two strings or two bools, not a string and a number
      double(…) reads a number from a text, string(…) writes one

      1 + 'a'
      ~~~~~~~ + takes two numbers, two strings or two lists, not a number and a string
      double(…) reads a number from a text, string(…) writes one

      sample.index && true
      ~~~~~~~~~~~~ && takes true or false, not a number

      !sample.index
       ~~~~~~~~~~~~ ! takes true or false, not a number

      -'a'
       ~~~ - takes a number, not a string

      sample.index ? 1 : 2
      ~~~~~~~~~~~~ ? takes true or false, not a number

      size(1)
           ~ size takes a string, a list or an object, not a number

      item.text.contains(1)
                         ~ contains takes a string, not a number

      item.tags.exists(tag, 1)
                            ~ exists takes true or false, not a number

      sample.output_text.length
                         ~~~~~~ a string has no fields
                         write size(…)

      messages.text
               ~~~~ a list has no fields
               index it by a number, such as [0]

      messages['a']
               ~~~ a list is indexed by a number, not a string

      metadata[0]
               ~ an object is indexed by a string, not a number

      {1: 2}
       ~ a key is a string, not a number
      "
    `);
  });

  test("a function that is not there, or is written in another way", () => {
    expect(
      drawAll([
        "item.text.containz('a')",
        "length(item.text)",
        "contains(item.text, 'a')",
        "item.text.contains()",
        "item.text.double()",
        "timestamp('x')",
        "item.tags.exists(tag)",
        "item.tags.exists(1, true)",
        "has(item)",
      ]),
    ).toMatchInlineSnapshot(`
      "
      item.text.containz('a')
                ~~~~~~~~ no function is called "containz"
                did you mean "contains"?

      length(item.text)
      ~~~~~~ no function is called "length"
      write size(…)

      contains(item.text, 'a')
      ~~~~~~~~ contains is written after a value
      write string.contains(string)

      item.text.contains()
                ~~~~~~~~ contains is written string.contains(string)

      item.text.double()
                ~~~~~~ double is not written after a value
                write double(number)

      timestamp('x')
      ~~~~~~~~~ no function is called "timestamp"

      item.tags.exists(tag)
      ~~~~~~~~~~~~~~~~~~~~~ exists takes a name and a condition
      such as item.tags.exists(tag, tag == 'new')

      item.tags.exists(1, true)
                       ~ a name is expected here
                       such as item.tags.exists(tag, tag == 'new')

      has(item)
          ~~~~ has takes one field, such as has(item.team)
      "
    `);
  });

  test("an optional where a value is needed", () => {
    expect(
      drawAll([
        "item.?age > 3",
        "item.flag ? item.?a : 'x'",
        "item.text.orValue('x')",
        "item.?a.or('x')",
        "[item.?a]",
      ]),
    ).toMatchInlineSnapshot(`
      "
      item.?age > 3
      ~~~~~~~~~ item.?age may be missing
      say what it is then, such as .orValue('')

      item.flag ? item.?a : 'x'
                  ~~~~~~~ item.?a may be missing
                  say what it is then, such as .orValue('')

      item.text.orValue('x')
      ~~~~~~~~~ orValue is written after an optional, such as item.?team.orValue
      write .? before the field that may be missing

      item.?a.or('x')
                 ~~~ or takes another optional
                 orValue takes a value

      [item.?a]
       ~~~~~~~ item.?a may be missing
       say what it is then, such as .orValue('')
      "
    `);
  });

  test("a pattern that is none", () => {
    expect(
      drawAll([
        "item.text.matches('(')",
        "item.text.matches(r'(?=x)')",
        "item.text.matches('(a{100}){100}')",
        "item.text.matches('(abcdefghijklmnopqrstuvwxyz){1000}')",
      ]),
    ).toMatchInlineSnapshot(`
      "
      item.text.matches('(')
                        ~~~ the pattern is not valid: missing closing ): \`(\`
                        the syntax is RE2's: no lookaround, no back-references

      item.text.matches(r'(?=x)')
                        ~~~~~~~~ the pattern is not valid: invalid or unsupported Perl syntax: \`(?=\`
                        the syntax is RE2's: no lookaround, no back-references

      item.text.matches('(a{100}){100}')
                        ~~~~~~~~~~~~~~~ the pattern is not valid: invalid repeat count: \`{100}\`
                        the syntax is RE2's: no lookaround, no back-references

      item.text.matches('(abcdefghijklmnopqrstuvwxyz){1000}')
                        ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the pattern is not valid: it is too large
                        the syntax is RE2's: no lookaround, no back-references
      "
    `);
  });

  test("a literal that is neither JSON's number nor text", () => {
    expect(drawAll(["1u", "b'abc' == 'abc'", "9007199254740993 > 1"])).toMatchInlineSnapshot(`
      "
      1u
      ~~ 1u is neither a number nor text
      numbers are written without a suffix, texts without a prefix

      b'abc' == 'abc'
      ~~~~~~ b'abc' is neither a number nor text
      numbers are written without a suffix, texts without a prefix

      9007199254740993 > 1
      ~~~~~~~~~~~~~~~~ the number is too large to be exact
      write it as text, or with a decimal point
      "
    `);
  });

  test("a text that is not CEL", () => {
    expect(
      drawAll([
        "",
        "  ",
        "item.a ==",
        "(item.a",
        "item.a)",
        "[1, 2",
        "item.",
        "item.a ? 1",
        "item.a = 1",
        "item.a === 1",
        "item.a and item.b",
        "not item.a",
        "item.a & item.b",
        "'abc",
        "'\\q'",
        "“a”",
        "😀",
        "{{ item.text }}",
        "for",
      ]),
    ).toMatchInlineSnapshot(`
      "

      ~ the expression is empty

        
      ~ the expression is empty

      item.a ==
               ~ the expression ends too early

      (item.a
             ~ the expression ends where ")" is expected

      item.a)
            ~ ")" is not expected here

      [1, 2
           ~ the expression ends where "]" is expected

      item.
           ~ the expression ends where a field's name is expected

      item.a ? 1
                ~ the expression ends where ":" is expected

      item.a = 1
             ~ "=" is not expected here
             write == to compare

      item.a === 1
               ~ "=" is not expected here
               write == to compare

      item.a and item.b
             ~~~ "and" is not expected here
             write && for and

      not item.a
          ~~~~ "item" is not expected here
          write ! instead of "not"

      item.a & item.b
             ~ "&" is not expected here
             write && for and

      'abc
      ~~~~ the string that begins here is not closed
      close it with the quote that opens it

      '\\q'
       ~~ "\\\\q" is not an escape
       write \\\\ for a backslash, or r'…' for a raw string

      “a”
      ~ "“" is not expected here
      write straight quotes

      😀
      ~~ "😀" is not expected here

      {{ item.text }}
                   ~ ":" is expected here, not "}"
                   an expression names fields without braces, such as item.text

      for
      ~~~ "for" is a reserved word
      "
    `);
  });

  test("every problem is told at once, in the order of the text", () => {
    expect(draw("sampel.index == 0 || messages[0].rol == 'user' || size(1) > 'a'")).toMatchInlineSnapshot(`
      "sampel.index == 0 || messages[0].rol == 'user' || size(1) > 'a'
      ~~~~~~ a row has no field "sampel"
      did you mean "sample"?
                                       ~~~ a message has no field "rol"
                                       did you mean "role"?
                                                        ~~~~~~~~~~~~~ > takes two numbers, two strings or two bools, not a number and a string
                                                        double(…) reads a number from a text, string(…) writes one
                                                             ~ size takes a string, a list or an object, not a number"
    `);
  });
});

test("no message has a second line, a full stop or the library's caret", () => {
  for (const text of ["(", "sampel", "item.a\n==", "a\n@", "'a\nb'", "size()", "item.text.matches('[')"]) {
    const compiled = compileExpression(text);
    if (compiled.ok) throw new Error(`${text} is right`);
    for (const { message, offset, length } of compiled.problems) {
      expect(message).not.toMatch(/[\n^]|\.$/);
      expect(offset).toBeLessThanOrEqual(text.length);
      expect(length).toBeGreaterThan(0);
    }
  }
});

test("the type of what an expression gives is known as far as it can be", () => {
  const typeOf = (text: string) => {
    const compiled = compileExpression(text);
    return compiled.ok ? compiled.expression.type : undefined;
  };
  expect(typeOf("item.a > 1")).toBe("bool");
  expect(typeOf("item.a + 1")).toBe("number");
  expect(typeOf("item.a")).toBe("any");
  expect(typeOf("item.?a")).toBe("any");
  expect(typeOf("item.?a.orValue(true)")).toBe("any");
  expect(typeOf("sample.output_text")).toBe("string");
  expect(typeOf("messages.map(m, m.role)")).toBe("list");
  expect(typeOf("grades.correct")).toBe("object");
  expect(typeOf("null")).toBe("null");
});
