// The calls that Grafana's Prometheus data source makes, one after the other as it makes them: it POSTs first and goes
// over to GET where that is refused, asks for label values with a limit and an end in the future, and reads versions.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, freePort, type Running, startFerulaProgram, untilReady } from '../support/programs.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly json: {
    readonly status: string;
    readonly data: never;
    readonly errorType?: string;
    readonly error?: string;
    readonly warnings?: readonly string[];
  };
}

describe('Grafana', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferula-grafana-'));
  let running: Running;
  let base: string;
  const now = Math.floor(Date.now() / 1000);

  beforeAll(async () => {
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    writeFileSync(
      join(folder, 'config.yml'),
      'global: {scrape_interval: 1s}\nferula: {scrape_self: 1s}\nscrape_configs: [{job_name: none}]\n',
    );
    running = startFerulaProgram(['serve', `--web.listen-address=127.0.0.1:${port}`], { cwd: folder });
    await untilReady(`${base}/-/ready`, running);
    await eventually(async () => {
      const { json } = await get('/api/v1/query?query=count(up)');
      return (json.data as { result: unknown[] }).result.length > 0 ? true : undefined;
    });
  });
  afterAll(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const call = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(`${base}${path}`, init);
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      type,
      text,
      json: type.startsWith('application/json') ? JSON.parse(text) : undefined,
    };
  };
  const get = (path: string): Promise<Answer> => call(path);
  const post = (path: string, form: Record<string, string> | URLSearchParams): Promise<Answer> =>
    call(path, { method: 'POST', body: new URLSearchParams(form) });

  it('finds the version, a health check, and no other product', async () => {
    expect((await post('/api/v1/status/buildinfo', {})).status).toBe(405);
    const { status, json } = await get('/api/v1/status/buildinfo');
    const info = json.data as Record<string, string>;
    expect(status).toBe(200);
    const [major, minor] = info.version.split('.').map(Number);
    expect(major * 100 + minor).toBeGreaterThanOrEqual(224);
    // A `features` key would mean Mimir.
    expect(Object.keys(info)).toEqual([
      'version',
      'revision',
      'branch',
      'buildUser',
      'buildDate',
      'goVersion',
    ]);
    const health = await post('/api/v1/query', { query: '1+1', time: '4' });
    expect(health.json).toEqual({ status: 'success', data: { resultType: 'scalar', result: [4, '2'] } });
  });

  it('goes over to GET where POST is refused', async () => {
    for (const path of ['rules', 'alerts', 'targets', 'metadata', 'label/job/values']) {
      expect([path, (await post(`/api/v1/${path}`, {})).status]).toEqual([path, 405]);
      expect([path, (await get(`/api/v1/${path}`)).json.status]).toEqual([path, 'success']);
    }
    expect((await get('/api/v1/rules')).json.data).toEqual({ groups: [] });
    expect((await get('/api/v1/alerts')).json.data).toEqual({ alerts: [] });
  });

  it('finds nothing of a ruler, of Loki or of Mimir', async () => {
    for (const path of [
      '/rules',
      '/api/v1/rules/test',
      '/config/v1/rules',
      '/ruler/rule_groups',
      '/loki/api/v1/rules',
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
  });

  it('lists labels, their values and series, with limits and an end in the future', async () => {
    const range = { start: String(now - 3600), end: String(now + 3600), limit: '40000' };
    const labels = await post('/api/v1/labels', range);
    expect(labels.json.data).toEqual(expect.arrayContaining(['__name__', 'instance', 'job']));
    expect(labels.json.warnings).toBeUndefined();
    const cut = await post('/api/v1/labels', { ...range, limit: '1' });
    expect([cut.json.data, cut.json.warnings]).toEqual([['__name__'], ['results truncated due to limit']]);
    const search = new URLSearchParams({ ...range, 'match[]': '{__name__=~"(?i)UP|nodejs.*"}' });
    const names = await get(`/api/v1/label/__name__/values?${search}`);
    expect(names.json.data).toContain('up');
    expect(names.json.data).toContain('nodejs_version_info');
    const series = await post('/api/v1/series', { 'match[]': 'up', ...range });
    expect(series.json.data).toEqual([{ __name__: 'up', instance: expect.any(String), job: 'ferula' }]);
    const metadata = await get('/api/v1/metadata?limit=5000');
    expect((metadata.json.data as Record<string, unknown>).nodejs_version_info).toEqual([
      { type: 'gauge', help: expect.any(String), unit: '' },
    ]);
  });

  it('probes for exemplars with times in milliseconds', async () => {
    const form = { query: 'up', start: String(now * 1000), end: String(now * 1000 + 60_000) };
    expect((await post('/api/v1/query_exemplars', form)).json).toEqual({ status: 'success', data: [] });
    expect((await post('/api/v1/query_exemplars', { query: 'up{' })).status).toBe(400);
  });

  it('asks ranges with steps such as 1m15s, and up to 11,001 points', async () => {
    const range = await post('/api/v1/query_range', {
      query: 'sum by (job) (up)',
      start: String(now - 75),
      end: String(now + 75),
      step: '1m15s',
    });
    expect((range.json.data as { resultType: string }).resultType).toBe('matrix');
    const points = async (count: number): Promise<number> =>
      (
        await post('/api/v1/query_range', {
          query: 'vector(1)',
          start: '0',
          end: String(count - 1),
          step: '1',
        })
      ).status;
    expect(await points(11_001)).toBe(200);
    expect(await points(11_002)).toBe(400);
  });

  it('finds the metrics that dashboards for Prometheus ask for', async () => {
    const wanted = [
      'prometheus_build_info',
      'prometheus_config_last_reload_successful',
      'prometheus_engine_queries',
      'prometheus_engine_queries_concurrent_max',
      'prometheus_engine_query_duration_seconds_count',
      'prometheus_engine_query_duration_seconds_sum',
      'prometheus_http_request_duration_seconds_bucket',
      'prometheus_http_requests_total',
      'prometheus_ready',
      'prometheus_sd_discovered_targets',
      'prometheus_target_scrape_pool_exceeded_target_limit_total',
      'prometheus_target_scrapes_exceeded_sample_limit_total',
      'prometheus_target_scrapes_sample_duplicate_timestamp_total',
      'prometheus_target_scrapes_sample_out_of_order_total',
      'prometheus_tsdb_head_samples_appended_total',
      'prometheus_tsdb_head_series',
      'prometheus_tsdb_storage_blocks_bytes',
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
    ];
    const { text } = await get('/metrics');
    const names = new Set(text.split('\n').map((line) => /^\w+/.exec(line)?.[0]));
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
    // Counted behind the back of who asks, so it is there by the next scrape.
    await eventually(async () => {
      const { json } = await get('/api/v1/query?query=prometheus_tsdb_head_series > 50');
      return (json.data as { result: unknown[] }).result.length === 1 ? true : undefined;
    });
  });

  it('shows what is wrong with a query', async () => {
    const { status, json } = await post('/api/v1/query', { query: 'sum(up' });
    expect([status, json.status, json.errorType]).toEqual([400, 'error', 'bad_data']);
    expect(json.error).toContain('parse error');
    const warned = await post('/api/v1/query', { query: 'quantile(2, up)' });
    expect(warned.json.warnings).toHaveLength(1);
  });
});
