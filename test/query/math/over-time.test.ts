// Window functions: fast forms against the plain loop, and values worked out by hand.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compensatedSum, Workspace } from '../../../query/math/accumulators.ts';
import {
  averageOf,
  extremeOverTime,
  extremeTimes,
  medianDeviationOverTime,
  quantileOverTime,
  sumOverTime,
} from '../../../query/math/over-time.ts';
import {
  derivOverTime,
  doubleExponentialSmoothing,
  lineTerms,
  predictOverTime,
} from '../../../query/math/trend.ts';
import { spansOver } from './spans.ts';

const work = new Workspace();

/** Long overlapping windows over `n` samples one second apart: the sliding forms are used. */
function longWindows(
  n: number,
  length: number,
): { times: Float64Array; spans: ReturnType<typeof spansOver> } {
  const times = Float64Array.from({ length: n }, (_, i) => i * 1000);
  return { times, spans: spansOver(times, times, length * 1000) };
}

const finite = fc.double({ min: -1e9, max: 1e9, noNaN: true });
const odd = fc.oneof(
  { weight: 8, arbitrary: finite },
  fc.constantFrom(NaN, Infinity, -Infinity, 1e300, -1e300, 0, -0, 1e-300),
);

function eachWindow(
  spans: ReturnType<typeof spansOver>,
  check: (k: number, from: number, to: number) => void,
): void {
  for (let k = 0; k < spans.count; k++)
    if (spans.first[k] < spans.last[k]) check(k, spans.first[k], spans.last[k]);
}

describe('sumOverTime()', () => {
  const { spans } = longWindows(200, 50);
  const out = new Float64Array(200);

  it.each([
    ['floats', finite],
    ['odd values', odd],
    ['integers', fc.integer({ min: -1000, max: 1e9 })],
    ['decimals', fc.integer({ min: 0, max: 10_000 }).map((v) => v / 100)],
  ])('gives the running compensated sum of %s', (_, value) => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 200, maxLength: 200 }), (list) => {
        const values = Float64Array.from(list);
        sumOverTime(values, spans, false, work, out);
        eachWindow(spans, (k, from, to) => {
          const expected = compensatedSum(values, from, to);
          if (Number.isFinite(expected) && expected !== 0)
            expect(Math.abs(out[k] / expected - 1)).toBeLessThan(1e-15);
          else expect(out[k]).toBe(expected);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('averages as the plain loop does', () => {
    fc.assert(
      fc.property(fc.array(odd, { minLength: 200, maxLength: 200 }), (list) => {
        const values = Float64Array.from(list);
        sumOverTime(values, spans, true, work, out);
        eachWindow(spans, (k, from, to) => {
          const expected = averageOf(values, from, to);
          if (Number.isFinite(expected) && expected !== 0)
            expect(Math.abs(out[k] / expected - 1)).toBeLessThan(1e-14);
          else expect(out[k]).toBe(expected);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('keeps what plain addition loses', () => {
    const values = Float64Array.of(1, 1e100, 1, -1e100);
    const one = { count: 1, first: Int32Array.of(0), last: Int32Array.of(4) };
    const sum = new Float64Array(1);
    sumOverTime(values, one, false, work, sum);
    expect(sum[0]).toBe(2);
    sumOverTime(values, one, true, work, sum);
    expect(sum[0]).toBe(0.5);
  });

  it('forgets a cancelled window once it has moved on', () => {
    const values = Float64Array.from({ length: 200 }, (_, i) => (i === 60 ? 1e17 : i === 61 ? -1e17 : 0.1));
    sumOverTime(values, spans, false, work, out);
    eachWindow(spans, (k, from, to) => expect(out[k]).toBeCloseTo(compensatedSum(values, from, to), 12));
  });
});

describe('averageOf()', () => {
  it('survives sums that overflow', () => {
    const big = Float64Array.of(1.5e308, 1.5e308, 1.5e308);
    expect(averageOf(big, 0, 3)).toBe(1.5e308);
  });

  it('carries infinities and NaN', () => {
    expect(averageOf(Float64Array.of(1, Infinity), 0, 2)).toBe(Infinity);
    expect(averageOf(Float64Array.of(-Infinity, Infinity), 0, 2)).toBeNaN();
    expect(averageOf(Float64Array.of(1, NaN), 0, 2)).toBeNaN();
  });

  it('gives a constant exactly', () => {
    const values = new Float64Array(13).fill(52);
    for (let n = 1; n <= 13; n++) expect(averageOf(values, 0, n)).toBe(52);
  });
});

describe('extremeOverTime()', () => {
  it('gives by queue what a loop gives', () => {
    const { spans } = longWindows(150, 45);
    const short = { ...spans, count: 150 };
    fc.assert(
      fc.property(fc.array(odd, { minLength: 150, maxLength: 150 }), fc.boolean(), (list, isMax) => {
        const values = Float64Array.from(list);
        const out = new Float64Array(150);
        extremeOverTime(values, short, isMax, work, out);
        eachWindow(spans, (k, from, to) => {
          const numbers = [...values.subarray(from, to)].filter((v) => !Number.isNaN(v));
          const expected = numbers.length === 0 ? NaN : isMax ? Math.max(...numbers) : Math.min(...numbers);
          expect(out[k] === expected || (Number.isNaN(out[k]) && Number.isNaN(expected))).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe('extremeTimes()', () => {
  it('gives by queue what a loop gives', () => {
    const { times, spans } = longWindows(150, 45);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(odd, fc.integer({ max: 5 })), { minLength: 150, maxLength: 150 }),
        fc.boolean(),
        (list, isMax) => {
          const values = Float64Array.from(list);
          const out = new Float64Array(150);
          extremeTimes(values, times, spans, isMax, work, out);
          eachWindow(spans, (k, from, to) => {
            let best = from;
            for (let i = from; i < to; i++) {
              const v = values[i];
              if (Number.isNaN(values[best]) || (isMax ? v >= values[best] : v <= values[best])) best = i;
            }
            expect(out[k]).toBe(times[best] / 1000);
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('names the last of equal extremes', () => {
    const values = Float64Array.of(3, 1, 3, 1, NaN);
    const times = Float64Array.of(1000, 2000, 3500, 4000, 5000);
    const one = { count: 1, first: Int32Array.of(0), last: Int32Array.of(5) };
    const out = new Float64Array(1);
    extremeTimes(values, times, one, true, work, out);
    expect(out[0]).toBe(3.5);
    extremeTimes(values, times, one, false, work, out);
    expect(out[0]).toBe(4);
  });
});

describe('quantileOverTime()', () => {
  it('gives with sliding windows what each window gives by itself', () => {
    const { spans } = longWindows(160, 60);
    const phi = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(odd, { minLength: 160, maxLength: 160 }), phi, (list, q) => {
        const values = Float64Array.from(list);
        const phis = new Float64Array(160).fill(q);
        const out = new Float64Array(160);
        quantileOverTime(values, spans, phis, work, out);
        eachWindow(spans, (k, from, to) => {
          const sorted = [...values.subarray(from, to)].sort((a, b) =>
            Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(b)) - Number(Number.isNaN(a)) : a - b,
          );
          const rank = q * (sorted.length - 1);
          const lower = Math.floor(rank);
          const weight = rank - lower;
          const upper = sorted[Math.min(sorted.length - 1, lower + 1)];
          const expected = sorted[lower] * (1 - weight) + upper * weight;
          expect(out[k] === expected || (Number.isNaN(out[k]) && Number.isNaN(expected))).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe('medianDeviationOverTime()', () => {
  it('is the median distance from the median', () => {
    const values = Float64Array.of(10, 12, 11, 500, 9);
    const out = new Float64Array(1);
    medianDeviationOverTime(values, { count: 1, first: Int32Array.of(0), last: Int32Array.of(5) }, work, out);
    expect(out[0]).toBe(1);
  });
});

describe('derivOverTime() and predictOverTime()', () => {
  const times = Float64Array.of(0, 10_000, 20_000, 30_000);
  const one = { count: 1, first: Int32Array.of(0), last: Int32Array.of(4) };
  const out = new Float64Array(1);

  it('follow a line', () => {
    const values = Float64Array.of(5, 25, 45, 65);
    derivOverTime(values, times, one, lineTerms(times, one, null, work), work, out);
    expect(out[0]).toBe(2);
    predictOverTime(
      values,
      times,
      one,
      lineTerms(times, one, Float64Array.of(40_000), work),
      Float64Array.of(10),
      work,
      out,
    );
    expect(out[0]).toBeCloseTo(105, 10);
  });

  it('know constants and infinities', () => {
    derivOverTime(new Float64Array(4).fill(7), times, one, lineTerms(times, one, null, work), work, out);
    expect(out[0]).toBe(0);
    derivOverTime(
      new Float64Array(4).fill(Infinity),
      times,
      one,
      lineTerms(times, one, null, work),
      work,
      out,
    );
    expect(out[0]).toBeNaN();
    predictOverTime(
      new Float64Array(4).fill(7),
      times,
      one,
      lineTerms(times, one, Float64Array.of(0), work),
      Float64Array.of(99),
      work,
      out,
    );
    expect(out[0]).toBe(7);
  });
});

describe('doubleExponentialSmoothing()', () => {
  it('weighs level and trend', () => {
    // Level 1 → trend 1: 0.5·2 + 0.5·(1 + 1) = 2; trend 0.5·1 + 0.5·1 = 1: 0.5·4 + 0.5·(2 + 1) = 3.5
    expect(doubleExponentialSmoothing(Float64Array.of(1, 2, 4), 0, 3, 0.5, 0.5)).toBe(3.5);
  });

  it('follows a line exactly', () => {
    const line = Float64Array.from({ length: 20 }, (_, i) => 3 * i);
    expect(doubleExponentialSmoothing(line, 0, 20, 0.3, 0.6)).toBeCloseTo(57, 10);
  });
});
