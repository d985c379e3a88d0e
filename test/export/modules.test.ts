import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tokenize } from "../../src/classifier/tokenize.ts";
import { readUnicodeTables, type UnicodeTables } from "../../src/classifier/unicode-tables.ts";
import { createRandom } from "../../src/stats/random.ts";
import { requirePython } from "../support/find-python.ts";

const folder = join(import.meta.dirname, "../../templates/export");

/** What the exported JavaScript module has beside its classifier. */
interface JavaScriptModule {
  createTokenizer(unicode: UnicodeTables): (text: string) => readonly string[];
  exp(x: number): number;
  log(x: number): number;
}

const module = (await import(join(folder, "classify.mjs"))) as JavaScriptModule;
const unicode = readUnicodeTables(process.versions.unicode!);

describe("an exported module in JavaScript", () => {
  it("finds the words that the classifier finds, whatever the text", { timeout: 60_000 }, () => {
    const find = module.createTokenizer(unicode);
    const texts = [...everyCharacter(1), ...jumbles(40_000)];
    expect(texts.filter((text) => !isSame(find(text), tokenize(text)))).toEqual([]);
  });

  it("computes exp and log to the last bit as this engine does", () => {
    const { exponents, positives } = drawNumbers(200_000);
    expect(exponents.filter((x) => !Object.is(module.exp(x), Math.exp(x)))).toEqual([]);
    expect(positives.filter((x) => !Object.is(module.log(x), Math.log(x)))).toEqual([]);
  });
});

describe("an exported module in Python", () => {
  it("finds the words that the classifier finds, whatever the text", { timeout: 60_000 }, (context) => {
    const python = requirePython(context);
    const texts = [...everyCharacter(23), ...jumbles(10_000)];
    const found = python(["-c", words], JSON.stringify({ folder, unicode, texts }));
    const units = texts.map((text) => tokenize(text).map((word) => Array.from(word, unitsOf).flat()));
    const wrong = (JSON.parse(found) as unknown[]).flatMap((one, at) =>
      isSame(one, units[at]) ? [] : [texts[at]],
    );
    expect(wrong).toEqual([]);
  });

  it("computes exp and log to the last bit as this engine does", (context) => {
    const python = requirePython(context);
    const { exponents, positives } = drawNumbers(20_000);
    const bits = python(
      ["-c", powers],
      JSON.stringify({ folder, exponents: exponents.map(bitsOf), positives: positives.map(bitsOf) }),
    );
    expect(JSON.parse(bits)).toEqual([
      ...exponents.map((x) => bitsOf(Math.exp(x))),
      ...positives.map((x) => bitsOf(Math.log(x))),
    ]);
  });
});

const words = `
import json, sys
given = json.load(sys.stdin)
sys.path.insert(0, given["folder"])
import classify
find = classify._create_tokenizer(given["unicode"])
print(json.dumps([find(text) for text in given["texts"]]))
`;

const powers = `
import json, struct, sys
given = json.load(sys.stdin)
sys.path.insert(0, given["folder"])
import classify
number = lambda bits: struct.unpack(">d", bytes.fromhex(bits))[0]
bits = lambda x: struct.pack(">d", x).hex()
print(json.dumps([bits(classify._exp(number(x))) for x in given["exponents"]]
               + [bits(classify._log(number(x))) for x in given["positives"]]))
`;

/** Every so many-th character of Unicode, and all of the first planes' scripts, between letters and an apostrophe. */
function everyCharacter(step: number): readonly string[] {
  return [...new Array(0x110000).keys()]
    .filter((point) => point % step === 0 || point < 0x600)
    .map((point) => `a${String.fromCodePoint(point)}'b`);
}

/** Short texts of what normalization, lower case and words depend on: marks, composites, sigmas, halves of a pair. */
function jumbles(count: number): readonly string[] {
  const random = createRandom("jumbles");
  const points = (text: string) => text.split(/[; ]/).map((point) => Number.parseInt(point, 16));
  const wanted = [
    points(unicode.compositions),
    points(unicode.marks),
    points(unicode.lower),
    points(unicode.decompositions),
    Array.from("ΣσAa.'’\u00ad0٣ \u0345漢ไทยか🙂\u200d", (character) => character.codePointAt(0)!),
    [0x1100, 0x1112, 0x1161, 0x1175, 0x11a8, 0x11c2, 0xac00, 0xac01, 0xd7a3, 0xd83d, 0xde42],
  ];
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  return Array.from({ length: count }, () =>
    String.fromCodePoint(...Array.from({ length: 1 + Math.floor(random() * 9) }, () => pick(pick(wanted)))),
  );
}

/** Numbers of every size, with those at which the algorithms change their way. */
function drawNumbers(count: number) {
  const random = createRandom("numbers");
  const numbers = (draw: (kind: number) => number) => Array.from({ length: count }, (_, i) => draw(i % 4));
  return {
    exponents: [
      ...[
        0, -0, 1, -1, 0.34657359, -0.34657359, -1.0397, -708.5, -744.9, -745.13, -745.14, 709.78, 710, -1e-10,
      ],
      ...numbers((kind) => -random() * [1, 50, 760, 1e-7][kind]!),
    ],
    positives: [
      ...[5e-324, 2 ** -1022, 2 ** -1023, 0.5, 1, 2, 3, Number.MAX_VALUE, 1 + 2 ** -30],
      ...numbers(
        (kind) => [random(), 1 + (random() - 0.5) * 1e-5, 1 + random() * 1e5, random() * 1e-300][kind]!,
      ),
    ].filter((x) => x > 0),
  };
}

function bitsOf(x: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(x);
  return bytes.toString("hex");
}

function unitsOf(character: string): readonly number[] {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
