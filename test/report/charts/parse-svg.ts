/** An element of an SVG. */
export interface Element {
  readonly tag: string;
  readonly attributes: { readonly [name: string]: string };
  readonly children: readonly Element[];
  /** What stands directly in it. */
  readonly text: string;
}

/**
 * Reads an SVG as strictly as XML is: every tag closed, every attribute quoted and named once, no reference but to
 * the characters that need one, no character that XML lacks. @throws Error with the place of the first fault
 */
export function parseSvg(svg: string): Element {
  const forbidden = svg.search(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
  if (forbidden >= 0) throw new Error(`no character of XML at ${forbidden}`);
  const open: (Omit<Element, "children" | "text"> & { children: Element[]; text: string })[] = [
    { tag: "", attributes: {}, children: [], text: "" },
  ];
  const token = /<(\/?)([a-zA-Z]+)((?: [a-zA-Z][a-zA-Z0-9:-]*="[^"<]*")*)(\/?)>|([^<]+)/y;
  while (token.lastIndex < svg.length) {
    const at = token.lastIndex;
    const found = token.exec(svg);
    if (found === null) throw new Error(`no markup at ${at}: ${svg.slice(at, at + 40)}`);
    const [, end, tag = "", attributes = "", single, text] = found;
    if (text !== undefined) open.at(-1)!.text += decode(text);
    else if (end === "/") close(tag, at);
    else {
      open.push({ tag, attributes: readAttributes(attributes, at), children: [], text: "" });
      if (single === "/") close(tag, at);
    }
  }
  const [root, ...rest] = open;
  if (rest.length > 0) throw new Error(`${rest.at(-1)!.tag} is not closed`);
  if (root!.children.length !== 1) throw new Error(`${root!.children.length} roots`);
  return root!.children[0]!;

  function close(tag: string, at: number): void {
    const element = open.pop()!;
    if (element.tag !== tag || open.length === 0) throw new Error(`${tag} is closed at ${at} and not open`);
    open.at(-1)!.children.push(element);
  }
}

/** All elements in the order of the document. */
export function everyElement(root: Element): readonly Element[] {
  return [root, ...root.children.flatMap(everyElement)];
}

function readAttributes(text: string, at: number): Element["attributes"] {
  const found = [...text.matchAll(/ ([a-zA-Z][a-zA-Z0-9:-]*)="([^"]*)"/g)].map(([, name, value]) => [
    name!,
    decode(value!),
  ]);
  if (new Set(found.map(([name]) => name)).size < found.length)
    throw new Error(`an attribute comes twice at ${at}`);
  return Object.fromEntries(found);
}

function decode(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot);)/.test(text)) throw new Error(`a bare & in ${text}`);
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
