import { describe, expect, test } from "vitest";
import { compileExpression, ExpressionError } from "../../src/expression/expression.ts";
import { answered, evaluate, unanswered } from "./rows.ts";

describe("an expression gives the value that its text says", () => {
  test.each<[string, unknown]>([
    ["sample.output_json.probabilities[sample.output_json.team] >= 0.6", true],
    ["sample.output_json.probabilities", { network: 0.7, printing: 0.3 }],
    ["sample.finish_reason == 'stop' && agreement < 0.6", true],
    ["grades.correct.passed", true],
    ["grades['correct'].score + agreement", 1.5],
    ["metadata.task == 'routing'", true],
    ["messages[size(messages) - 1].content", "My VPN drops"],
    ["item.flag ? 'yes' : 'no'", "yes"],
    ["item.nested.list[1].a", 2],
    ["{'team': item.team, 'ages': [item.age, 1]}", { team: "network", ages: [20, 1] }],
    ["id + '/' + string(sample.index)", "t-1/0"],
    ["!item.flag", false],
    ["-item.n", -5],
    ["item.tags + ['x']", ["new", "vip", "x"]],
    ["item.team in ['network', 'printing']", true],
    ["'network' in sample.output_json.probabilities", true],
    ["item.tags == ['new', 'vip']", true],
    ["item.nested == {'list': [{'a': 1}, {'a': 2}]}", true],
    ["item.team < 'printing'", true],
    ["item.team // a comment", "network"],
  ])("%s", (text, value) => expect(evaluate(text)).toEqual(value));
});

describe("numbers are doubles, so that nobody needs to know CEL's integers", () => {
  test.each<[string, unknown]>([
    ["item.age >= 18", true],
    ["sample.index == 0", true],
    ["size(item.text) > 10", true],
    ["size(item.tags) == 2.0", true],
    ["size(item.tags) * 0.5", 1],
    ["item.n / 2", 2.5],
    ["7 / 2", 3.5],
    ["item.n % 2 == 1", true],
    ["item.n + 1", 6],
    ["1 == 1.0", true],
    ["item.scores[size(item.scores) - 1]", 2],
    ["item.scores[1.0]", 1],
    ["2 in item.scores", true],
    ["item.scores.map(s, s * 2)", [6, 2, 4]],
    ["int('12') + int(2.7)", 14],
    ["double('1e3')", 1000],
    ["0x1F", 31],
    ["item.age > 18 ? 1 : 0.5", 1],
  ])("%s", (text, value) => expect(evaluate(text)).toStrictEqual(value));
});

describe("what may be missing can be asked for", () => {
  test.each<[string, unknown]>([
    ["has(item.team)", true],
    ["has(item.absent)", false],
    ["has(item.absent.deeper.still)", false],
    ["has(item.nothing)", true],
    ["has(item.nothing.deeper)", false],
    ["has(item.nested.list)", true],
    ["has(item['team'])", true],
    ["has(sample.served_by)", false],
    ["item.?absent.orValue('none')", "none"],
    ["item.?team.orValue('none')", "network"],
    ["item.?nothing.orValue('none')", null],
    ["item.?absent.deeper.orValue(1)", 1],
    ["item.?team.hasValue()", true],
    ["item.?absent.or(item.?team).value()", "network"],
    ["item.?absent", null],
    ["item[?'absent'].orValue(0)", 0],
    ["item.scores[?7].orValue(0)", 0],
    ["item.nothing == null", true],
    ["item.team == null", false],
    ["sample == null", false],
    ["sample.logprobs == null", true],
    ["has(item.absent) && item.absent > 1", false],
  ])("%s", (text, value) => expect(evaluate(text)).toEqual(value));

  test("a dataset's row has a sample that is null", () => {
    expect(evaluate("sample == null", unanswered)).toBe(true);
    expect(evaluate("has(sample.output_text)", unanswered)).toBe(false);
    expect(evaluate("sample.?output_text.orValue('')", unanswered)).toBe("");
  });
});

describe("functions and the walks over lists", () => {
  test.each<[string, unknown]>([
    ["item.text.size()", 14],
    ["size(sample.output_json.probabilities)", 2],
    ["item.text.contains('VPN')", true],
    ["item.text.startsWith('My') && item.text.endsWith('😀')", true],
    ["item.text.matches('V.N')", true],
    ["item.text.matches('^VPN')", false],
    ["item.text.matches(item.tags[0])", false],
    ["item.text.lowerAscii()", "my vpn drops 😀"],
    ["'Äb'.upperAscii()", "ÄB"],
    ["' a '.trim()", "a"],
    ["'a,b,c'.split(',')", ["a", "b", "c"]],
    ["item.tags.join('+')", "new+vip"],
    ["item.tags.join()", "newvip"],
    ["item.text.substring(13)", "😀"],
    ["item.text.substring(3, 6)", "VPN"],
    ["item.text.indexOf('😀')", 13],
    ["item.text.lastIndexOf('x')", -1],
    ["bool('true')", true],
    ["dyn(1) == dyn('1')", false],
    ["item.tags.exists(tag, tag == 'vip')", true],
    ["item.tags.all(tag, tag.size() == 3)", true],
    ["item.tags.exists_one(tag, tag == 'vip')", true],
    ["item.tags.filter(tag, tag != 'vip')", ["new"]],
    ["item.tags.map(tag, tag == 'vip', tag + '!')", ["vip!"]],
    ["sample.output_json.probabilities.map(team, team)", ["network", "printing"]],
    ["messages.exists(m, m.role == 'user' && m.content.contains('VPN'))", true],
    ["item.tags.map(a, item.scores.map(b, a + string(b)))[1][2]", "vip2"],
    ["item.tags.map(item, item)", ["new", "vip"]],
  ])("%s", (text, value) => expect(evaluate(text)).toEqual(value));
});

describe("a row that an expression cannot be evaluated on is told in one short line", () => {
  test.each<[string, string]>([
    ["item.absent", "item.absent is missing"],
    ["item.absent.deeper == 1", "item.absent is missing"],
    ["item.nothing.deeper", "item.nothing is null"],
    ["item.team.deeper", "item.team is a string, which has no fields"],
    ["item.tags[5]", "item.tags[5] is missing"],
    ["item.tags['a']", "item.tags is a list, indexed by a number"],
    ["sample.output_json.probabilities[item.text]", "sample.output_json.probabilities[item.text] is missing"],
    ["item.team > 3", "item.team > 3: > does not take a string and a number"],
    ["item.team + 1", "item.team + 1: + does not take a string and a number"],
    ["item.n && true", "item.n is a number, not true or false"],
    ["item.n / item.zero", "item.n / item.zero divides by zero"],
    ["1e308 * 10 > 0", "1e308 * 10 is not a finite number"],
    ["item.n.contains('a')", "item.n is a number, and contains takes a string"],
    ["item.n.exists(x, x)", "item.n is a number, not a list or an object"],
    ["1 in item.team", "item.team is a string, not a list or an object"],
    ["double(item.team)", "double(item.team): the text is not a number"],
    ["item.team.substring(2, 99)", "item.team.substring(2, 99) is outside of the text"],
    ["item.team.matches(item.text + '(')", "item.team.matches(item.text + '('): the pattern is not valid"],
    ["item.?absent.value()", "item.?absent is missing"],
  ])("%s", (text, message) => {
    expect(() => evaluate(text)).toThrow(ExpressionError);
    expect(() => evaluate(text)).toThrow(message);
  });

  test("the failure covers the part of the text that failed", () => {
    const text = "item.team == 'a' && item.absent > 1 || item.gone";
    const compiled = compileExpression(text);
    if (!compiled.ok) throw new Error("it is right");
    try {
      compiled.expression.evaluate(answered);
      expect.unreachable();
    } catch (error) {
      const { offset, length } = error as ExpressionError;
      expect(text.slice(offset, offset + length)).toBe("item.gone");
    }
  });

  test("a sample that is null is named, not its field", () => {
    expect(() => evaluate("sample.output_text == 'a'", unanswered)).toThrow("sample is null");
  });

  test("as in CEL, an operand or an element that decides makes up for one that fails", () => {
    expect(evaluate("item.absent == 1 || true")).toBe(true);
    expect(evaluate("item.absent == 1 && false")).toBe(false);
    expect(evaluate("item.nested.list.exists(x, x.b == 1 || x.a == 2)")).toBe(true);
    expect(() => evaluate("item.nested.list.exists(x, x.b == 1)")).toThrow("x.b is missing");
    expect(() => evaluate("item.absent == 1 || false")).toThrow("item.absent is missing");
  });
});

describe("a row is data, and nothing of it is run", () => {
  test("what an object inherits is missing", () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      expect(evaluate(`has(item.${name})`)).toBe(false);
      expect(() => evaluate(`item.${name}`)).toThrow(`item.${name} is missing`);
      expect(() => evaluate(`item['${name}']`)).toThrow("is missing");
      expect(evaluate(`'${name}' in item`)).toBe(false);
    }
  });

  test("own functions are missing, and are not called", () => {
    const call = () => expect.unreachable();
    const item = { size: call, toString: call, valueOf: call, toJSON: call, text: "a" };
    expect(evaluate("has(item.size)", { item })).toBe(false);
    expect(() => evaluate("item.toString", { item })).toThrow("item.toString is missing");
    expect(evaluate("item == item && size(item.text) == 1", { item })).toBe(true);
  });

  test("a field called __proto__ in a row or a literal is a field", () => {
    const item = JSON.parse('{"__proto__": {"admin": true}}');
    expect(evaluate("has(item.admin)", { item })).toBe(false);
    const built = evaluate("{'__proto__': {'admin': true}}") as { readonly admin?: boolean };
    expect(built.admin).toBeUndefined();
  });

  test("what is given is plain: a bigint becomes a number", () => {
    expect(evaluate("item.n", { item: { n: 12n } })).toBe(12);
  });
});
