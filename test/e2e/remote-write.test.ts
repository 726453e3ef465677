// Remote write into a running server: stored when it says 204, refused with a reason otherwise.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setStale } from '../../storage/model/sample.ts';
import { apiClient } from '../support/api.ts';
import { freePort, type Running, startFerulaProgram, untilReady } from '../support/programs.ts';
import { type WriteRequestParts, writeRequestBody } from '../support/remote-write.ts';

describe('POST /api/v1/write', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-write-'));
  let running: Running;
  let base: string;
  const now = Math.floor(Date.now() / 1000) * 1000;

  const start = async (): Promise<void> => {
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    running = startFerulaProgram(
      ['serve', `--web.listen-address=127.0.0.1:${port}`, '--web.enable-remote-write-receiver'],
      { cwd: folder },
    );
    await untilReady(`${base}/-/ready`, running);
  };
  beforeAll(start);
  afterAll(async () => {
    await running.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const write = async (parts: WriteRequestParts): Promise<[number, string]> => {
    const response = await fetch(`${base}/api/v1/write`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'x-prometheus-remote-write-version': '0.1.0' },
      body: new Uint8Array(writeRequestBody(parts)),
    });
    return [response.status, await response.text()];
  };

  it('makes samples queryable at once, and ends series at stale markers', async () => {
    const stale = new Float64Array(1);
    setStale(stale, 0);
    const status = await write({
      series: [
        {
          labels: { __name__: 'pushed', kind: 'live' },
          samples: [
            [now - 2000, 1],
            [now - 1000, 2.5],
          ],
        },
        {
          labels: { __name__: 'pushed', kind: 'gone' },
          samples: [
            [now - 2000, 1],
            [now - 1000, stale],
          ],
        },
      ],
      metadata: [{ metric: 'pushed', type: 2, help: 'What was pushed.', unit: '' }],
    });
    expect(status).toEqual([204, '']);
    const api = apiClient(base);
    const found = await api.vector('pushed', now / 1000);
    expect(found.map(({ metric, value }) => [metric.kind, value![1]])).toEqual([['live', '2.5']]);
    expect(await api.get('metadata', { metric: 'pushed' })).toEqual({
      pushed: [{ type: 'gauge', help: 'What was pushed.', unit: '' }],
    });
  });

  it('refuses what is late, doubled or far ahead, takes the same sample twice, and stores the rest', async () => {
    const labels = (kind: string) => ({ __name__: 'checked', kind });
    expect(await write({ series: [{ labels: labels('a'), samples: [[now, 1]] }] })).toEqual([204, '']);
    expect(await write({ series: [{ labels: labels('a'), samples: [[now, 1]] }] })).toEqual([204, '']);
    const [late, why] = await write({
      series: [
        { labels: labels('a'), samples: [[now - 1000, 5]] },
        { labels: labels('b'), samples: [[now, 7]] },
      ],
    });
    expect([late, why]).toEqual([400, expect.stringContaining('1 out of order')]);
    expect(await write({ series: [{ labels: labels('a'), samples: [[now, 2]] }] })).toEqual([
      400,
      expect.stringContaining('1 duplicate'),
    ]);
    expect(await write({ series: [{ labels: labels('a'), samples: [[now + 3_600_000, 2]] }] })).toEqual([
      400,
      expect.stringContaining('future'),
    ]);
    const api = apiClient(base);
    const found = await api.vector('checked', now / 1000);
    expect(found.map(({ metric, value }) => [metric.kind, value![1]]).sort()).toEqual([
      ['a', '1'],
      ['b', '7'],
    ]);
  });

  it('loses nothing it has acknowledged when it is killed in that moment', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 3; round++) {
      const kind = `round-${round}`;
      let acknowledged = 0;
      const killer = setTimeout(() => running.process.kill('SIGKILL'), 100 + 120 * round);
      try {
        for (let i = 1; i <= 10_000; i++) {
          const [status] = await write({
            series: [{ labels: { __name__: 'counted', kind }, samples: [[now - 600_000 + i, i]] }],
          });
          expect(status).toBe(204);
          acknowledged = i;
        }
      } catch (error) {
        expect(String(error)).toMatch(/fetch failed|terminated/);
      }
      clearTimeout(killer);
      await running.stop('SIGKILL');
      await start();
      const stored = await apiClient(base).value(`last_over_time(counted{kind="${kind}"}[15m])`, now / 1000);
      expect(acknowledged).toBeGreaterThan(0);
      expect(stored).toBeGreaterThanOrEqual(acknowledged);
      expect(stored).toBeLessThanOrEqual(acknowledged + 1);
    }
  });
});
