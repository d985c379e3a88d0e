import type { Range } from "../diagnostic.ts";
import { fromPointer } from "../pointer.ts";
import type { Place } from "./build-data.ts";
import type { Lines, Span } from "./lines.ts";
import { spanInside } from "./scalar-units.ts";

/** Finds places by pointer. */
export interface Locator {
  /** See `SpecDocument.locate`. */
  locate(pointer: string, part: "key" | "value"): Range | undefined;
  /** See `SpecDocument.locateText`. */
  locateText(pointer: string, offset: number, length: number): Range | undefined;
}

/** A locator over the places of a document. */
export function createLocator(root: Place, lines: Lines): Locator {
  const find = (pointer: string): { place: Place; found: boolean } => {
    let place = root;
    for (const name of fromPointer(pointer)) {
      const child = place.children?.get(name);
      if (child === undefined) return { place, found: false };
      place = child;
    }
    return { place, found: true };
  };
  return {
    locate(pointer, part) {
      const { place } = find(pointer);
      return lines.rangeOf(part === "key" ? (place.key ?? place.value) : place.value);
    },
    locateText(pointer, offset, length) {
      const { place, found } = find(pointer);
      return lines.rangeOf((found ? insideOf(place, offset, length) : undefined) ?? place.value);
    },
  };
}

function insideOf({ scalar, pieces }: Place, offset: number, length: number): Span | undefined {
  return scalar === undefined ? undefined : spanInside({ scalar, pieces, offset, length });
}
