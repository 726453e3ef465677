// A target that makes up series without end, beside a good one: it fails itself, says so, and the store stays small.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { apiClient } from '../support/api.ts';
import { eventually, freePort, startFerulaProgram, untilReady } from '../support/programs.ts';

interface Target {
  readonly scrapePool: string;
  readonly health: string;
  readonly lastError: string;
}

it.each([
  ['series_limit of its job', ', series_limit: 200', '0', /^series_limit exceeded .* limit: 200\)$/],
  [
    '--storage.max-series',
    '',
    '200',
    /^The store has 200 series and may have 200 \(--storage\.max-series\); the most new ones came from bad http/,
  ],
])('an exploding target is stopped by %s', { timeout: 60_000 }, async (_, limit, maxSeries, reason) => {
  let made = 0;
  const server = createServer((request, response) => {
    const explosion = Array.from({ length: 40 }, () => `explosion{id="${made++}"} 1\n`).join('');
    response.end(request.url === '/bad' ? explosion : 'fine 1\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), 'ferula-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'config.yml');
  const job = (name: string, more: string): string =>
    `- {job_name: ${name}, metrics_path: /${name}, static_configs: [{targets: ["${address}"]}]${more}}\n`;
  writeFileSync(
    config,
    `ferula: {scrape_self: 0s}\nglobal: {scrape_interval: 200ms}\nscrape_configs:\n${job('good', '')}${job('bad', limit)}`,
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = startFerulaProgram([
    'serve',
    `--config.file=${config}`,
    `--storage.path=${join(folder, 'ferula.db')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--storage.max-series=${maxSeries}`,
  ]);
  onTestFinished(async () => {
    await running.stop();
  });
  await untilReady(`${url}/-/ready`, running);
  const targets = await eventually(async () => {
    const answer = await fetch(`${url}/api/v1/targets`);
    const { data } = (await answer.json()) as { data: { activeTargets: Target[] } };
    return data.activeTargets.some(({ health }) => health === 'down') ? data.activeTargets : undefined;
  });
  const found = new Map(targets.map((target) => [target.scrapePool, target]));
  expect(found.get('bad')).toMatchObject({ health: 'down', lastError: expect.stringMatching(reason) });
  expect(found.get('good')).toMatchObject({ health: 'up', lastError: '' });
  const api = apiClient(url);
  const scrapes = (await api.value('count_over_time(fine[1h])')) ?? 0;
  await eventually(
    async () => ((await api.value('count_over_time(fine[1h])')) ?? 0) > scrapes + 3 || undefined,
  );
  expect(await api.value('count(last_over_time({__name__!=""}[1h]))')).toBeLessThanOrEqual(220);
  expect(running.output()).toMatch(/level=warn msg="scrape failed" target="bad http/);
});
