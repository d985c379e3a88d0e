/** One colour in the light and in the dark page. */
interface Tone {
  readonly light: string;
  readonly dark: string;
}

/**
 * What the charts are painted with. Blue and vermilion are of the palette of M. Okabe and K. Ito (2008), which
 * the colour-blind can tell apart; the pages are GitHub's. No two light ones are equal: by them the dark ones are
 * put in.
 */
export const tones = {
  page: { light: "#ffffff", dark: "#0d1117" },
  ink: { light: "#1f2328", dark: "#f0f6fc" },
  quiet: { light: "#59636e", dark: "#9198a1" },
  line: { light: "#dde2e8", dark: "#2f353d" },
  blue: { light: "#0072b2", dark: "#56b4e9" },
  vermilion: { light: "#d55e00", dark: "#e69f00" },
} as const satisfies { readonly [name: string]: Tone };

/** What text is set in; figures stand below each other in all of them. */
export const fontFamily = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif";

/** Text sizes in px: of names and headings, and of everything beside them. */
export const fontSizes = { normal: 13, small: 12 } as const;

/** The style sheet of a chart; it holds within the element of that id, so that a page may show several. */
export function styleSheet(id: string): string {
  const dark = Object.values(tones).flatMap((tone) =>
    (["fill", "stroke"] as const).map(
      (part) => `#${id} [${part}="${tone.light}"] { ${part}: ${tone.dark}; }`,
    ),
  );
  return [
    `#${id} { font-variant-numeric: tabular-nums; }`,
    "@media (prefers-color-scheme: dark) {",
    ...dark,
    "}",
  ].join("\n");
}
