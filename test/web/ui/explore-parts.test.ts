import { describe, expect, it } from 'vitest';
import { buildFrame } from '../../../web/ui/chart/frame.ts';
import { alertRule, csvLong, csvVector, csvWide, curlLine } from '../../../web/ui/views/explore/exports.ts';
import { editDistance, metricsIn, nearestNames } from '../../../web/ui/views/explore/nearest.ts';
import { byEndpoint, suggestions } from '../../../web/ui/views/explore/suggest.ts';
import { stripStates, stripText } from '../../../web/ui/views/targets/strip-states.ts';
import {
  countStates,
  errorHint,
  keepOrder,
  listTargets,
  targetKey,
} from '../../../web/ui/views/targets/target-list.ts';

describe('suggestions()', () => {
  it('prefers requests and latency, then processes', () => {
    const names = [
      'up',
      'http_request_duration_seconds_bucket',
      'http_requests_total',
      'process_resident_memory_bytes',
      'scrape_duration_seconds',
    ];
    expect(suggestions(names, 3).map(({ expr }) => expr)).toEqual([
      'histogram_quantile(0.95, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m])))',
      'sum by (job) (rate(http_requests_total[5m]))',
      'process_resident_memory_bytes',
    ]);
  });
  it('finds three for a target that has nothing of its own', () => {
    expect(suggestions(['up', 'scrape_duration_seconds', 'scrape_samples_scraped'], 3)).toHaveLength(3);
  });
  it('breaks requests down by the label that names an endpoint', () => {
    const [requests] = suggestions(['http_requests_total'], 1);
    expect(byEndpoint(requests!, ['code', 'path', 'route'])).toMatchObject({
      title: 'Requests per second, by route',
      expr: 'sum by (route) (rate(http_requests_total[5m]))',
    });
    expect(byEndpoint(requests!, ['code'])).toBe(requests);
  });
  it('finds none where nothing is', () => expect(suggestions([], 3)).toEqual([]));
});

describe('nearest names', () => {
  it('are sought for metrics, not for functions, labels or keywords', () => {
    expect(
      metricsIn('sum by (job) (rate(a_total{b="c"}[5m])) / on (x) group_left (y) d offset 5m # e'),
    ).toEqual(['a_total', 'd']);
    expect(metricsIn('sum(x) by (y)')).toEqual(['x']);
    expect(metricsIn('1e3 + 5m')).toEqual([]);
  });
  it('are those with the fewest edits', () => {
    const names = ['http_requests_total', 'http_request_size', 'up', 'node_load1'];
    expect(nearestNames('htp_request_total', names, 3)[0]).toBe('http_requests_total');
    expect(nearestNames('requests_total', names, 3)).toEqual(['http_requests_total']);
    expect(nearestNames('zzzzz', names, 3)).toEqual([]);
  });
  it('count edits', () => {
    expect(editDistance('kitten', 'sitting', 5)).toBe(3);
    expect(editDistance('', 'abc', 5)).toBe(3);
    expect(editDistance('abcdef', 'uvwxyz', 2)).toBe(3);
  });
});

describe('exports', () => {
  const frame = buildFrame(
    [
      {
        letter: 'A',
        legend: '',
        shift: 0,
        series: [
          {
            metric: { __name__: 'm', path: 'a,"b"' },
            values: [
              [0, '1'],
              [10, '+Inf'],
            ],
          },
          { metric: { __name__: 'm', path: 'c' }, values: [[10, '2.5']] },
        ],
      },
    ],
    { start: 0, end: 10, step: 10 },
  );
  it('write a line per sample', () => {
    expect(csvLong(frame)).toBe(
      'time,query,__name__,path,value\r\n' +
        '1970-01-01T00:00:00.000Z,A,m,"a,""b""",1\r\n' +
        '1970-01-01T00:00:10.000Z,A,m,"a,""b""",+Inf\r\n' +
        '1970-01-01T00:00:10.000Z,A,m,c,2.5\r\n',
    );
  });
  it('write a column per series', () => {
    expect(csvWide(frame)).toBe(
      'time,"path=a,""b""",path=c\r\n1970-01-01T00:00:00.000Z,1,\r\n1970-01-01T00:00:10.000Z,+Inf,2.5\r\n',
    );
  });
  it('write vectors and scalars', () => {
    expect(csvVector({ resultType: 'vector', result: [{ metric: { a: 'b' }, value: [1, '2'] }] })).toBe(
      'time,a,value\r\n1970-01-01T00:00:01.000Z,b,2\r\n',
    );
    expect(csvVector({ resultType: 'scalar', result: [1, '2'] })).toBe('time,value\r\n1,2\r\n');
  });
  it('quote expressions for the shell and for YAML', () => {
    const expr = `up{job='a'} > "b"`;
    const result = { kind: 'range' as const, grid: { start: 1, end: 2, step: 1 }, results: [], tookMs: 0 };
    expect(curlLine({ letter: 'A', expr }, result, 'http://f/')).toBe(
      `curl -s 'http://f/api/v1/query_range' --data-urlencode 'query=up{job='\\''a'\\''} > "b"' -d start=1 -d end=2 -d step=1`,
    );
    expect(alertRule(expr)).toContain(`expr: "up{job='a'} > \\"b\\""\n`);
  });
});

describe('target list', () => {
  const target = (job: string, instance: string, health: 'up' | 'down' | 'unknown', lastError = '') => ({
    labels: { job, instance },
    discoveredLabels: {},
    scrapePool: job,
    scrapeUrl: `http://${instance}/metrics`,
    lastError,
    lastScrape: '',
    lastScrapeDuration: 0,
    health,
    scrapeInterval: '15s',
    scrapeTimeout: '10s',
  });
  const all = [
    target('b', 'h10:1', 'up'),
    target('b', 'h9:1', 'up'),
    target('a', 'h1:1', 'up'),
    target('z', 'h1:2', 'down', 'connect ECONNREFUSED'),
  ];
  const none = { state: '', search: '', job: '' } as const;
  const instances = (list: readonly { labels: Record<string, string> }[]) =>
    list.map((one) => one.labels.instance);

  it('has failing targets first, then jobs and instances in natural order', () => {
    expect(instances(listTargets(all, none))).toEqual(['h1:2', 'h1:1', 'h9:1', 'h10:1']);
    expect(countStates(all)).toEqual({ up: 3, down: 1, unknown: 0 });
  });
  it('is filtered by state, job and all words', () => {
    expect(instances(listTargets(all, { ...none, state: 'down' }))).toEqual(['h1:2']);
    expect(instances(listTargets(all, { ...none, job: 'b' }))).toEqual(['h9:1', 'h10:1']);
    expect(instances(listTargets(all, { ...none, search: 'econnrefused H1' }))).toEqual(['h1:2']);
  });
  it('keeps the places of rows that are held', () => {
    const before = [all[2]!, all[0]!, all[1]!].map(targetKey);
    expect(instances(keepOrder(listTargets(all, none), before))).toEqual(['h1:1', 'h10:1', 'h9:1', 'h1:2']);
  });
  it('explains errors', () => {
    expect(errorHint('connect ECONNREFUSED 127.0.0.1:1')).toContain('Nothing listens');
    expect(errorHint('getaddrinfo ENOTFOUND x')).toContain('cannot be resolved');
    expect(errorHint('server returned HTTP status 401 Unauthorized')).toContain('credentials');
    expect(errorHint('something else')).toBe('');
  });
});

describe('strip', () => {
  const grid = { start: 0, end: 180, step: 60 };
  it('knows up, down and nothing', () => {
    const states = stripStates(
      [
        [0, '1'],
        [60, '0'],
        [180, '1'],
      ],
      grid,
    );
    expect(states).toEqual([1, 0, null, 1]);
    expect(stripText(states, grid, true)).toBe(
      'Up 66% of the 3 minutes known of the last hour, last down at 00:01',
    );
    expect(stripText([1, 1], grid, true)).toBe('Up for all 2 minutes known of the last hour');
    expect(stripText([null], grid, true)).toBe('No samples in the last hour');
  });
});
