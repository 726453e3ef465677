// A server that stands in for Ferula in the tests of the pages: serves a built UI as the real one does (nonce, policy,
// compressed files) and answers the API with canned data, hostile label values included.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { UiManifest } from '../../../src/build/ui.ts';

/** What a page must show as text and never run. */
export const hostile = {
  markup: '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>',
  link: 'javascript:window.hacked=1',
};

export interface MockState {
  /** Answers of the API: as they should be, server errors, or nothing at all (the connection is closed). */
  mode: 'ok' | 'error' | 'closed';
  targets: number;
  /** Milliseconds before an answer of the API. */
  delay: number;
  /** Paths and queries that were asked for. */
  readonly requests: string[];
}

export interface MockApi {
  readonly url: string;
  readonly state: MockState;
  close(): Promise<void>;
}

type Labels = Record<string, string>;
type Params = URLSearchParams;

const pages = ['', 'explore', 'targets', 'graph', 'query'];

const metrics: Record<string, { type: string; help: string }> = {
  up: { type: 'gauge', help: '1 when the last scrape succeeded' },
  http_requests_total: { type: 'counter', help: 'Requests answered, by route and status' },
  http_request_duration_seconds: { type: 'histogram', help: 'Time to answer a request' },
  process_cpu_seconds_total: { type: 'counter', help: 'Processor time used' },
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory in use' },
  scrape_duration_seconds: { type: 'gauge', help: 'Duration of the scrape' },
  scrape_samples_scraped: { type: 'gauge', help: 'Samples of the scrape' },
  queue_depth: { type: 'gauge', help: hostile.markup },
};

const metricNames = [
  ...Object.keys(metrics).filter((name) => name !== 'http_request_duration_seconds'),
  ...['bucket', 'count', 'sum'].map((part) => `http_request_duration_seconds_${part}`),
].sort();

const instances: Labels[] = [
  { job: 'api', instance: '10.0.0.11:8080' },
  { job: 'api', instance: '10.0.0.12:8080' },
  { job: 'api', instance: '10.0.0.13:8080' },
  { job: 'node', instance: '10.0.0.11:9100', note: hostile.markup },
  { job: 'ferula', instance: 'ferula' },
];

const routes = ['/', '/login', '/api/orders', '/api/orders/:id', '/api/search', hostile.markup];

/** Labels of the series that a query answers with. */
function seriesOf(query: string): Labels[] {
  if (/nothing|no_such/.test(query)) return [];
  if (/many/.test(query))
    return Array.from({ length: 300 }, (_, i) => ({
      __name__: 'many',
      job: 'api',
      shard: `s${i}`,
      zone: `z${i % 3}`,
    }));
  if (/route/.test(query)) return routes.map((route) => ({ route }));
  if (/count by \(__name__\)/.test(query)) return metricNames.map((__name__) => ({ __name__ }));
  const name: Labels = /^[a-z_:]+$/.test(query) ? { __name__: query } : {};
  if (/by \(le|quantile/.test(query)) return [{ job: 'api' }, { job: 'node' }];
  const matcher = /instance=~"([^"]*)"/.exec(query);
  const metric = /^(\w+)\{/.exec(query)?.[1];
  if (matcher && metric) {
    const wanted = new RegExp(`^(?:${matcher[1]!.replace(/\\\\/g, '\\')})$`);
    return instances.filter((one) => wanted.test(one.instance!)).map((one) => ({ __name__: metric, ...one }));
  }
  return instances.map((one) => ({ ...name, ...one }));
}

/** A smooth curve of its own for each series, in the size that the query's names suggest. */
function valueAt(query: string, series: number, time: number): string | null {
  if (/\bup\b/.test(query)) {
    if (series === 1 && Math.floor(time / 60) % 40 < 6) return '0';
    return '1';
  }
  if (/quantile/.test(query)) return String(0.08 + 0.05 * series + 0.03 * Math.sin(time / 900 + series));
  if (/memory/.test(query))
    return String(Math.round(1.2e8 * (1 + series / 2) + 2e7 * Math.sin(time / 1800 + series)));
  if (/cpu/.test(query)) return String(0.12 * (series + 1) + 0.05 * Math.sin(time / 700 + series * 2));
  if (/count by \(__name__\)/.test(query)) return String(60 - 5 * series);
  if (/scrape_samples/.test(query)) return String(300 + 411 * series);
  if (/scrape_series_added/.test(query)) return String(series);
  if (/scrape_duration/.test(query)) return String(0.004 * (series + 1));
  // A gap, and values that no line can show.
  if (/gaps/.test(query) && series === 0 && Math.floor(time / 60) % 20 < 4) return null;
  if (/special/.test(query) && series === 0 && Math.floor(time / 60) % 10 === 0) return 'NaN';
  if (/special/.test(query) && series === 1 && Math.floor(time / 60) % 10 === 0) return '+Inf';
  const wave = Math.sin(time / 1300 + series * 1.7) + 0.35 * Math.sin(time / 170 + series * 3);
  return String(Math.round(1000 * Math.max(0, 38 / (1 + series * 0.6) + 6 * wave)) / 1000);
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const success = (data: unknown, remarks: object = {}): Reply => ({
  status: 200,
  body: { status: 'success', data, ...remarks },
});
const failure = (status: number, errorType: string, error: string): Reply => ({
  status,
  body: { status: 'error', errorType, error },
});

/** The parse error of a query that is wrong on purpose. */
function refused(query: string): Reply | null {
  const at = query.indexOf('!!');
  if (at < 0) return null;
  return failure(400, 'bad_data', `invalid parameter "query": 1:${at + 1}: parse error: unexpected "!!"`);
}

function answerQuery(params: Params): Reply {
  const query = params.get('query') ?? '';
  const time = Number(params.get('time'));
  const wrong = refused(query);
  if (wrong) return wrong;
  if (/^\d+$/.test(query)) return success({ resultType: 'scalar', result: [time, query] });
  const remarks = /rate\(.*memory/.test(query)
    ? { warnings: [], infos: ['PromQL info: metric might not be a counter: "process_resident_memory_bytes"'] }
    : {};
  const result = seriesOf(query).map((metric, i) => ({
    metric,
    value: [time, valueAt(query, i, time) ?? '0'],
  }));
  return success({ resultType: 'vector', result }, remarks);
}

function answerRange(params: Params): Reply {
  const query = params.get('query') ?? '';
  const wrong = refused(query);
  if (wrong) return wrong;
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(params.get(name))) as [
    number,
    number,
    number,
  ];
  const result = seriesOf(query).map((metric, i) => {
    const values: [number, string][] = [];
    for (let time = start; time <= end; time += step) {
      const value = valueAt(query, i, time);
      if (value !== null) values.push([time, value]);
    }
    return { metric, values };
  });
  const warnings = /warned/.test(query) ? ['PromQL warning: this is a warning'] : undefined;
  return success({ resultType: 'matrix', result }, warnings && { warnings });
}

function targetList(count: number): object {
  const errors = [
    'connect ECONNREFUSED 10.0.0.12:8080',
    'server returned HTTP status 404 Not Found',
    `expected a value on line 17: ${hostile.markup}`,
  ];
  const activeTargets = Array.from({ length: count }, (_, i) => {
    const known = instances[i] ?? { job: `job-${i % 50}`, instance: `10.1.${i >> 8}.${i & 255}:9100` };
    const down = i % 40 === 1;
    return {
      discoveredLabels: {
        __address__: known.instance,
        __metrics_path__: '/metrics',
        __scheme__: 'http',
        job: known.job,
      },
      labels: known,
      scrapePool: known.job,
      scrapeUrl: i === 1 ? hostile.link : `http://${known.instance}/metrics`,
      globalUrl: `http://${known.instance}/metrics`,
      lastError: down ? errors[(i >> 3) % 3] : '',
      lastScrape: new Date(Date.now() - (i % 15) * 1000).toISOString(),
      lastScrapeDuration: 0.003 + (i % 7) * 0.0041,
      health: down ? 'down' : i % 97 === 96 ? 'unknown' : 'up',
      scrapeInterval: '15s',
      scrapeTimeout: '10s',
    };
  });
  return { activeTargets, droppedTargets: [], droppedTargetCounts: { api: 2 } };
}

function answerNames(path: string, params: Params): Reply {
  const limit = Number(params.get('limit')) || Infinity;
  if (!path.includes('__name__'))
    return success([...new Set(instances.map((one) => one.job))].slice(0, limit));
  const match = params.get('match[]') ?? '';
  const pattern = /__name__=~"((?:[^"\\]|\\.)*)"/.exec(match)?.[1];
  const wanted = pattern ? new RegExp(`^(?:${pattern.replace(/\\\\/g, '\\')})$`) : null;
  const plain = /^[a-z_:]+$/.test(match) ? match : null;
  return success(
    metricNames.filter((name) => (plain ? name === plain : !wanted || wanted.test(name))).slice(0, limit),
  );
}

function answer(path: string, params: Params, state: MockState): Reply {
  if (state.mode === 'error') return failure(500, 'internal', 'the storage is on fire');
  switch (path) {
    case 'query':
      return answerQuery(params);
    case 'query_range':
      return answerRange(params);
    case 'targets':
      return success(targetList(state.targets));
    case 'labels':
      return success(['__name__', 'instance', 'job', 'route']);
    case 'metadata': {
      const metric = params.get('metric') ?? '';
      return success(metrics[metric] ? { [metric]: [{ ...metrics[metric], unit: '' }] } : {});
    }
    case 'format_query':
      return refused(params.get('query') ?? '') ?? success((params.get('query') ?? '').replace(/\s+/g, ' '));
    default:
      if (/^label\/.+\/values$/.test(path)) return answerNames(path, params);
      return failure(404, 'not_found', 'no such path');
  }
}

async function readParams(request: IncomingMessage, url: URL): Promise<Params> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length > 0 ? new URLSearchParams(Buffer.concat(chunks).toString()) : url.searchParams;
}

function sendPage(template: string, response: ServerResponse): void {
  const nonce = randomBytes(16).toString('base64');
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'self'; script-src 'self' 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'; object-src 'none'`,
  });
  response.end(template.replaceAll('__NONCE__', nonce));
}

/** Serves the UI built into `folder` below `prefix` (`/` or `/some/path/`) on a free port. */
export async function startMock(folder: string, prefix = '/', port = 0): Promise<MockApi> {
  const state: MockState = { mode: 'ok', targets: instances.length, delay: 0, requests: [] };
  const template = readFileSync(join(folder, 'index.html'), 'utf8');
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as UiManifest;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, 'http://mock');
    const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : '?';
    const params = await readParams(request, url);
    if (path.startsWith('api/v1/')) {
      state.requests.push(`${path.slice(7)}?${params}`);
      if (state.delay) await new Promise((done) => setTimeout(done, state.delay));
      if (state.mode === 'closed') return void request.socket.destroy();
      const { status, body } = answer(decodeURIComponent(path.slice(7)), params, state);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    } else if (pages.includes(path)) sendPage(template, response);
    else if (manifest.files[path]) {
      response.writeHead(200, {
        'content-type': manifest.files[path].type,
        'content-encoding': 'br',
        'cache-control': 'public, max-age=31536000, immutable',
      });
      response.end(readFileSync(join(folder, `${path}.br`)));
    } else response.writeHead(404).end();
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    state,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
