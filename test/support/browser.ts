import chromiumBinary from "@sparticuz/chromium";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

/** A page in the browser, with everything that went wrong or out since it was opened. */
export interface WatchedPage {
  readonly page: Page;
  /** Addresses that were asked for, but for the page itself. */
  readonly requests: readonly string[];
  /** Errors and warnings of the console, uncaught errors, dialogs. */
  readonly complaints: readonly string[];
  /** What called the page's function `ran`, which hostile texts try to. */
  readonly ran: readonly unknown[];
}

/** How a page is looked at. */
export interface Looks {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/** Opens a real Chromium for the tests of a file and closes it after them. @returns what opens a page of it */
export function openBrowser(): (file: string, looks?: Looks) => Promise<WatchedPage> {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
  });
  return (file, looks) => openPage(browser!, file, looks);
}

/** Starts Chromium as it is on a desk: the sandbox that containers lack is off, what guards pages is on. */
export async function launchBrowser(): Promise<Browser> {
  const loosened = ["--disable-web-security", "--allow-running-insecure-content", "--single-process"];
  return chromium.launch({
    executablePath: await chromiumBinary.executablePath(),
    args: chromiumBinary.args.filter((arg) => !loosened.includes(arg)),
  });
}

/** Opens a file as a person does, and watches it. */
async function openPage(
  browser: Browser,
  file: string,
  { width = 1280, height = 900, dark = false }: Looks = {},
): Promise<WatchedPage> {
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  const requests: string[] = [];
  const complaints: string[] = [];
  const ran: unknown[] = [];
  const address = `file://${file}`;
  page.on("request", (request) => {
    if (request.url() !== address) requests.push(request.url());
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.exposeFunction("ran", (what: unknown) => void ran.push(what));
  await page.goto(address);
  return { page, requests, complaints, ran };
}
