import { limits } from "./limits.ts";
import type { TextProblem } from "./problem.ts";
import { quoteText } from "./quote-text.ts";
import type { Tag } from "./tag.ts";

/** A block that waits for its end. */
interface OpenBlock {
  readonly tag: Tag;
  /** The `{{else if}}` seen in it: each lies one deeper. */
  chained: number;
}

/** What is wrong with the way in which the blocks of a text open and close, and the tags that are not supported. */
export function checkNesting(text: string, tags: readonly Tag[]): readonly TextProblem[] {
  const problems: TextProblem[] = [];
  const open: OpenBlock[] = [];
  let depth = 0;
  for (const tag of tags) {
    const shown = quoteText(text.slice(tag.start, tag.end));
    const report = (message: string, hint?: string) => {
      problems.push({ message, offset: tag.start, length: tag.end - tag.start, ...(hint ? { hint } : {}) });
    };
    const unsupported = unsupportedTag(text, tag);
    if (unsupported) report(`${unsupported[0]} are not supported`, unsupported[1]);
    switch (tag.opening) {
      case "OPEN_BLOCK":
      case "OPEN_INVERSE":
      case "OPEN_PARTIAL_BLOCK":
        open.push({ tag, chained: 0 });
        depth += 1;
        break;
      case "OPEN_INVERSE_CHAIN": {
        const block = open.at(-1);
        if (!block) report(`${shown} belongs to no block`);
        else block.chained += 1;
        depth += 1;
        break;
      }
      case "INVERSE":
        if (open.length === 0) report(`${shown} belongs to no block`);
        break;
      case "OPEN_ENDBLOCK": {
        const block = open.pop();
        if (!block) {
          report(`${shown} closes nothing`);
          break;
        }
        depth -= 1 + block.chained;
        if (block.tag.name !== tag.name) {
          const opened = quoteText(text.slice(block.tag.start, block.tag.end));
          report(`${shown} closes ${opened}`, `close that with "{{/${block.tag.name}}}" first`);
          // What follows would be matched with the wrong blocks.
          return problems;
        }
        break;
      }
    }
    if (depth > limits.depth) {
      report(`blocks are nested more than ${limits.depth} deep`);
      return problems;
    }
  }
  return [...problems, ...open.map(({ tag }) => neverClosed(text, tag))].slice(0, 20);
}

/** What a tag is called that Handlebars has and templates here have not, and what to write instead. */
function unsupportedTag(text: string, tag: Tag): readonly [name: string, hint?: string] | undefined {
  if (/^\{\{~?#?\*/.test(text.slice(tag.start, tag.start + 5))) return ["decorators"];
  switch (tag.opening) {
    case "OPEN_PARTIAL":
    case "OPEN_PARTIAL_BLOCK":
      return ["partials"];
    case "OPEN_INVERSE":
      return ["inverted blocks", `write "{{#unless …}}"`];
    default:
      return undefined;
  }
}

function neverClosed(text: string, { start, end, name }: Tag): TextProblem {
  return {
    message: `${quoteText(text.slice(start, end))} is never closed`,
    offset: start,
    length: end - start,
    hint: `close it with "{{/${name}}}"`,
  };
}
