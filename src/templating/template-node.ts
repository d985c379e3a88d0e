/** One step of a checked template. What is not in this union cannot be rendered. */
export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly value: Expression }
  | IfNode
  | {
      readonly kind: "each" | "with";
      readonly value: Expression;
      readonly body: Nodes;
      readonly otherwise: Nodes;
    };

/** `{{#if}}` or, negated, `{{#unless}}`. */
export interface IfNode {
  readonly kind: "if";
  readonly value: Expression;
  readonly isNegated: boolean;
  /** True where the number 0 counts as true. */
  readonly includeZero: boolean;
  readonly body: Nodes;
  readonly otherwise: Nodes;
}

/** Steps that are rendered one after the other. */
export type Nodes = readonly TemplateNode[];

/** What a tag reads. `text` is how the template writes it. */
export type Expression =
  | {
      readonly kind: "path";
      /** How many `{{#each}}` and `{{#with}}` to leave, from the inside. */
      readonly up: number;
      readonly keys: readonly string[];
      readonly text: string;
    }
  | { readonly kind: "loop"; readonly up: number; readonly of: LoopValue; readonly text: string }
  | {
      readonly kind: "lookup";
      readonly holder: Expression;
      readonly key: string | Expression;
      readonly text: string;
    };

/** What `{{#each}}` tells about the pass that it is in. */
export type LoopValue = "index" | "key" | "first" | "last";
