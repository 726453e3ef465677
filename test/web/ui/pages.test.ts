// The pages in a browser, against canned answers: what they draw, weigh, say when the server fails, and that they can
// be used by keyboard, on a phone and in both themes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildUi } from '../../../src/build/ui.ts';
import {
  blur,
  countNodes,
  nextStop,
  noBrowser,
  type OpenOptions,
  openBrowser,
  openPage,
  waitForCurve,
} from './browser.ts';
import { type MockApi, startMock } from './mock-api.ts';

const byRoute = 'explore?q=sum+by+(route)+(rate(http_requests_total[5m]))&range=2h';
const shown = ['', byRoute, 'explore?q=queue_depth&view=table', 'explore?q=up&view=json', 'targets'];

describe.skipIf(noBrowser)('pages', () => {
  let folder: string;
  let browser: Browser;
  let api: MockApi;
  let cleanUp: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ferula-ui-'));
    await buildUi(folder);
    browser = await openBrowser();
    api = await startMock(folder);
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
    if (folder) rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const step of cleanUp.splice(0)) await step();
    cleanUp = [];
    Object.assign(api.state, { mode: 'ok', targets: 5, delay: 0 });
    api.state.requests.length = 0;
  });

  async function open(path: string, options?: OpenOptions, base = api.url) {
    const opened = await openPage(browser, options);
    cleanUp.push(opened.close);
    await opened.page.goto(base + path);
    return opened;
  }
  /** Opens a page and waits until its main content is there. */
  async function openReady(path: string, options?: OpenOptions) {
    const opened = await open(path, options);
    await opened.page.waitForSelector('.uplot canvas, .table tbody tr, .json pre, .single, .empty');
    return opened;
  }
  const withEditor = (page: Page) => page.waitForSelector('.cm-content');

  describe('Explore', () => {
    it('charts `up` and offers three queries when it is opened without one', async () => {
      const { page, complaints } = await open('');
      await waitForCurve(page);
      await page.waitForSelector('.welcome a');
      expect(page.url()).toBe(`${api.url}explore`);
      expect(await page.locator('.welcome a').count()).toBe(3);
      expect(api.state.requests.filter((request) => request.startsWith('query_range'))).toHaveLength(1);
      expect(api.state.requests[0]).toMatch(/^query_range\?query=up&/);
      await withEditor(page);
      expect(complaints).toEqual([]);
    });

    it('draws the curves of the query in the address, with their figures below', async () => {
      const { page, complaints } = await open(byRoute);
      await waitForCurve(page);
      expect(await page.locator('.legend tbody tr').count()).toBe(6);
      expect(await page.locator('.legend .series').first().textContent()).toContain('route=/');
      await withEditor(page);
      expect(complaints).toEqual([]);
    });

    it('runs what is typed with Enter and puts it into the address', async () => {
      const { page } = await openReady('explore');
      await withEditor(page);
      await page.click('.cm-content');
      await page.keyboard.type('process_cpu_seconds_total');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Enter');
      await page.waitForURL(/q=process_cpu_seconds_total/);
      await page.waitForSelector('.common:has-text("process_cpu")');
    });

    it('completes names by asking the server for a prefix and no more than 50', async () => {
      const { page } = await openReady('explore');
      await withEditor(page);
      await page.click('.cm-content');
      await page.keyboard.type('proc', { delay: 30 });
      await page.waitForSelector('.cm-tooltip-autocomplete li');
      expect(await page.locator('.cm-tooltip-autocomplete li').allTextContents()).toContain(
        'process_resident_memory_bytes',
      );
      const asked = api.state.requests
        .map(decodeURIComponent)
        .filter((request) => /=~"p[roc]*\.\*"/.test(request));
      expect(asked.length).toBeGreaterThan(0);
      for (const request of asked) expect(request).toMatch(/limit=50/);
    });

    it('marks the place of a mistake and still draws the other query', async () => {
      const { page } = await open('explore?q=sum(up!!)&q2=up');
      await waitForCurve(page);
      const alert = page.locator('[role=alert]');
      expect(await alert.textContent()).toContain('unexpected "!!"');
      expect(await alert.locator('mark').textContent()).toBe('!');
    });

    it('zooms into the part that the pointer draws, and back on a double click', async () => {
      const { page } = await open(byRoute);
      await waitForCurve(page);
      const box = (await page.locator('.u-over').boundingBox())!;
      await page.mouse.move(box.x + 200, box.y + 100);
      await page.mouse.down();
      await page.mouse.move(box.x + 500, box.y + 100, { steps: 5 });
      await page.mouse.up();
      await page.waitForURL(/end=/);
      await page.mouse.dblclick(box.x + 300, box.y + 100);
      await page.waitForURL((url) => !url.search.includes('end=') && url.searchParams.get('range') === '2h');
    });

    it('moves the crosshair by arrow keys and tells what is there', async () => {
      const { page } = await open(byRoute);
      await waitForCurve(page);
      await page.focus('.chart');
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('ArrowLeft');
      expect(await page.locator('.unseen[aria-live=polite]').textContent()).toMatch(
        /^\d{4}-\d\d-\d\d .*route=\/.* and 3 more$/,
      );
      expect(await page.locator('.tip').isVisible()).toBe(true);
    });

    it('shows one series alone when its name is clicked, and remembers it in the address', async () => {
      const { page } = await openReady(byRoute);
      await page.locator('.legend .series').nth(1).click();
      await page.waitForURL(/only=[0-9a-f]{8}/);
      expect(await page.locator('.legend .hidden-series').count()).toBe(5);
    });

    it('says what it knows of a metric that is not there', async () => {
      const { page } = await openReady('explore?q=no_such_queue_depht');
      expect(await page.locator('.empty').textContent()).toContain('No series for no_such_queue_depht');
    });

    it('draws at most 100 series and says so, within 1,500 nodes', async () => {
      const { page } = await openReady('explore?q=many');
      expect(await page.locator('.facts').first().textContent()).toContain('Draw all 300');
      await withEditor(page);
      expect(await countNodes(page)).toBeLessThanOrEqual(1500);
    });

    it('understands the links of Prometheus', async () => {
      const { page } = await open(
        'graph?g0.expr=up&g0.range_input=6h&g0.tab=1&g0.end_input=2026-01-02+03:04:05',
      );
      await page.waitForSelector('.table tbody tr');
      const { searchParams, pathname } = new URL(page.url());
      expect(pathname).toBe('/explore');
      expect(Object.fromEntries(searchParams)).toEqual({
        q: 'up',
        range: '6h',
        end: '2026-01-02T03:04:05Z',
        view: 'table',
      });
    });

    it('lives below any prefix', async () => {
      const below = await startMock(folder, '/some/where/');
      cleanUp.push(() => below.close());
      const { page, complaints } = await open('', {}, below.url);
      await waitForCurve(page);
      await page.click('nav >> text=Targets');
      await page.waitForSelector('.targets tbody tr');
      expect(new URL(page.url()).pathname).toBe('/some/where/targets');
      expect(complaints).toEqual([]);
    });
  });

  describe('Targets', () => {
    it('shows failing targets first, with the error in words', async () => {
      const { page, complaints } = await openReady('targets');
      const first = page.locator('.targets tbody tr').first();
      expect(await first.locator('.state').textContent()).toBe('down');
      expect(await first.locator('.error-cell').textContent()).toContain('Nothing listens at this address');
      await page.waitForSelector('.strip');
      expect(await page.locator('.strip').first().getAttribute('aria-label')).toMatch(
        /^Up \d+% of the 60 minutes/,
      );
      expect(complaints).toEqual([]);
    });

    it('filters by text and state, kept in the address', async () => {
      const { page } = await openReady('targets');
      await page.fill('input[data-search]', 'node 9100');
      await page.waitForURL(/search=node/);
      expect(await page.locator('.targets tbody tr').count()).toBe(1);
      await page.fill('input[data-search]', '');
      await page.click('.state-count.down');
      await page.waitForURL(/state=down/);
      expect(await page.locator('.targets tbody tr').count()).toBe(1);
    });

    it('shows 2,000 targets within 5,000 nodes', async () => {
      api.state.targets = 2000;
      const { page } = await openReady('targets');
      await page.waitForSelector('.strip');
      expect(await page.locator('.facts').textContent()).toContain('1–200 of 2000 targets');
      expect(await countNodes(page)).toBeLessThanOrEqual(5000);
    });

    it('says how to add a target when there is none', async () => {
      api.state.targets = 0;
      const { page } = await open('targets');
      await page.waitForSelector('text=No targets yet');
      expect(await page.locator('.ways .card').count()).toBe(3);
    });
  });

  describe('figures', () => {
    it('takes at most 100 kB, 250 kB of script and 6 requests to the first chart', async () => {
      const opened = await openPage(browser);
      cleanUp.push(opened.close);
      const { page } = opened;
      const network = await page.context().newCDPSession(page);
      await network.send('Network.enable');
      const bytes = new Map<string, number>();
      const urls = new Map<string, string>();
      network.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url));
      network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        if (!/^data:/.test(urls.get(requestId)!)) bytes.set(urls.get(requestId)!, encodedDataLength);
      });
      await page.goto(`${api.url}${byRoute}`);
      await withEditor(page);
      const before = [...bytes].filter(([url]) => !/editor-/.test(url));
      expect(before.length).toBeLessThanOrEqual(6);
      // The answer of the API is the data's size, not the page's.
      const own = before.filter(([url]) => !url.includes('/api/'));
      expect(own.reduce((sum, [, size]) => sum + size, 0)).toBeLessThanOrEqual(100_000);
      const { files } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
      const size = (start: string) =>
        files[Object.keys(files).find((name) => name.startsWith(`assets/${start}`))!].bytes;
      expect(size('main-')).toBeLessThanOrEqual(250_000);
      expect(size('main-') + size('editor-')).toBeLessThanOrEqual(750_000);
    });
  });

  describe('failing server', () => {
    for (const mode of ['error', 'closed'] as const)
      for (const path of ['', 'targets', 'explore?q=up&view=table'])
        it(`tells of it: ${path || 'Explore'}, ${mode}`, async () => {
          api.state.mode = mode;
          const { page, complaints } = await open(path);
          const alert = page.locator('[role=alert]').first();
          await alert.waitFor();
          expect(await alert.textContent()).toContain(
            mode === 'error' ? 'the storage is on fire' : 'The server did not answer',
          );
          expect(complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
        });

    it('works again after "Try again"', async () => {
      api.state.mode = 'closed';
      const { page } = await open('explore?q=up');
      await page.waitForSelector('[role=alert]');
      api.state.mode = 'ok';
      await page.click('text=Try again');
      await waitForCurve(page);
      expect(await page.locator('[role=alert]').count()).toBe(0);
    });

    it('keeps the last picture while it fails, and says since when after three failures', async () => {
      const { page } = await open('explore?q=up&refresh=1s');
      await waitForCurve(page);
      api.state.mode = 'error';
      await page.waitForSelector('text=Not updated since');
      expect(await page.locator('.chart canvas').count()).toBe(1);
      api.state.mode = 'ok';
      await page.waitForSelector('text=Not updated since', { state: 'detached' });
    });

    it('cancels a slow query', async () => {
      api.state.delay = 20_000;
      const { page } = await open('explore?q=up');
      await page.click('text=Cancel');
      await page.waitForSelector('text=The query was cancelled');
    });
  });

  describe('hostile labels', () => {
    for (const path of [...shown, 'explore?q=queue_depth&y=points'])
      it(`are text: ${path || 'Explore'}`, async () => {
        const { page, complaints } = await openReady(path);
        if (path === 'targets')
          for (const opener of await page.locator('.opener').all()) await opener.click();
        if (path === byRoute) {
          await waitForCurve(page);
          await page.hover('.u-over');
        }
        await page.waitForTimeout(100);
        expect(await page.evaluate(`'hacked' in window`)).toBe(false);
        expect(await page.locator('a[href^="javascript"], img[src], iframe').count()).toBe(0);
        expect(complaints).toEqual([]);
      });
  });

  describe('accessibility', () => {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    for (const path of [...shown, 'explore?q=up!!', 'explore?q=no_such'])
      it(`has no serious finding of axe in light and dark: ${path || 'Explore'}`, async () => {
        const { page } = await open(path);
        await page.waitForSelector('.uplot canvas, .table tbody tr, .json pre, .empty, [role=alert]');
        if (!path.startsWith('targets')) await withEditor(page);
        await page.evaluate(axe);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          const { violations } = await page.evaluate<AxeResults>('axe.run()');
          const serious = violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map((node) => node.html).join(' ')}`);
          expect(serious).toEqual([]);
        }
      });

    for (const path of shown)
      it(`is no wider than a phone: ${path || 'Explore'}`, async () => {
        const { page } = await openReady(path, { width: 390, height: 844 });
        if (path !== 'targets') await withEditor(page);
        else await page.locator('.opener').first().click();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
      });

    for (const path of [byRoute, 'targets', 'explore?q=queue_depth&view=table'])
      it(`has no keyboard trap, and every stop shows the focus: ${path}`, async () => {
        const { page } = await openReady(path);
        if (path !== 'targets') await withEditor(page);
        await blur(page);
        const seen = new Set<string>();
        let stops = 0;
        for (; stops < 120; stops++) {
          const stop = await nextStop(page);
          if (stop === null || seen.has(stop.place)) break;
          seen.add(stop.place);
          expect(stop.outlined, stop.place).toBe(true);
        }
        expect(stops).toBeGreaterThan(8);
        expect(stops).toBeLessThan(120);
      });

    it('goes to a page by g and its letter, and opens the list of keys by ?', async () => {
      const { page } = await openReady('targets');
      await page.keyboard.press('g');
      await page.keyboard.press('e');
      await page.waitForURL(/explore/);
      await waitForCurve(page);
      await blur(page);
      await page.keyboard.press('?');
      await page.waitForSelector('dialog[open]');
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog', { state: 'detached' });
    });
  });
});
