import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../support/memory-source.ts';
import { ask, askError, run } from './ask.ts';

const requests = new MemorySource().load(
  60_000,
  `
  http_requests{job="api", instance="0"} 0+10x10
  http_requests{job="api", instance="1"} 0+20x10
  http_requests{job="app", instance="0"} 0+30x10
  http_requests{job="app", instance="1"} 0+40x4 stale _x9
  http_requests{job="db", instance="0"} _x6 7 NaN 7 7 7
  `,
);

describe('aggregations', () => {
  it.each([
    ['sum(http_requests)', ['{} 200']],
    ['sum by (job) (http_requests)', ['{job="api"} 60', '{job="app"} 140']],
    ['sum without (instance) (http_requests)', ['{job="api"} 60', '{job="app"} 140']],
    ['avg by (job) (http_requests)', ['{job="api"} 30', '{job="app"} 70']],
    ['min by (job) (http_requests)', ['{job="api"} 20', '{job="app"} 60']],
    ['max by (job) (http_requests)', ['{job="api"} 40', '{job="app"} 80']],
    ['count by (job) (http_requests)', ['{job="api"} 2', '{job="app"} 2']],
    ['group by (job) (http_requests)', ['{job="api"} 1', '{job="app"} 1']],
    ['stdvar by (job) (http_requests)', ['{job="api"} 100', '{job="app"} 100']],
    ['stddev by (job) (http_requests)', ['{job="api"} 10', '{job="app"} 10']],
    ['quantile by (job) (0.25, http_requests)', ['{job="api"} 25', '{job="app"} 65']],
    ['sum by (__name__) (http_requests)', ['http_requests 200']],
    ['sum by (missing) (http_requests)', ['{} 200']],
    ['sum(missing)', []],
  ])('%s', (query, expected) => {
    expect(ask(requests, query, 2)).toEqual(expected);
  });

  it('leaves out steps at which a group has nothing', () => {
    expect(ask(requests, 'sum by (job) (http_requests)', [3, 8, 1])).toEqual([
      '{job="api"} 90 120 150 180 210 240',
      '{job="app"} 210 280 150 180 210 240',
      '{job="db"} _ _ _ 7 NaN 7',
    ]);
    expect(ask(requests, 'count by (job) (http_requests)', [3, 8, 1])).toEqual([
      '{job="api"} 2 2 2 2 2 2',
      '{job="app"} 2 2 1 1 1 1',
      '{job="db"} _ _ _ 1 1 1',
    ]);
  });

  it('gives NaN as minimum and maximum only where there is nothing else', () => {
    const source = new MemorySource().load(60_000, 'm{a="1"} NaN NaN\nm{a="2"} NaN 3\nm{a="3"} NaN 2');
    expect(ask(source, 'max(m)', [0, 1, 1])).toEqual(['{} NaN 3']);
    expect(ask(source, 'min(m)', [0, 1, 1])).toEqual(['{} NaN 2']);
  });

  it('sums with compensation', () => {
    const source = new MemorySource().load(60_000, 'm{a="1"} 1e100\nm{a="2"} 1\nm{a="3"} -1e100\nm{a="4"} 1');
    expect(ask(source, 'sum(m)', 0)).toEqual(['{} 2']);
    expect(ask(source, 'avg(m)', 0)).toEqual(['{} 0.5']);
  });

  it('keeps infinities through sums', () => {
    const source = new MemorySource().load(
      60_000,
      'm{a="1"} 1 1 1\nm{a="2"} Inf -Inf Inf\nm{a="3"} 2 2 -Inf',
    );
    expect(ask(source, 'sum(m)', [0, 2, 1])).toEqual(['{} +Inf -Inf NaN']);
    expect(ask(source, 'avg(m)', [0, 2, 1])).toEqual(['{} +Inf -Inf NaN']);
  });

  it('averages values whose sum overflows', () => {
    const source = new MemorySource().load(
      60_000,
      'm{a="1"} 1.5e308 1\nm{a="2"} 1.5e308 2\nm{a="3"} 1.5e308 3\nm{a="4"} _ 6',
    );
    expect(ask(source, 'avg(m)', [0, 1, 1])).toEqual(['{} 1.5e+308 3']);
  });

  it('has no deviation among infinities', () => {
    const source = new MemorySource().load(60_000, 'm{a="1"} Inf 1\nm{a="2"} 1 1');
    expect(ask(source, 'stddev(m)', [0, 1, 1])).toEqual(['{} NaN 0']);
  });

  it('warns of quantiles out of range, and answers infinities', () => {
    const result = run(requests, 'quantile(1.5, http_requests)', 2);
    expect(result.warnings).toEqual([
      'PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:10)',
    ]);
    expect(ask(requests, 'quantile(-1, http_requests)', 2)).toEqual(['{} -Inf']);
    expect(ask(requests, 'quantile(NaN, http_requests)', 2)).toEqual(['{} NaN']);
  });
});

describe('topk and its kin', () => {
  it.each([
    [
      'topk(2, http_requests)',
      ['http_requests{instance="1",job="app"} 80', 'http_requests{instance="0",job="app"} 60'],
    ],
    ['bottomk(1, http_requests)', ['http_requests{instance="0",job="api"} 20']],
    [
      'topk by (job) (1, http_requests)',
      ['http_requests{instance="1",job="api"} 40', 'http_requests{instance="1",job="app"} 80'],
    ],
    ['topk(0, http_requests)', []],
    ['limitk(1, http_requests)', ['http_requests{instance="0",job="api"} 20']],
    ['count(topk(1e9, http_requests))', ['{} 4']],
    ['count_values("value", http_requests > 30)', ['{value="40"} 1', '{value="60"} 1', '{value="80"} 1']],
    ['count_values by (job) ("job", http_requests > 70)', ['{job="80"} 1']],
    ['count_values without (instance) ("v", http_requests > 70)', ['{job="app",v="80"} 1']],
  ])('%s', (query, expected) => {
    expect(ask(requests, query, 2)).toEqual(expected);
  });

  it('ranks by step in a range query, sorted by labels', () => {
    const source = new MemorySource().load(60_000, 'm{a="1"} 1 5 NaN\nm{a="2"} 2 4 NaN\nm{a="3"} 3 3 1');
    expect(ask(source, 'topk(1, m)', [0, 2, 1])).toEqual(['m{a="1"} _ 5 _', 'm{a="3"} 3 _ 1']);
    expect(ask(source, 'bottomk(1, m)', [0, 2, 1])).toEqual(['m{a="1"} 1 _ _', 'm{a="3"} _ 3 1']);
  });

  it('puts NaN last', () => {
    const source = new MemorySource().load(60_000, 'm{a="1"} NaN\nm{a="2"} 2\nm{a="3"} 3');
    expect(ask(source, 'topk(3, m)', 0)).toEqual(['m{a="3"} 3', 'm{a="2"} 2', 'm{a="1"} NaN']);
    expect(ask(source, 'bottomk(3, m)', 0)).toEqual(['m{a="2"} 2', 'm{a="3"} 3', 'm{a="1"} NaN']);
  });

  it('takes k from a scalar, step by step', () => {
    const source = new MemorySource().load(60_000, 'k 0 1 2\nm{a="1"} 1 1 1\nm{a="2"} 2 2 2');
    expect(ask(source, 'topk(scalar(k), m)', [0, 2, 1])).toEqual(['m{a="1"} _ _ 1', 'm{a="2"} _ 2 2']);
  });

  it('splits a selection by limit_ratio into two parts that complete each other', () => {
    const source = new MemorySource();
    for (let i = 0; i < 100; i++) source.load(60_000, `m{i="${i}"} 1`);
    expect(ask(source, 'count(limit_ratio(0.3, m) or limit_ratio(-0.7, m))', 0)).toEqual(['{} 100']);
    expect(ask(source, 'limit_ratio(0.3, m) and limit_ratio(-0.7, m)', 0)).toEqual([]);
    const [count] = ask(source, 'count(limit_ratio(0.3, m))', 0);
    expect(Number(count.slice(3))).toBeGreaterThan(15);
    expect(Number(count.slice(3))).toBeLessThan(45);
    expect(run(source, 'limit_ratio(2, m)', 0).warnings).toEqual([
      'PromQL warning: ratio value should be between -1 and 1, got 2, capping to 1 (1:13)',
    ]);
  });

  it.each([
    ['topk(NaN, http_requests)', 'execution: Parameter value is NaN'],
    ['limit_ratio(NaN, http_requests)', 'execution: Ratio value is NaN'],
    ['topk(1e30, http_requests)', 'execution: Scalar value 1e+30 overflows int64'],
    ['count_values("", http_requests)', 'execution: invalid label name ""'],
  ])('%s fails', (query, message) => {
    expect(askError(requests, query, 2)).toBe(message);
  });
});

describe('aggregation with little memory', () => {
  it('gives the same, one group at a time', () => {
    const source = new MemorySource();
    for (let i = 0; i < 60; i++) source.load(60_000, `m{g="${i % 7}", i="${i}"} ${i} _ ${i}+1x3`);
    const little = { maxMemoryBytes: 20_000 };
    for (const op of ['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev']) {
      const query = `${op} by (g) (m)`;
      expect(ask(source, query, [0, 4, 0.25], little)).toEqual(ask(source, query, [0, 4, 0.25]));
    }
  });
});
