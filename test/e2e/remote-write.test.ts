// Remote write into a running server: stored when it says 204, refused with a reason otherwise.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compress } from 'snappyjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setStale } from '../../storage/model/sample.ts';
import { apiClient } from '../support/api.ts';
import { freePort, type Running, startFerulaProgram, untilReady } from '../support/programs.ts';
import {
  encodeWriteRequestV2,
  type WriteRequestParts,
  type WriteRequestV2Parts,
  writeRequestBody,
} from '../support/remote-write.ts';

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

  const writeV2 = async (parts: WriteRequestV2Parts) => {
    const response = await fetch(`${base}/api/v1/write`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '2.0.0',
      },
      body: new Uint8Array(compress(encodeWriteRequestV2(parts))),
    });
    const written = (what: string) => response.headers.get(`x-prometheus-remote-write-${what}-written`);
    return {
      status: response.status,
      text: await response.text(),
      written: [written('samples'), written('histograms'), written('exemplars')],
    };
  };

  it('takes version 2.0: symbols, metadata with the series, counts in the answer', async () => {
    const symbols = ['', '__name__', 'two_seconds_sum', 'a', 'b', 'Time taken.', 'seconds', 'two_total'];
    const outcome = await writeV2({
      symbols,
      series: [
        { refs: [1, 2, 3, 4], samples: [[now, 1.5]], metadata: [5, 5, 6], exemplars: 2 },
        {
          refs: [1, 7],
          samples: [
            [now - 1000, 1],
            [now, 2],
          ],
          metadata: [1, 0, 0],
        },
      ],
    });
    expect(outcome).toEqual({ status: 204, text: '', written: ['3', '0', '0'] });
    // The same texts under other numbers are the same series.
    const again = await writeV2({
      symbols: ['', 'b', 'a', 'two_seconds_sum', '__name__'],
      series: [{ refs: [4, 3, 2, 1], samples: [[now + 1000, 2.5]] }],
    });
    expect(again.status).toBe(204);
    const api = apiClient(base);
    expect(await api.value('two_seconds_sum{a="b"}', now / 1000 + 1)).toBe(2.5);
    expect(await api.value('count_over_time(two_total[1m])', now / 1000)).toBe(2);
    expect(await api.get('metadata', { metric: 'two_seconds' })).toEqual({
      two_seconds: [{ type: 'summary', help: 'Time taken.', unit: 'seconds' }],
    });
  });

  it('refuses native histograms by name and stores the rest', async () => {
    const outcome = await writeV2({
      symbols: ['', '__name__', 'native_seconds', 'beside'],
      series: [
        { refs: [1, 2], samples: [], histograms: 3 },
        { refs: [1, 3], samples: [[now, 7]] },
      ],
    });
    expect(outcome).toEqual({
      status: 400,
      text: 'samples refused: 3 native histograms, which are not stored yet (native_seconds)\n',
      written: ['1', '0', '0'],
    });
    expect(await apiClient(base).value('beside', now / 1000)).toBe(7);
  });

  it('stores nothing of a message with a bad label, and refuses other messages and encodings', async () => {
    const bad = await writeV2({
      symbols: ['', '__name__', 'good_beside_bad', 'a'],
      series: [
        { refs: [1, 2], samples: [[now, 1]] },
        { refs: [1, 2, 3, 9], samples: [[now, 1]] },
      ],
    });
    expect(bad).toEqual({
      status: 400,
      text: 'a label refers to symbol 9 of 4\n',
      written: ['0', '0', '0'],
    });
    expect(await apiClient(base).vector('good_beside_bad', now / 1000)).toEqual([]);
    const post = async (headers: Record<string, string>, body: Uint8Array<ArrayBuffer>): Promise<number> =>
      (await fetch(`${base}/api/v1/write`, { method: 'POST', headers, body })).status;
    const type = 'application/x-protobuf';
    expect(await post({ 'content-type': type, 'content-encoding': 'zstd' }, Uint8Array.of(0))).toBe(415);
    expect(await post({ 'content-type': `${type};proto=what` }, Uint8Array.of(0))).toBe(415);
    // Declares a gigabyte: refused by its first bytes.
    expect(await post({ 'content-type': type }, Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x04, 0))).toBe(400);
  });

  it('refuses new series beyond --storage.max-series by that name', async () => {
    const port = await freePort();
    const full = startFerulaProgram(
      [
        'serve',
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-remote-write-receiver',
        `--storage.path=${join(folder, 'full.db')}`,
        '--storage.max-series=1',
      ],
      { cwd: folder },
    );
    try {
      await untilReady(`http://127.0.0.1:${port}/-/ready`, full);
      const series = ['a', 'b'].map((kind) => ({
        labels: { __name__: 'many', kind },
        samples: [[now, 1]] as const,
      }));
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/write`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(writeRequestBody({ series })),
      });
      const text = await response.text();
      expect([response.status, text]).toEqual([400, expect.stringMatching(/series/i)]);
      expect(text).not.toContain('snappy');
    } finally {
      await full.stop();
    }
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
