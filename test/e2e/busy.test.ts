// A query that burns CPU for as long as it may: scrapes stay on time, /-/healthy and small queries answer at once, and
// the query ends with a timeout.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { apiClient } from '../support/api.ts';
import { eventually, freePort, type Running, startFerulaProgram, untilReady } from '../support/programs.ts';

const BURN_SECONDS = 30;
/** Two medians of 72,000 values at nearly a million steps: more work than any machine does in the time. */
const HEAVY = 'max_over_time(mad_over_time(vector(time() % 7919)[2h:100ms])[1d:100ms])';

describe('a query that burns CPU', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-busy-'));
  let running: Running | undefined;
  afterAll(async () => {
    await running?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('delays neither scrapes nor health nor other queries', { timeout: 90_000 }, async () => {
    writeFileSync(join(folder, 'config.yml'), 'ferula: {scrape_self: 1s}\n');
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    running = startFerulaProgram(
      [
        'serve',
        `--config.file=${join(folder, 'config.yml')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--query.timeout=${BURN_SECONDS}s`,
        '--query.max-samples=1000000000000',
        '--query.max-memory=1GiB',
      ],
      { cwd: folder },
    );
    await untilReady(`${base}/-/ready`, running);
    const api = apiClient(base);
    await eventually(async () => ((await api.value('up')) === 1 ? true : undefined));

    const start = Date.now();
    const heavy = fetch(`${base}/api/v1/query?query=${encodeURIComponent(HEAVY)}`).then(async (response) => ({
      status: response.status,
      body: (await response.json()) as { errorType: string },
      seconds: (Date.now() - start) / 1000,
    }));
    const healthMs: number[] = [];
    const queryMs: number[] = [];
    while (Date.now() - start < (BURN_SECONDS - 2) * 1000) {
      let before = performance.now();
      expect((await fetch(`${base}/-/healthy`)).status).toBe(200);
      healthMs.push(performance.now() - before);
      before = performance.now();
      expect(await api.value('up')).toBe(1);
      queryMs.push(performance.now() - before);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { status, body, seconds } = await heavy;
    expect([status, body.errorType]).toEqual([503, 'timeout']);
    expect(seconds).toBeGreaterThan(BURN_SECONDS - 1);
    expect(seconds).toBeLessThan(BURN_SECONDS + 3);

    // Medians: single calls may wait for a machine that is busy with other things, but not all of them.
    expect(median(healthMs)).toBeLessThan(200);
    expect(median(queryMs)).toBeLessThan(300);
    const data = (await api.get('query', { query: 'up[25s]' })) as {
      result: { values: [number, string][] }[];
    };
    const times = data.result[0].values.map(([time]) => time);
    expect(times.length).toBeGreaterThanOrEqual(24);
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    expect(Math.max(...gaps)).toBeLessThan(1.5);
  });
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
