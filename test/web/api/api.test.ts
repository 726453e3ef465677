// The HTTP face by itself: parameters, envelopes, error types and statuses, methods. Behind it stands a fake that
// records what it was asked; what queries answer is tested with the engine.
import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSilentLogger } from '../../../src/log.ts';
import { type ReadRequest, ServiceError } from '../../../src/threads/services.ts';
import { type ApiContext, type ApiSettings, createServer } from '../../../web/api/server.ts';

const NOW = 1_700_000_000_123;

describe('the HTTP API', () => {
  let asked: ReadRequest[];
  let fail: ServiceError | undefined;
  let reloads: number;

  const serve = (settings: Partial<ApiSettings> = {}): FastifyInstance => {
    const context = {
      queries: {
        stream: async (request: ReadRequest) => {
          if (fail) throw fail;
          asked.push(request);
          return { first: [Buffer.from('{"status":"success","data":[]}')], rest: null };
        },
      },
      ingest: {
        remoteWrite: async (body: Uint8Array) =>
          body.length > 3
            ? { counts: { appended: 0 }, error: { type: 'bad_data', message: 'snappy: Invalid' } }
            : { counts: { appended: 7 } },
        targets: async () => ({ active: [], dropped: [], droppedCounts: {} }),
      },
      status: {
        ready: () => true,
        exposition: async () => 'up 1\n',
        configText: () => 'global: {}\n',
        scrapePools: () => ['a'],
        externalLabels: () => ['region', 'north'],
        flags: { 'web.listen-address': '127.0.0.1:9090' },
        buildInfo: { version: '3.14.0' },
        runtimeInfo: () => ({}),
        reload: async () => {
          reloads++;
          if (reloads > 1) throw new Error('config.yml:3: unknown key "jobs"');
        },
        compact: async () => {},
        quit: () => {},
      },
      settings: { enableLifecycle: false, enableAdminApi: false, enableRemoteWrite: false, ...settings },
      ui: null,
      now: () => NOW,
    };
    return createServer(context as unknown as ApiContext, createSilentLogger());
  };
  const get = async (url: string) => {
    const response = await serve().inject({ url });
    return { status: response.statusCode, body: response.body };
  };

  beforeEach(() => {
    asked = [];
    fail = undefined;
    reloads = 0;
  });

  it('reads times as float seconds and RFC 3339, durations as seconds and in units', async () => {
    await get(
      '/api/v1/query_range?query=up&start=1699999999.5&end=2023-11-14T22:13:20.25Z&step=1m30s&timeout=2.5',
    );
    await get('/api/v1/query?query=up&lookback_delta=30s&limit=7&stats=all');
    expect(asked).toEqual([
      {
        kind: 'query_range',
        query: 'up',
        startMs: 1_699_999_999_500,
        endMs: 1_700_000_000_250,
        stepMs: 90_000,
        options: { timeoutMs: 2500, limit: 0, lookbackMs: 0, stats: '' },
      },
      {
        kind: 'query',
        query: 'up',
        timeMs: NOW,
        options: { timeoutMs: 0, limit: 7, lookbackMs: 30_000, stats: 'all' },
      },
    ]);
  });

  it('takes parameters from a form body, before those of the URL', async () => {
    await serve().inject({
      method: 'POST',
      url: '/api/v1/query?query=down&time=9',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'query=up%7Ba%3D%22b%22%7D&time=5',
    });
    expect(asked).toMatchObject([{ query: 'up{a="b"}', timeMs: 5000 }]);
  });

  it.each([
    ['/api/v1/query?query=up&time=x', 'invalid parameter "time": cannot parse "x" to a valid timestamp'],
    [
      '/api/v1/query',
      'invalid parameter "query": unknown position: parse error: no expression found in input',
    ],
    ['/api/v1/query_range?query=up&start=5&end=4&step=1', 'end timestamp must not be before start time'],
    ['/api/v1/query_range?query=up&start=1&end=4&step=0', 'zero or negative query resolution step widths'],
    ['/api/v1/query_range?query=up&start=1&end=4&step=abc', 'cannot parse "abc" to a valid duration'],
    ['/api/v1/query_range?query=up&start=0&end=11001&step=1', 'exceeded maximum resolution of 11,000 points'],
    ['/api/v1/series', 'no match[] parameter provided'],
    ['/api/v1/labels?limit=-1', 'limit must be non-negative'],
  ])('refuses %s with bad_data', async (url, message) => {
    const { status, body } = await get(url);
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ status: 'error', errorType: 'bad_data' });
    expect((JSON.parse(body) as { error: string }).error).toContain(message);
    expect(asked).toEqual([]);
  });

  it('lets 11,000 steps pass', async () => {
    expect((await get('/api/v1/query_range?query=up&start=0&end=11000&step=1')).status).toBe(200);
  });

  it.each([
    ['bad_data', 400],
    ['execution', 422],
    ['timeout', 503],
    ['canceled', 499],
    ['internal', 500],
  ] as const)('answers an error of type %s with status %i', async (type, status) => {
    fail = new ServiceError(type, 'why');
    expect(await get('/api/v1/query?query=up')).toEqual({
      status,
      body: JSON.stringify({ status: 'error', errorType: type, error: 'why' }),
    });
  });

  it('unescapes label names in paths', async () => {
    await get('/api/v1/label/U__http_2e_status__code/values?match[]=up&match[]=down&start=1&end=2');
    expect(asked).toEqual([
      {
        kind: 'label_values',
        name: 'http.status_code',
        match: ['up', 'down'],
        startMs: 1000,
        endMs: 2000,
        limit: 0,
      },
    ]);
  });

  it('answers 405 to a method that a path does not take, 404 to a path it does not know', async () => {
    const app = serve();
    const status = async (method: 'GET' | 'POST' | 'DELETE', url: string) =>
      (await app.inject({ method, url })).statusCode;
    expect(await status('POST', '/api/v1/targets')).toBe(405);
    expect(await status('POST', '/api/v1/label/job/values')).toBe(405);
    expect(await status('GET', '/api/v1/write')).toBe(405);
    expect(await status('DELETE', '/api/v1/query')).toBe(405);
    expect(await status('GET', '/api/v1/nothing')).toBe(404);
  });

  it('keeps what is off switched off, as upstream answers it', async () => {
    const app = serve();
    const answer = async (url: string) => {
      const { statusCode, body } = await app.inject({ method: 'POST', url });
      return [statusCode, body];
    };
    expect(await answer('/-/reload')).toEqual([403, 'Lifecycle API is not enabled.\n']);
    expect(await answer('/api/v1/write')).toEqual([
      404,
      'remote write receiver needs to be enabled with --web.enable-remote-write-receiver\n',
    ]);
    expect(await answer('/api/v1/admin/tsdb/compact')).toEqual([
      500,
      '{"status":"error","errorType":"unavailable","error":"admin APIs disabled"}',
    ]);
  });

  it('reloads, and says why a reload failed', async () => {
    const app = serve({ enableLifecycle: true });
    expect((await app.inject({ method: 'POST', url: '/-/reload' })).statusCode).toBe(200);
    const failed = await app.inject({ method: 'POST', url: '/-/reload' });
    expect([failed.statusCode, failed.body]).toEqual([
      500,
      'failed to reload config: config.yml:3: unknown key "jobs"\n',
    ]);
  });

  it('takes remote writes: 204 when stored, 400 with the reason, 415 for another format', async () => {
    const app = serve({ enableRemoteWrite: true });
    const write = async (payload: Buffer, type: string) =>
      (await app.inject({ method: 'POST', url: '/api/v1/write', headers: { 'content-type': type }, payload }))
        .statusCode;
    expect(await write(Buffer.from('abc'), 'application/x-protobuf')).toBe(204);
    expect(await write(Buffer.from('abc'), 'application/x-protobuf;proto=prometheus.WriteRequest')).toBe(204);
    expect(await write(Buffer.from('abcd'), 'application/x-protobuf')).toBe(400);
    expect(
      await write(Buffer.from('abc'), 'application/x-protobuf;proto=io.prometheus.write.v2.Request'),
    ).toBe(204);
    expect(await write(Buffer.from('abc'), 'application/x-protobuf;proto=other')).toBe(415);
    expect(await write(Buffer.from('abc'), 'application/json')).toBe(415);
  });
});
