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

/** Waits until the chart is drawn: its canvas has a pixel with colour in it. */
export async function waitForCurve(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('.chart canvas');
    if (!canvas?.width) return false;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b, a] = [data[i]!, data[i + 1]!, data[i + 2]!, data[i + 3]!];
      if (a > 128 && Math.max(r, g, b) - Math.min(r, g, b) > 60) return true;
    }
    return false;
  });
}
