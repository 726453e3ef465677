// The main job on real input: Ferula as a program scrapes node_exporter, an application under known traffic and itself
// for half a minute; the numbers are asked over HTTP and from the file while the server runs.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { type ApiClient, apiClient } from '../support/api.ts';
import {
  eventually,
  freePort,
  needProgram,
  type Running,
  start,
  startFerulaProgram,
  TOP,
  untilReady,
} from '../support/programs.ts';
import { noBrowser, openBrowser, openPage, waitForCurve } from '../web/ui/browser.ts';

const WATCHED_MS = 30_000;
const run = promisify(execFile);

describe('Ferula with real programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-e2e-'));
  const running: Running[] = [];
  afterAll(async () => {
    await Promise.all(running.map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  it('scrapes, stores and answers what is true', { timeout: 90_000 }, async (context) => {
    const nodeExporter = needProgram(context, 'prometheus-node-exporter', 'node_exporter');
    const [nodePort, appPort, port] = [await freePort(), await freePort(), await freePort()];
    running.push(start(nodeExporter, [`--web.listen-address=127.0.0.1:${nodePort}`]));
    const app = start(process.execPath, [join(TOP, 'test/support/known-app.ts'), String(appPort)]);
    running.push(app);
    await untilReady(`http://127.0.0.1:${nodePort}/metrics`);
    await untilReady(`http://127.0.0.1:${appPort}/metrics`);

    writeFileSync(
      join(folder, 'config.yml'),
      `global: {scrape_interval: 1s}
scrape_configs:
  - job_name: node
    static_configs: [{targets: ['127.0.0.1:${nodePort}']}]
  - job_name: app
    static_configs: [{targets: ['127.0.0.1:${appPort}'], labels: {team: blue}}]
ferula: {scrape_self: 1s}
`,
    );
    const store = join(folder, 'ferula.db');
    const ferula = startFerulaProgram([
      'serve',
      `--config.file=${join(folder, 'config.yml')}`,
      `--storage.path=${store}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    running.push(ferula);
    const base = `http://127.0.0.1:${port}`;
    await untilReady(`${base}/-/ready`, ferula);
    const api = apiClient(base);
    await eventually(
      async () => ((await api.vector('up')).length === 3 ? true : undefined),
      5_000,
      'three targets',
    );
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));

    await everythingUp(api);
    await knownTraffic(api);
    await sameFromTheFile(api, store);
    if (!noBrowser) await drawnInTheBrowser(base);
    await targetGone(api, app);
    expect(await ferula.stop('SIGTERM')).toBe(0);
  });
});

async function everythingUp(api: ApiClient): Promise<void> {
  const up = await api.vector('up');
  expect(up.map(({ metric, value }) => [metric.job, value![1]]).sort()).toEqual([
    ['app', '1'],
    ['ferula', '1'],
    ['node', '1'],
  ]);
  expect(await api.value('count(node_cpu_seconds_total{mode="idle"})')).toBe(
    await api.value('count by () (node_cpu_seconds_total{mode="user"})'),
  );
  const targets = (await api.get('targets')) as { activeTargets: { scrapePool: string; health: string }[] };
  expect(targets.activeTargets.map(({ scrapePool, health }) => [scrapePool, health]).sort()).toEqual([
    ['app', 'up'],
    ['ferula', 'up'],
    ['node', 'up'],
  ]);
}

async function knownTraffic(api: ApiClient): Promise<void> {
  const rate = await api.value('sum(rate(app_calls_total{job="app"}[20s]))');
  expect(rate).toBeGreaterThan(50 * 0.95);
  expect(rate).toBeLessThan(50 * 1.05);
  const byCode = await api.vector('sort(-sum by (code, team) (rate(app_calls_total[20s])))');
  expect(byCode.map(({ metric }) => metric)).toEqual([
    { code: '200', team: 'blue' },
    { code: '500', team: 'blue' },
  ]);
  expect(Number(byCode[1].value![1])).toBeGreaterThan(-10 * 1.05);
  expect(Number(byCode[1].value![1])).toBeLessThan(-10 * 0.95);
  const median = await api.value(
    'histogram_quantile(0.5, sum by (le) (rate(app_call_duration_seconds_bucket[20s])))',
  );
  expect(median).toBeGreaterThan(0.01);
  expect(median).toBeLessThanOrEqual(0.05);
  const slow = await api.value(
    'histogram_quantile(0.95, sum by (le) (rate(app_call_duration_seconds_bucket[20s])))',
  );
  expect(slow).toBeGreaterThan(0.1);
  expect(slow).toBeLessThanOrEqual(0.5);
}

/** The command line on the same file gives the same numbers, to the last digit, while the server goes on writing. */
async function sameFromTheFile(api: ApiClient, store: string): Promise<void> {
  const time = Math.floor(Date.now() / 1000) - 2;
  const query = 'sum by (code) (rate(app_calls_total[10s]))';
  const overHttp = await api.vector(query, time);
  const { stdout } = await run(process.execPath, [
    join(TOP, 'src/main.ts'),
    'query',
    `--storage.path=${store}`,
    `--time=${time}`,
    query,
  ]);
  const expected = overHttp.map(({ metric, value }) => `{code="${metric.code}"} => ${value![1]} @[${time}]`);
  expect(stdout.trim().split('\n')).toEqual(expected);
}

/** The page draws the curve of the known traffic, lists the targets, and has nothing to complain about. */
async function drawnInTheBrowser(base: string): Promise<void> {
  const browser = await openBrowser();
  try {
    const { page, complaints } = await openPage(browser);
    const query = 'sum by (code) (rate(app_calls_total[10s]))';
    await page.goto(`${base}/explore?q=${encodeURIComponent(query)}&range=1m`);
    await waitForCurve(page);
    expect(await page.locator('body').innerText()).toMatch(/code=200[\s\S]*code=500/);
    await page.goto(`${base}/targets`);
    await page.getByText('127.0.0.1').first().waitFor();
    expect(await page.locator('body').innerText()).toMatch(/3\s*up/);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
}

async function targetGone(api: ApiClient, app: Running): Promise<void> {
  await app.stop('SIGKILL');
  await eventually(
    async () => ((await api.value('up{job="app"}')) === 0 ? true : undefined),
    5_000,
    'up to become 0',
  );
  expect(await api.vector('app_calls_total')).toEqual([]);
  const targets = (await api.get('targets')) as {
    activeTargets: { scrapePool: string; lastError: string }[];
  };
  expect(targets.activeTargets.find(({ scrapePool }) => scrapePool === 'app')?.lastError).toMatch(/refused/i);
}
