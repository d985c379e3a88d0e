import type { ComponentChildren } from "preact";

/** A part of the page under its heading. */
export function Section(props: {
  readonly title: string;
  readonly about?: string | undefined;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="part">
      <h2>
        {props.title} {props.about !== undefined && <span class="about">{props.about}</span>}
      </h2>
      {props.children}
    </section>
  );
}

/** What may be wider than the page: it scrolls by itself, with the keyboard too. */
export function Wide({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached without a mouse.
    <section class="wide" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
