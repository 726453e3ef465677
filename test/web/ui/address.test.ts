import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ExploreState,
  exploreLink,
  isShown,
  readExplore,
  solo,
  toggle,
  views,
} from '../../../web/ui/lib/explore-state.ts';
import { firstRequest } from '../../../web/ui/lib/first-request.ts';
import { legacyTarget } from '../../../web/ui/lib/legacy-links.ts';
import { safeLink } from '../../../web/ui/lib/links.ts';
import { parseDuration } from '../../../web/ui/lib/range.ts';
import { readRefresh } from '../../../web/ui/lib/refresh.ts';

const read = (link: string) => readExplore(new URL(link, 'http://ferula/').searchParams);

describe('address of Explore', () => {
  it('has its usual values when it says nothing', () => {
    expect(read('./explore')).toEqual({
      queries: [{ expr: '', off: false, legend: '' }],
      seconds: 3600,
      end: null,
      view: 'graph',
      unit: '',
      zero: false,
      log: false,
      stacked: false,
      join: false,
      points: false,
      compare: '',
      find: '',
      hidden: [],
      only: [],
    });
  });

  it('is readable', () => {
    const link = exploreLink({
      queries: [
        { expr: 'up', off: false, legend: '' },
        { expr: 'rate(x[5m])', off: true, legend: '{{job}}' },
      ],
      seconds: 7200,
      end: 1_795_201_200,
      zero: true,
      stacked: true,
    });
    expect(link).toBe(
      './explore?q=up&q2=rate%28x%5B5m%5D%29&legend2=%7B%7Bjob%7D%7D&off=B&range=2h&end=2026-11-20T19:00:00Z&y=zero,stacked',
    );
  });

  it('keeps refresh and kiosk, which belong to the page', () => {
    expect(exploreLink({}, new URLSearchParams('refresh=5s&kiosk=&x=1'))).toBe(
      './explore?range=1h&refresh=5s&kiosk=',
    );
  });

  it('gives back every state', () => {
    const ids = fc.array(fc.stringMatching(/^[0-9a-f]{8}$/), { maxLength: 3 });
    const state = fc.record<ExploreState>({
      queries: fc.array(fc.record({ expr: fc.string(), off: fc.boolean(), legend: fc.string() }), {
        minLength: 1,
        maxLength: 26,
      }),
      seconds: fc.integer({ min: 1, max: 1e8 }),
      end: fc.option(fc.integer({ min: 1, max: 4e9 })),
      view: fc.constantFrom(...views),
      unit: fc.constantFrom('', 's', 'B/s'),
      zero: fc.boolean(),
      log: fc.boolean(),
      stacked: fc.boolean(),
      join: fc.boolean(),
      points: fc.boolean(),
      compare: fc.constantFrom('', '1d', '1w'),
      find: fc.string(),
      hidden: ids,
      only: ids,
    });
    fc.assert(
      fc.property(state, (before) => {
        expect(read(exploreLink(before))).toEqual(before);
      }),
    );
  });

  it('ignores what it does not understand', () => {
    const state = read('./explore?range=soon&end=later&view=pie&compare=1&y=up');
    expect(state).toEqual(read('./explore'));
  });
});

describe('legend switches', () => {
  const all = { hidden: [], only: [] };
  it('show one series alone, and all again', () => {
    expect(solo('a', all)).toEqual({ hidden: [], only: ['a'] });
    expect(solo('a', solo('a', all))).toEqual(all);
  });
  it('switch single series', () => {
    expect(toggle('a', all)).toEqual({ hidden: ['a'], only: [] });
    expect(toggle('b', solo('a', all)).only).toEqual(['a', 'b']);
    expect(isShown('a', toggle('a', all))).toBe(false);
    expect(isShown('b', solo('a', all))).toBe(false);
  });
});

describe('firstRequest()', () => {
  const first = (path: string) => firstRequest(new URL(path, 'http://ferula/x/'), 1_795_201_207);
  it('asks for what the page will show', () => {
    expect(first('')).toBe('api/v1/query_range?query=up&start=1795197600&end=1795201200&step=15');
    expect(first('explore?q=a%2Bb&range=2h&end=2026-11-20T18:00:00Z')).toBe(
      'api/v1/query_range?query=a%2Bb&start=1795190400&end=1795197600&step=30',
    );
    expect(first('targets')).toBe('api/v1/targets?state=active');
  });
  it('leaves the rest to the bundle', () => {
    expect(first('explore?view=table')).toBe('');
    expect(first('graph?g0.expr=up')).toBe('');
  });
});

describe('legacyTarget()', () => {
  const target = (path: string) => legacyTarget(new URL(path, 'http://ferula/'));
  it('leads bare addresses to Explore', () => {
    expect(target('/')).toBe('./explore');
    expect(target('/graph')).toBe('./explore');
    expect(target('/prefix/?q=up')).toBe('./explore?q=up');
    expect(target('/explore?q=up')).toBeNull();
    expect(target('/targets')).toBeNull();
  });
  it("keeps the meaning of Prometheus's links", () => {
    expect(
      target('/graph?g0.expr=up&g0.tab=1&g0.range_input=2h&g0.end_input=2026-11-20%2019:00:00&g1.expr=b'),
    ).toBe('./explore?q=up&q2=b&range=2h&end=2026-11-20T19:00:00Z&view=table');
    expect(target('/query?g0.expr=up&g0.show_tree=0&g0.tab=graph&g0.display_mode=stacked')).toBe(
      './explore?q=up&range=1h&y=stacked',
    );
    expect(target('/#/?g0.expr=up&g0.range_input=30m')).toBe('./explore?q=up&range=30m');
  });
});

describe('safeLink()', () => {
  it('lets only http and https through', () => {
    expect(safeLink('https://a/b')).toBe('https://a/b');
    for (const bad of [
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'data:text/html,x',
      '//host/x',
      '/x',
      'x',
    ])
      expect(safeLink(bad)).toBeNull();
  });
});

describe('readRefresh()', () => {
  it('takes the habit of the page unless the address says otherwise', () => {
    const read = (query: string) => readRefresh(new URLSearchParams(query), 15);
    expect(['', 'refresh=off', 'refresh=5s', 'refresh=1m', 'refresh=x'].map(read)).toEqual([
      15, 0, 5, 60, 15,
    ]);
  });
  it('reads what durations say', () => expect(parseDuration('60s')).toBe(60));
});
