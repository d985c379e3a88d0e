/**
 * A text of Markdown in pieces, in this order.
 *
 * @typedef {object} Part
 * @property {string} first What is read first; cut where there is no room for all of it.
 * @property {string} always What is never left out.
 * @property {readonly string[]} rest Sections, each whole or left out.
 */

/**
 * Joins parts within a limit, whole if they fit. If not, each keeps its first pieces, and then section for section in
 * turn what finds room; the note says that there was more.
 *
 * @param {{ parts: readonly Part[], limit: number, note: string }} options `limit` in characters.
 * @returns {string}
 */
export function fitParts({ parts, limit, note }) {
  const whole = join(parts.flatMap(({ first, always, rest }) => [first, always, ...rest]));
  if (whole.length <= limit) return whole;
  let room = limit - note.length - GAP.length;
  const share = Math.floor(room / parts.length);
  const kept = parts.map(({ first, always }) => {
    const most = share - always.length - 2 * GAP.length;
    return [cutLines({ text: first, limit: most, sizeOf: characters }), always];
  });
  for (const texts of kept) room -= join(texts).length + GAP.length;
  const open = new Set(parts.keys());
  for (let turn = 0; open.size > 0; turn += 1)
    for (const at of open) {
      const section = parts[at]?.rest[turn];
      // After a section that found no room none follows: a reader would not see the hole.
      if (section === undefined || section.length + GAP.length > room) open.delete(at);
      else {
        kept[at]?.push(section);
        room -= section.length + GAP.length;
      }
    }
  return join([...kept.flat(), note]).slice(0, limit);
}

/**
 * Parts Markdown before each of its headings and folds, but for those in folds and blocks of code.
 *
 * @param {string} text
 * @returns {readonly string[]}
 */
export function splitSections(text) {
  /** @type {string[][]} */
  const sections = [[]];
  const reader = readBlocks();
  let open = { fence: "", folds: 0 };
  for (const line of text.split("\n")) {
    if (open.fence === "" && open.folds === 0 && /^(?:#{1,6} |<details[ >])/.test(line)) sections.push([]);
    open = reader(line);
    sections.at(-1)?.push(line);
  }
  return sections.map((lines) => lines.join("\n").trim()).filter((section) => section !== "");
}

/**
 * Cuts Markdown at the end of a line, with a note; what was open there is closed.
 *
 * @param {{ text: string, limit: number, sizeOf?: (text: string) => number, note?: string }} options `limit` in what
 * `sizeOf` counts: by default bytes.
 * @returns {string}
 */
export function cutLines({ text, limit, sizeOf = Buffer.byteLength, note = "" }) {
  if (sizeOf(text) <= limit) return text;
  const ending = note === "" ? "" : `${GAP}${note}`;
  /** @type {string[]} */
  const kept = [];
  let room = limit - sizeOf(ending) - MOST_TO_CLOSE;
  for (const line of text.split("\n")) {
    room -= sizeOf(line) + 1;
    if (room < 0) break;
    kept.push(line);
  }
  return `${closeBlocks(kept.join("\n"))}${ending}`;
}

/**
 * Closes the block of code and the folds that a text left open, so that nothing after it is drawn into them.
 *
 * @param {string} text
 * @returns {string}
 */
export function closeBlocks(text) {
  const { fence, folds } = openAtEnd(text.split("\n"));
  const closing = [...(fence === "" ? [] : [fence]), ...Array(folds).fill("</details>")];
  return closing.length === 0 ? text : `${text}\n${closing.join("\n")}`;
}

const GAP = "\n\n";

/** Room for the ends of a block of code and of nested folds. */
const MOST_TO_CLOSE = 200;

/** @param {readonly string[]} texts */
function join(texts) {
  return texts.filter((text) => text !== "").join(GAP);
}

/** @param {string} text */
function characters(text) {
  return text.length;
}

/** @param {readonly string[]} lines */
function openAtEnd(lines) {
  const reader = readBlocks();
  let open = { fence: "", folds: 0 };
  for (const line of lines) open = reader(line);
  return open;
}

/** Reads line for line, and tells after each which block of code is open and how many folds are. */
function readBlocks() {
  let fence = "";
  let folds = 0;
  return (/** @type {string} */ line) => {
    const [, mark = "", rest = ""] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (fence !== "") {
      if (mark.startsWith(fence) && rest.trim() === "") fence = "";
    } else if (mark !== "" && !(mark.startsWith("`") && rest.includes("`"))) fence = mark;
    else {
      folds += (line.match(/<details[ >]/g) ?? []).length - (line.match(/<\/details>/g) ?? []).length;
      folds = Math.min(Math.max(0, folds), 10);
    }
    return { fence, folds };
  };
}
