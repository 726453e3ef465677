// Chromium for the tests of the pages: found once, and skipped with a message where it is missing, except in CI.
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const found = existsSync(executablePath);

if (!found && process.env.CI === 'true')
  throw new Error(`No Chromium at ${executablePath}: install it, or name it in the variable CHROMIUM`);
if (!found) process.stderr.write(`Tests of the pages are skipped: no Chromium at ${executablePath}\n`);

export const noBrowser = !found;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--headless=new'] });
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
}

/** A page and what it complained about: errors and warnings of the console, refusals of the policy, exceptions. */
export async function openPage(browser: Browser, options: OpenOptions = {}) {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
    colorScheme: options.scheme ?? 'light',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { page, complaints, close: () => context.close() };
}

/** Runs in the page, hence as text: whether the canvas of the chart has a pixel with colour in it. */
const isCurveDrawn = `(() => {
  const canvas = document.querySelector('.chart canvas');
  if (!canvas?.width) return false;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4) {
    const [r, g, b, a] = data.subarray(i, i + 4);
    if (a > 128 && Math.max(r, g, b) - Math.min(r, g, b) > 60) return true;
  }
  return false;
})()`;

/** Waits until the chart is drawn. Asked from outside, since the policy of the page forbids it to evaluate text. */
export async function waitForCurve(page: Page): Promise<void> {
  await page.waitForSelector('.chart canvas');
  while (!(await page.evaluate<boolean>(isCurveDrawn))) await page.waitForTimeout(20);
}

/** Elements of the document. */
export function countNodes(page: Page): Promise<number> {
  return page.evaluate<number>(`document.querySelectorAll('*').length`);
}

export async function blur(page: Page): Promise<void> {
  await page.evaluate('document.activeElement.blur()');
}

/** A stop of the Tab key: which element, and whether an outline is drawn around it or its field. */
export interface FocusStop {
  readonly place: string;
  readonly outlined: boolean;
}

/** Presses Tab; null when the focus has left the page. */
export async function nextStop(page: Page): Promise<FocusStop | null> {
  await page.keyboard.press('Tab');
  return page.evaluate<FocusStop | null>(`(() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(element.closest('.query-field') ?? element);
    const place = [...document.querySelectorAll('*')].indexOf(element);
    return {
      place: place + ' ' + element.outerHTML.slice(0, 80),
      outlined: outlineStyle !== 'none' && outlineWidth !== '0px',
    };
  })()`);
}
