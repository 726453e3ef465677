import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../support/memory-source.ts';
import { ask, askError, run } from './ask.ts';

const source = new MemorySource().load(
  60_000,
  `
  m{a="1"} 0 1 2 3 4 5 6 7 8 9
  m{a="2"} 0 _x5 6 stale _ 9
  c_total 0+60x20
  `,
);

describe('instant selectors', () => {
  it('look back over a left-open interval', () => {
    expect(ask(source, 'm{a="2"}', [0, 6, 1])).toEqual(['m{a="2"} 0 0 0 0 0 _ 6']);
  });

  it('end at a stale marker', () => {
    expect(ask(source, 'm{a="2"}', [6, 9, 1])).toEqual(['m{a="2"} 6 _ _ 9']);
  });

  it.each([
    ['m offset 2m', 5, ['m{a="1"} 3', 'm{a="2"} 0']],
    ['m{a="1"} offset -2m', 5, ['m{a="1"} 7']],
    ['m{a="1"} @ 120', 5, ['m{a="1"} 2']],
    ['m{a="1"} @ 120 offset 1m', 5, ['m{a="1"} 1']],
    ['m{a="1"} @ start()', 5, ['m{a="1"} 5']],
    ['timestamp(m{a="2"})', 4, ['{a="2"} 0']],
    ['timestamp(m{a="1"} @ 120)', 4, ['{a="1"} 120']],
    ['m{a="1"} smoothed', 4.5, ['m{a="1"} 4.5']],
  ])('%s', (query, at, expected) => {
    expect(ask(source, query, at)).toEqual(expected);
  });

  it('hold still at @, over all steps', () => {
    expect(ask(source, 'm{a="1"} @ end()', [0, 4, 2])).toEqual(['m{a="1"} 4 4 4']);
    expect(ask(source, 'm{a="1"} @ start() + m{a="1"}', [1, 3, 1])).toEqual(['{a="1"} 2 3 4']);
  });

  it('take another lookback from the request', () => {
    expect(run(source, 'm{a="2"}', 3, {}, { lookbackMs: 180_000 }).value).toMatchObject({ series: [] });
  });

  it('read sparse grids and grids denser than the samples', () => {
    expect(ask(source, 'm{a="1"}', [0, 8, 4])).toEqual(['m{a="1"} 0 4 8']);
    expect(ask(source, 'm{a="1"}', [0, 1.5, 0.5])).toEqual(['m{a="1"} 0 0 1 1']);
  });
});

describe('range selectors', () => {
  it('give raw samples of a left-open window, sorted by labels', () => {
    expect(ask(source, 'm[2m]', 3)).toEqual(['m{a="1"} 2@120 3@180']);
    expect(ask(source, 'm[3m]', 9)).toEqual(['m{a="1"} 7@420 8@480 9@540', 'm{a="2"} 9@540']);
  });

  it.each([
    // Samples at whole minutes; the range ends between two.
    ['m{a="1"}[2m] anchored', 3.5, 'm{a="1"} 1@90 2@120 3@180 3@210'],
    ['m{a="1"}[2m] smoothed', 3.5, 'm{a="1"} 1.5@90 2@120 3@180 3.5@210'],
    ['m{a="1"}[2m] anchored', 3, 'm{a="1"} 1@60 2@120 3@180'],
    ['m{a="1"}[2m] smoothed', 1, 'm{a="1"} 0@-60 0@0 1@60'],
    ['m{a="2"}[2m] anchored', 4, undefined],
  ])('%s at %s have samples at their ends', (query, at, expected) => {
    expect(ask(source, query, at)[0]).toBe(expected);
  });

  it('leave stale markers out', () => {
    expect(ask(source, 'count_over_time(m{a="2"}[5m])', [6, 9, 1])).toEqual(['{a="2"} 1 1 1 2']);
  });

  it('are not for range queries', () => {
    expect(askError(source, 'm[2m]', [0, 1, 1])).toBe(
      'parse: invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    );
  });
});

describe('subqueries', () => {
  it.each([
    ['sum_over_time(m{a="1"}[3m:1m])', 5, ['{a="1"} 12']],
    ['sum_over_time(m{a="1"}[3m:1m] @ 300)', 9, ['{a="1"} 12']],
    ['sum_over_time(m{a="1"}[3m:1m] offset 1m)', 6, ['{a="1"} 12']],
    ['sum_over_time(m{a="1"}[3m:])', 5, ['{a="1"} 12']],
    ['count_over_time(m{a="2"}[9m:1m])', 9, ['{a="2"} 6']],
    ['max_over_time(rate(c_total[2m])[4m:1m])', 9, ['{} 1']],
    ['sum_over_time(sum_over_time(m{a="1"}[2m:1m])[2m:1m])', 5, ['{a="1"} 16']],
    ['m{a="1"}[2m:1m]', 5, ['m{a="1"} 4@240 5@300']],
    ['count_over_time(m{a="1"}[10s:1m])', 5.5, []],
  ])('%s', (query, at, expected) => {
    expect(ask(source, query, at)).toEqual(expected);
  });

  it('share one inner grid over all steps', () => {
    expect(ask(source, 'sum_over_time(m{a="1"}[2m:1m])', [2, 5, 1])).toEqual(['{a="1"} 3 5 7 9']);
  });

  it('refuse more steps than samples are allowed', () => {
    expect(askError(source, 'count_over_time(m[1y:1ms])', 5)).toMatch(
      /^limit: subquery m\[1y:1ms\] has 31536000000 steps/,
    );
  });
});

describe('limits', () => {
  it('stop at too many samples', () => {
    expect(askError(source, 'm', [0, 9, 1], { maxSamples: 5 })).toBe(
      'limit: query processing would load too many samples into memory in query execution',
    );
  });

  it('stop at too much memory', () => {
    expect(askError(source, 'sum by (a) (m)', [0, 9, 0.001], { maxMemoryBytes: 100_000 })).toMatch(
      /^limit: query needs more than 100000 bytes of memory/,
    );
  });

  it('stop at the deadline and when canceled', () => {
    const busy = [0, 9, 0.00001] as const;
    const soon = (): number => performance.now() + 5;
    const timedOut = 'query timed out in expression evaluation';
    expect(() => run(source, 'm', 1, {}, { deadline: performance.now() - 1 })).toThrow(timedOut);
    expect(() => run(source, 'm + m', busy, {}, { deadline: soon() })).toThrow(timedOut);
    expect(() => run(source, 'm', 1, {}, { cancelFlag: Int32Array.of(1) })).toThrow('query was canceled');
    expect(ask(source, 'm{a="1"}', 1)).toEqual(['m{a="1"} 1']);
  });

  it('closes the view after an error', () => {
    askError(source, 'topk(NaN, m)', 1);
    expect(ask(source, 'm{a="1"}', 1)).toEqual(['m{a="1"} 1']);
  });
});

describe('stats', () => {
  it('count the samples that steps see', () => {
    const { stats } = run(source, 'm{a="1"}', [0, 3, 1], {}, { perStepStats: true });
    expect(stats.totalSamples).toBe(4);
    expect(stats.samplesPerStep).toEqual(Float64Array.of(1, 1, 1, 1));
    expect(run(source, 'rate(c_total[5m])', [5, 6, 1]).stats.totalSamples).toBe(10);
  });
});
