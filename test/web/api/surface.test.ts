// The rest of the API's face: every path of Prometheus that Ferula owes, in its empty or simplest form; compression,
// other origins, methods that browsers and probes use.
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createSilentLogger } from '../../../src/log.ts';
import { type AnswerStream, type ReadRequest, ServiceError } from '../../../src/threads/services.ts';
import { type ApiContext, type ApiSettings, createServer } from '../../../web/api/server.ts';

const LONG = `{"status":"success","data":[${'"a text that repeats",'.repeat(500)}"end"]}`;

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

function serve(settings: Partial<ApiSettings> = {}, asked: ReadRequest[] = []): FastifyInstance {
  const answers: Record<string, () => AnswerStream> = {
    labels: () => ({ first: [Buffer.from(LONG)], rest: null }),
    series: () => ({ first: [Buffer.from('[')], rest: pieces('1,', '2', ']') }),
  };
  const context = {
    queries: {
      stream: async (request: ReadRequest): Promise<AnswerStream> => {
        asked.push(request);
        return answers[request.kind]?.() ?? { first: [Buffer.from('{}')], rest: null };
      },
    },
    ingest: {
      targets: async () => ({ active: [], dropped: [], droppedCounts: {} }),
      targetMetadata: async () => [
        {
          labels: ['instance', 'i', 'job', 'a'],
          metadata: [
            { metric: 'x', type: 'gauge', help: 'X.', unit: '' },
            { metric: 'y', type: 'counter', help: 'Y.', unit: 's' },
          ],
        },
      ],
    },
    status: {
      ready: () => false,
      scrapePools: () => ['a'],
      scrapePoolText: () => 'job_name: a\n',
      relabelSteps: (job: string, labels: unknown) => {
        if (job !== 'a') throw new ServiceError('not_found', `no scrape job is named "${job}"`);
        return [{ rule: {}, output: labels, keep: true }];
      },
      labelMatcher: async () => (labels: Record<string, string>) => labels.job === 'a',
      externalLabels: () => ['region', 'north'],
      flags: {},
      buildInfo: { version: '3.14.0' },
      compact: async () => {},
    },
    settings: { enableLifecycle: false, enableAdminApi: false, enableRemoteWrite: false, ...settings },
    ui: null,
    now: () => 5_000,
  };
  return createServer(context as unknown as ApiContext, createSilentLogger());
}

const ask = async (
  url: string,
  options: Partial<InjectOptions> = {},
  settings: Partial<ApiSettings> = {},
) => {
  const { statusCode, body, headers, rawPayload } = await serve(settings).inject({ url, ...options });
  return { status: statusCode, body, headers, raw: rawPayload };
};
const data = async (url: string): Promise<unknown> => {
  const { status, body } = await ask(url);
  return status === 200 ? (JSON.parse(body) as { data: unknown }).data : [status, JSON.parse(body)];
};

describe('the surface of Prometheus', () => {
  it('answers empty shapes where there is nothing', async () => {
    expect(await data('/api/v1/rules?type=alert')).toEqual({ groups: [] });
    expect(await data('/api/v1/alerts')).toEqual({ alerts: [] });
    expect(await data('/api/v1/alertmanagers')).toEqual({
      activeAlertmanagers: [],
      droppedAlertmanagers: [],
    });
    expect(await data('/api/v1/targets')).toEqual({
      activeTargets: [],
      droppedTargets: [],
      droppedTargetCounts: {},
    });
    expect(await data('/api/v1/targets?state=active')).toMatchObject({ droppedTargetCounts: null });
    expect(await data('/api/v1/status/walreplay')).toEqual({ min: 0, max: 0, current: 0 });
    expect(await data('/api/v1/notifications')).toEqual([]);
    expect((await ask('/api/v1/notifications/live')).status).toBe(204);
    expect(JSON.parse((await ask('/version')).body)).toEqual({ version: '3.14.0' });
    expect(await data('/api/v1/features')).toMatchObject({
      api: { admin: false },
      promql: { at_modifier: true },
    });
  });

  it('tells of scrape jobs and what targets say of their metrics', async () => {
    expect(await data('/api/v1/scrape_pools')).toEqual({ scrapePools: ['a'] });
    expect(await data('/api/v1/scrape_pools/config?scrapePool=a')).toEqual({ yaml: 'job_name: a\n' });
    const labels = encodeURIComponent('{"__address__":"x"}');
    expect(await data(`/api/v1/targets/relabel_steps?scrapePool=a&labels=${labels}`)).toEqual({
      steps: [{ rule: {}, output: { __address__: 'x' }, keep: true }],
    });
    expect(await data(`/api/v1/targets/relabel_steps?scrapePool=b&labels=${labels}`)).toMatchObject([
      404,
      { errorType: 'not_found' },
    ]);
    expect(await data('/api/v1/targets/relabel_steps?scrapePool=a&labels=5')).toMatchObject([400, {}]);
    const target = { instance: 'i', job: 'a' };
    expect(await data('/api/v1/targets/metadata?match_target={job="a"}&metric=y')).toEqual([
      { target, type: 'counter', help: 'Y.', unit: 's' },
    ]);
    expect(await data('/api/v1/targets/metadata?limit=1')).toEqual([
      { target, metric: 'x', type: 'gauge', help: 'X.', unit: '' },
    ]);
    expect(await data('/api/v1/targets/metadata?metric=z')).toMatchObject([404, { errorType: 'not_found' }]);
  });

  it('passes on what query threads answer', async () => {
    const asked: ReadRequest[] = [];
    const app = serve({}, asked);
    await app.inject('/federate?match[]=up');
    await app.inject('/api/v1/status/tsdb?limit=3');
    await app.inject('/api/v1/query_exemplars?query=up&start=1700000000000&end=1700000001000');
    expect(asked).toEqual([
      { kind: 'federate', match: ['up'], nowMs: 5_000, externalLabels: ['region', 'north'] },
      { kind: 'tsdb_status', limit: 3, nowMs: 5_000 },
      { kind: 'exemplars', query: 'up' },
    ]);
    expect((await app.inject('/api/v1/status/tsdb?limit=10001')).statusCode).toBe(400);
    expect((await app.inject('/federate')).body).toBe('');
  });

  it('answers probes, preflights and what is not there', async () => {
    expect((await ask('/-/healthy', { method: 'HEAD' })).status).toBe(200);
    const ready = await ask('/-/ready');
    expect([ready.status, ready.headers['x-prometheus-stopping']]).toEqual([503, 'true']);
    expect((await ask('/api/v1/query', { method: 'OPTIONS' })).status).toBe(204);
    expect((await ask('/nowhere', { method: 'OPTIONS' })).status).toBe(204);
    expect((await ask('/api/v1/otlp/v1/metrics', { method: 'POST' })).status).toBe(404);
    expect((await ask('/api/v1/import/prometheus', { method: 'POST', payload: 'x 1\n' })).status).toBe(404);
    expect((await ask('/metrics/job/x', { method: 'PUT', payload: 'x 1\n' })).status).toBe(404);
    expect((await ask('/-/reload')).status).toBe(405);
  });

  it('keeps the admin API off, and says what it cannot do where it is on', async () => {
    for (const name of ['delete_series?match[]=up', 'clean_tombstones', 'snapshot'])
      expect((await ask(`/api/v1/admin/tsdb/${name}`, { method: 'POST' })).body).toBe(
        '{"status":"error","errorType":"unavailable","error":"admin APIs disabled"}',
      );
    const on = { enableAdminApi: true };
    const admin = (name: string) => ask(`/api/v1/admin/tsdb/${name}`, { method: 'PUT' }, on);
    expect((await admin('clean_tombstones')).status).toBe(204);
    expect(JSON.parse((await admin('delete_series')).body)).toMatchObject({ errorType: 'bad_data' });
    expect(JSON.parse((await admin('snapshot')).body)).toMatchObject({ errorType: 'unavailable' });
  });

  it('describes itself in OpenAPI', async () => {
    const { headers, body } = await ask('/api/v1/openapi.yaml');
    expect(headers['content-type']).toBe('application/yaml; charset=utf-8');
    const { parse } = await import('yaml');
    const spec = parse(body) as { openapi: string; paths: Record<string, Record<string, unknown>> };
    expect(spec.openapi).toBe('3.1.0');
    expect(Object.keys(spec.paths['/api/v1/query'])).toEqual(['get', 'post']);
    const app = serve();
    for (const [path, methods] of Object.entries(spec.paths))
      for (const method of Object.keys(methods)) {
        const url = path.replace(/\{\w+\}/, 'x');
        const { statusCode, body: text } = await app.inject({ method: method.toUpperCase() as 'GET', url });
        const isThere = statusCode !== 405 && text !== '404 page not found\n';
        expect([path, method, isThere]).toEqual([path, method, true]);
      }
  });
});

describe('compression', () => {
  const far = { remoteAddress: '192.0.2.7' };
  const labels = (accept: string, options: Partial<InjectOptions> = far) =>
    ask('/api/v1/labels', { ...options, headers: { 'accept-encoding': accept, ...options.headers } });

  it('takes zstd, then brotli, then gzip', async () => {
    const best = await labels('gzip, br, zstd');
    expect([best.headers['content-encoding'], zstdDecompressSync(best.raw).toString()]).toEqual([
      'zstd',
      LONG,
    ]);
    const next = await labels('gzip, br, zstd;q=0');
    expect([next.headers['content-encoding'], brotliDecompressSync(next.raw).toString()]).toEqual([
      'br',
      LONG,
    ]);
    const last = await labels('deflate, gzip;q=0.5');
    expect([last.headers['content-encoding'], gunzipSync(last.raw).toString()]).toEqual(['gzip', LONG]);
    expect(last.headers.vary).toBe('Accept-Encoding');
    expect((await labels('deflate')).headers['content-encoding']).toBeUndefined();
  });

  it('compresses nothing over loopback, unless the client insists or a proxy asks', async () => {
    expect((await labels('gzip', {})).body).toBe(LONG);
    expect((await labels('gzip, identity;q=0', {})).headers['content-encoding']).toBe('gzip');
    const proxied = await labels('gzip', { headers: { 'x-forwarded-for': '192.0.2.7' } });
    expect(proxied.headers['content-encoding']).toBe('gzip');
  });

  it('compresses long answers as they come', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    const { raw } = await ask('/api/v1/series?match[]=up', { ...far, headers });
    expect(gunzipSync(raw).toString()).toBe('[1,2]');
    expect((await ask('/api/v1/series?match[]=up', far)).body).toBe('[1,2]');
  });
});

describe('other origins', () => {
  const headers = { origin: 'https://a.example' };
  it('may read nothing by default', async () => {
    const answer = await ask('/api/v1/labels', { headers });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
  it('may read the API where they are named', async () => {
    const settings = { allowsOrigin: (origin: string) => origin === 'https://a.example' };
    const allowed = await ask('/api/v1/labels', { headers }, settings);
    expect(allowed.headers['access-control-allow-origin']).toBe('https://a.example');
    expect(allowed.headers.vary).toBe('Origin, Accept-Encoding');
    const preflight = await ask('/api/v1/query', { method: 'OPTIONS', headers }, settings);
    expect([preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([
      204,
      'GET, POST, OPTIONS',
    ]);
    const other = await ask('/api/v1/labels', { headers: { origin: 'https://b.example' } }, settings);
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });
});
