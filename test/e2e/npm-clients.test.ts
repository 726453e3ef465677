// Clients from npm that were written for Prometheus, unchanged: prometheus-query asks, prometheus-remote-write writes.
// Skipped where they are not installed.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import {
  eventually,
  freePort,
  type Running,
  startFerulaProgram,
  TOP,
  untilReady,
} from '../support/programs.ts';

const resolveFrom = createRequire(join(TOP, 'package.json'));

/** A package, or the end of the test. */
function need<T>(context: TestContext, name: string): T {
  try {
    return resolveFrom(name) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    context.skip(`${name} is not installed`);
    throw error;
  }
}

interface WriteClient {
  pushTimeseries(
    series: { labels: Record<string, string>; samples: { value: number; timestamp: number }[] }[],
    options: { url: string; labels?: Record<string, string>; fetch?: typeof fetch },
  ): Promise<{ status: number; errorMessage?: string }>;
}

interface QueryClient {
  PrometheusDriver: new (options: {
    endpoint: string;
  }) => {
    instantQuery(query: string, time?: Date): Promise<QueryAnswer>;
    rangeQuery(query: string, start: Date, end: Date, step: number): Promise<QueryAnswer>;
    series(
      match: string,
      start: Date,
      end: Date,
    ): Promise<{ name: string; labels: Record<string, string> }[]>;
    labelNames(): Promise<string[]>;
    labelValues(name: string): Promise<string[]>;
    targets(): Promise<{ activeTargets: { health: string }[] }>;
    rules(): Promise<unknown[]>;
    alerts(): Promise<unknown[]>;
    metadata(): Promise<unknown>;
  };
}
interface QueryAnswer {
  readonly resultType: string;
  readonly result: {
    metric: { name: string; labels: Record<string, string> };
    value: { time: Date; value: number };
    values: { time: Date; value: number }[];
  }[];
}

describe('clients from npm', { timeout: 30_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-npm-'));
  const now = Math.floor(Date.now() / 1000) * 1000;
  let running: Running;
  let base: string;

  beforeAll(async () => {
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    running = startFerulaProgram(
      ['serve', `--web.listen-address=127.0.0.1:${port}`, '--web.enable-remote-write-receiver'],
      { cwd: folder },
    );
    await untilReady(`${base}/-/ready`, running);
  });
  afterAll(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('write and ask', async (context) => {
    const { pushTimeseries } = need<WriteClient>(context, 'prometheus-remote-write');
    const { PrometheusDriver } = need<QueryClient>(context, 'prometheus-query');
    const samples = [0, 1, 2].map((i) => ({ value: i * 10, timestamp: now - 20_000 + i * 10_000 }));
    const series = [{ labels: { __name__: 'from_npm', a: 'b' }, samples }];
    const written = await pushTimeseries(series, {
      url: `${base}/api/v1/write`,
      labels: { site: 'x' },
      fetch,
    });
    expect(written.status).toBe(204);

    const prom = new PrometheusDriver({ endpoint: base });
    const instant = await prom.instantQuery('from_npm', new Date(now));
    expect(instant.resultType).toBe('vector');
    expect(instant.result[0].metric).toMatchObject({ name: 'from_npm', labels: { a: 'b', site: 'x' } });
    expect([instant.result[0].value.time.getTime(), instant.result[0].value.value]).toEqual([now, 20]);
    const range = await prom.rangeQuery('from_npm', new Date(now - 20_000), new Date(now), 10);
    expect(range.result[0].values.map(({ value }) => value)).toEqual([0, 10, 20]);
    const found = await prom.series('from_npm', new Date(now - 60_000), new Date(now));
    expect(found[0].labels).toEqual({ a: 'b', site: 'x' });
    expect(await prom.labelNames()).toEqual(expect.arrayContaining(['a', 'site']));
    expect(await prom.labelValues('site')).toEqual(['x']);
    await eventually(
      async () => ((await prom.targets()).activeTargets[0]?.health === 'up' ? true : undefined),
      20_000,
    );
    expect([await prom.rules(), await prom.alerts()]).toEqual([[], []]);
    await prom.metadata();
    await expect(prom.instantQuery('from_npm +')).rejects.toMatchObject({
      prometheus: { errorType: 'bad_data' },
    });
  });
});
