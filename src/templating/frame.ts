/** What the text alone tells of a place in a template: which block surrounds it. The root has no parent. */
export interface Frame {
  /** Where `../` leads; null at the root. */
  readonly parent: Frame | null;
  /** What made the frame. */
  readonly block: "root" | "each" | "with";
  /** Which value of the scope `this` is, by its path; null where only the row tells, as in `{{#each}}`. */
  readonly path: readonly string[] | null;
  /** The names after `as`: of the value and, in `{{#each}}`, of its key. */
  readonly params: readonly string[];
}

/** Where a name after `as` is bound, from the inside; `isKey` where it is the second name. */
export function findParam(
  frame: Frame,
  name: string | undefined,
): { up: number; isKey: boolean } | undefined {
  let up = 0;
  for (let at: Frame | null = frame; at && name !== undefined; at = at.parent, up += 1) {
    const index = at.params.indexOf(name);
    if (index !== -1) return { up, isKey: index === 1 };
  }
  return undefined;
}

/** The frame that so many `../` lead to; null above the root. */
export function frameAbove(frame: Frame, up: number): Frame | null {
  let at: Frame | null = frame;
  for (let left = up; left > 0 && at; left -= 1) at = at.parent;
  return at;
}

/** The outermost frame, and how many frames lie between. */
export function findRoot(frame: Frame): { root: Frame; up: number } {
  let root = frame;
  let up = 0;
  for (; root.parent; root = root.parent) up += 1;
  return { root, up };
}

/** How many frames lie between a place and the `{{#each}}` that `@index`, or `@../index`, tells of. */
export function findLoop(frame: Frame, depth: number): number | undefined {
  let up = 0;
  let left = depth;
  for (let at: Frame | null = frame; at; at = at.parent, up += 1) {
    if (at.block !== "each") continue;
    if (left === 0) return up;
    left -= 1;
  }
  return undefined;
}
