import type { Page } from "playwright-core";

/**
 * The contrast of every visible text against what lies behind it, from 1 to 21.
 * Source: WCAG 2.2, "relative luminance" and "contrast ratio".
 */
export async function measureContrast(
  page: Page,
): Promise<readonly { readonly text: string; readonly contrast: number }[]> {
  return page.evaluate(() => {
    type Color = readonly [red: number, green: number, blue: number, alpha: number];
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
    // Whatever notation a colour has, a pixel of it has four numbers.
    const read = (color: string): Color => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      return [red!, green!, blue!, alpha! / 255];
    };
    const over = (top: Color, below: Color): Color => {
      const mix = (at: 0 | 1 | 2) => top[at] * top[3] + below[at] * (1 - top[3]);
      return [mix(0), mix(1), mix(2), 1];
    };
    const behind = (element: Element | null): Color =>
      element === null
        ? [255, 255, 255, 1]
        : over(read(getComputedStyle(element).backgroundColor), behind(element.parentElement));
    const luminance = ([red, green, blue]: Color) => {
      const linear = (value: number) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    };
    const found = [];
    const texts = document.createTreeWalker(document.getElementById("page")!, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement!;
      const text = texts.currentNode.textContent!.trim();
      if (text === "" || element.closest(".unseen, option, :disabled, .empty") || !element.checkVisibility())
        continue;
      const below = behind(element);
      const [one, other] = [luminance(over(read(getComputedStyle(element).color), below)), luminance(below)];
      found.push({ text, contrast: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) });
    }
    return found;
  });
}
