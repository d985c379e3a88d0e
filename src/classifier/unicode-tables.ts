/** What the words of a text are found by, as lists that any language can read. */
export interface UnicodeTables {
  /** The version of Unicode that the engine has. */
  readonly version: string;
  /** Ranges of code points with the same bits, each as the gap since the range before, its length, and the bits. */
  readonly characters: readonly number[];
  /** In hexadecimal, with semicolons between: a code point and its lower case, where that is another. */
  readonly lower: string;
  /** A code point and its compatibility decomposition, where it has one; without Hangul, which is computed. */
  readonly decompositions: string;
  /** All code points of one combining class, class by class in their order; without class 0. */
  readonly marks: string;
  /** Two code points and the one that they compose; without Hangul. */
  readonly compositions: string;
}

/**
 * Reads the tables of Unicode out of this engine, by its own normalization, lower case and properties: what a module
 * in another engine or language needs to find the very words that `tokenize` finds here. Takes half a second.
 */
export function readUnicodeTables(version: string): UnicodeTables {
  const everything = writeEverything();
  // What is not assigned, or for private use, is its own lower case and has no parts.
  const assigned = [...everything.matchAll(/[\p{Assigned}--[\p{Co}\p{Cs}]]/gv)].map(([one]) => one);
  return {
    version,
    characters: writeRanges(everything),
    lower: writeLists(assigned.flatMap(lowerOf)),
    decompositions: writeLists(assigned.flatMap(decompositionOf)),
    marks: writeLists(orderMarks(assigned.filter((one) => /\p{M}/v.test(one)).map(pointOf))),
    compositions: writeLists(assigned.flatMap(compositionOf)),
  };
}

// The bits, the lowest first, as `tokenize` and lower case ask for them.
const unspaced =
  "[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\p{sc=Tibetan}]";
const properties = [
  unspaced,
  "\\p{M}",
  "\\p{Extended_Pictographic}",
  `[[\\p{L}\\p{M}\\p{N}]--${unspaced}]`,
  "\\p{L}",
  "\\p{Nd}",
  "\\p{Cased}",
  "\\p{Case_Ignorable}",
];

type Points = readonly number[];

/** Every code point but surrogates, in order. */
function writeEverything(): string {
  const rows = Array.from({ length: 0x110000 / 0x400 }, (_, row) => row * 0x400)
    .filter((first) => first < 0xd800 || first > 0xdfff)
    .map((first) => String.fromCodePoint(...Array.from({ length: 0x400 }, (_, at) => first + at)));
  return rows.join("");
}

function writeRanges(everything: string): readonly number[] {
  const bits = new Uint8Array(0x110000);
  properties.forEach((property, bit) => {
    for (const [run] of everything.matchAll(new RegExp(`${property}+`, "gv")))
      for (const character of run) bits[pointOf(character)]! |= 2 ** bit;
  });
  const ranges: number[] = [];
  let end = 0;
  for (let first = 0; first < bits.length; ) {
    let next = first + 1;
    while (next < bits.length && bits[next] === bits[first]) next++;
    if (bits[first]! > 0) {
      ranges.push(first - end, next - first, bits[first]!);
      end = next;
    }
    first = next;
  }
  return ranges;
}

function lowerOf(character: string): readonly Points[] {
  const lower = character.toLowerCase();
  return lower === character ? [] : [[pointOf(character), ...toPoints(lower)]];
}

function decompositionOf(character: string): readonly Points[] {
  const parts = character.normalize("NFKD");
  return parts === character || isHangul(character) ? [] : [[pointOf(character), ...toPoints(parts)]];
}

/** The pair that composes a character: all but the last of its canonical parts, composed, and the last. */
function compositionOf(character: string): readonly Points[] {
  const parts = toPoints(character.normalize("NFD"));
  if (parts.length < 2 || isHangul(character) || character.normalize("NFC") !== character) return [];
  const first = toPoints(String.fromCodePoint(...parts.slice(0, -1)).normalize("NFC"));
  if (first.length !== 1) throw new Error(`${character} is composed of more than two`);
  return [[first[0]!, parts.at(-1)!, pointOf(character)]];
}

// Classes themselves are not told by the engine, but marks change places when the latter has a lower class than the
// former, and only their order matters. U+0334 has the lowest class that there is, and U+0345 the highest.
function orderMarks(points: Points): readonly Points[] {
  const marks = points.filter((point) => swaps(point, 0x334) || swaps(0x345, point));
  const classes: number[][] = [];
  for (const mark of marks) {
    const place = classes.findIndex(([other]) => !swaps(mark, other!));
    const same = classes[place];
    if (same === undefined) classes.push([mark]);
    else if (swaps(same[0]!, mark)) classes.splice(place, 0, [mark]);
    else same.push(mark);
  }
  return classes;
}

function swaps(former: number, latter: number): boolean {
  const text = String.fromCodePoint(former, latter);
  return text.normalize("NFD") === String.fromCodePoint(latter, former) && former !== latter;
}

function isHangul(character: string): boolean {
  return character >= "\uac00" && character <= "\ud7a3";
}

function pointOf(character: string): number {
  return character.codePointAt(0)!;
}

function toPoints(text: string): Points {
  return Array.from(text, (character) => character.codePointAt(0)!);
}

function writeLists(lists: readonly Points[]): string {
  return lists.map((list) => list.map((point) => point.toString(16)).join(" ")).join(";");
}
