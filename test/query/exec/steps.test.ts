// A law that holds for every expression without start(), end(), step() and range(): a range query gives at each step
// what an instant query gives there. The two take different ways through most operators.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueryError } from '../../../query/result.ts';
import { MemorySource } from '../../support/memory-source.ts';
import { ask } from './ask.ts';

const QUERIES = [
  'm',
  'm offset 90s',
  'm @ 200',
  'm smoothed',
  'timestamp(m)',
  '-m',
  'm * 2 > 5',
  '3 < bool m',
  'm == 2',
  'm ^ 2 % 3',
  'sum(m)',
  'sum by (a) (m)',
  'avg without (b) (m)',
  'min by (a) (m)',
  'max(m)',
  'count by (b) (m)',
  'group by (b) (m)',
  'stddev by (a) (m)',
  'stdvar(m)',
  'quantile by (a) (0.3, m)',
  'topk(2, m)',
  'bottomk by (a) (1, m)',
  'limitk(2, m)',
  'limit_ratio(0.5, m)',
  'count_values("v", m)',
  'topk(scalar(k), m)',
  'm + n',
  'm + fill(0) n',
  'm - on(a, b) fill_left(1) n',
  'm > n',
  'm <= bool n',
  'm * on(a) group_left(l) one',
  'one * on(a) group_right m',
  'm / on() group_left k',
  'm and n',
  'm unless n',
  'm or n',
  'm and on(a) one',
  'n or on(a) m',
  'sum_over_time(m[2m])',
  'rate(m[3m])',
  'delta(m[3m] anchored)',
  'increase(m[3m] smoothed)',
  'last_over_time(m[90s])',
  'avg_over_time(m[4m])',
  'quantile_over_time(0.5, m[4m])',
  'count_over_time(m[2m] @ 200)',
  'max_over_time(sum by (a) (m)[3m:30s])',
  'sum_over_time((m > 2)[4m:1m] offset 1m)',
  'count_over_time(m[3m:1m] @ 240)',
  'absent(m{a="1"})',
  'absent_over_time(m{a="2"}[2m])',
  'scalar(k) + 1',
  'vector(time())',
  'label_replace(m, "a", "$1-", "b", "(.*)")',
  'sort_desc(sum by (a) (m))',
  'm * scalar(k) + k * 0',
  'clamp(m, 1, scalar(k))',
];

const sample = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }).map(String) },
  { weight: 3, arbitrary: fc.constant('_') },
  { weight: 1, arbitrary: fc.constantFrom('stale', 'NaN', '-2.5', 'Inf') },
);
const notation = fc.array(sample, { minLength: 8, maxLength: 8 }).map((samples) => samples.join(' '));
const NAMES = [
  ...['1', '2'].flatMap((a) => ['x', 'y'].map((b) => `m{a="${a}",b="${b}"}`)),
  ...['1', '3'].flatMap((a) => ['x', 'y'].map((b) => `n{a="${a}",b="${b}"}`)),
  'one{a="1",l="p"}',
  'one{a="2",l="q"}',
  'k',
];

/** Result lines by series, one text a step. */
function bySeries(result: string[]): Map<string, string[]> {
  return new Map(
    result.map((line) => {
      const end = line.indexOf('} ') >= 0 ? line.indexOf('} ') + 1 : line.indexOf(' ');
      return [line.slice(0, end), line.slice(end + 1).split(' ')];
    }),
  );
}

function stepwise(source: MemorySource, query: string, steps: number[]): Map<string, string[]> {
  const out = new Map<string, string[]>();
  steps.forEach((minute, k) => {
    for (const [labels, [value]] of bySeries(ask(source, query, minute))) {
      let values = out.get(labels);
      if (!values) {
        values = steps.map(() => '_');
        out.set(labels, values);
      }
      values[k] = value;
    }
  });
  return out;
}

describe('a range query is its instant queries', () => {
  it.each(QUERIES)('%s', (query) => {
    fc.assert(
      fc.property(
        fc.array(notation, { minLength: NAMES.length, maxLength: NAMES.length }),
        fc.constantFrom(0.5, 1, 1.5),
        (notations, step) => {
          const source = new MemorySource();
          for (const [i, name] of NAMES.entries()) source.load(60_000, `${name} ${notations[i]}`);
          const steps = Array.from({ length: 40 / (step * 4) }, (_, k) => k * step);
          let whole: Map<string, string[]> | string;
          try {
            whole = bySeries(ask(source, query, [0, steps[steps.length - 1], step]));
          } catch (error) {
            whole = (error as QueryError).message;
          }
          try {
            const single = stepwise(source, query, steps);
            const scalars = single.has('');
            if (!scalars) expect(whole).toEqual(single);
          } catch (error) {
            if (!(error instanceof QueryError)) throw error;
            // Which of several errors comes first is open.
            expect(typeof whole, error.message).toBe('string');
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
