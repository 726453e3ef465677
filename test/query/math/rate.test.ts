// rate and its kin against the definition, computed naively window by window.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anchoredSpans,
  countEvents,
  counterRate,
  extendedDelta,
  extrapolation,
  findResets,
  gaugeDelta,
  instantDelta,
} from '../../../query/math/rate.ts';
import { spansOver } from './spans.ts';

/** increase as the manual describes it, one window of (time, value) pairs. */
function naiveIncrease(times: number[], values: number[], endMs: number, rangeMs: number): number | null {
  const n = values.length;
  if (n < 2) return null;
  let result = values[n - 1] - values[0];
  for (let i = 1; i < n; i++) if (values[i] < values[i - 1]) result += values[i - 1];
  const sampled = (times[n - 1] - times[0]) / 1000;
  const mean = sampled / (n - 1);
  let before = (times[0] - (endMs - rangeMs)) / 1000;
  let behind = (endMs - times[n - 1]) / 1000;
  if (before >= mean * 1.1) before = mean / 2;
  if (result > 0 && values[0] >= 0) before = Math.min(before, sampled * (values[0] / result));
  if (behind >= mean * 1.1) behind = mean / 2;
  return result * ((sampled + before + behind) / sampled);
}

const samples = fc.array(
  fc.record({ gap: fc.integer({ min: 1, max: 40 }), value: fc.double({ min: 0, max: 1e6, noNaN: true }) }),
  { maxLength: 80 },
);

describe('counterRate()', () => {
  it('gives the bits of the naive computation, resets included', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 300 }), (list, range) => {
        let now = 0;
        const times = Float64Array.from(list, ({ gap }) => {
          now += gap * 1000;
          return now;
        });
        const values = Float64Array.from(list, ({ value }) => value);
        const ends = Float64Array.from({ length: 30 }, (_, k) => k * 25_000);
        const rangeMs = range * 1000;
        const spans = spansOver(times, ends, rangeMs);
        const resets = new Int32Array(values.length);
        const count = findResets(values, 0, values.length, resets);
        const out = new Float64Array(30);
        counterRate(values, spans, extrapolation(times, spans, ends, rangeMs), 0, resets, count, out);
        for (let k = 0; k < 30; k++) {
          const slice = (a: Float64Array): number[] => [...a.subarray(spans.first[k], spans.last[k])];
          const expected = naiveIncrease(slice(times), slice(values), ends[k], rangeMs);
          expect(out[k]).toBe(expected ?? 0);
        }
      }),
    );
  });

  it('extrapolates to the window but not below zero', () => {
    const times = Float64Array.of(60_000, 120_000, 180_000, 240_000);
    const ends = Float64Array.of(240_000);
    const spans = spansOver(times, ends, 240_000);
    const terms = extrapolation(times, spans, ends, 240_000);
    const out = new Float64Array(1);
    counterRate(Float64Array.of(100, 110, 120, 130), spans, terms, 0, new Int32Array(4), 0, out);
    expect(out[0]).toBe(40);
    counterRate(Float64Array.of(5, 15, 25, 35), spans, terms, 0, new Int32Array(4), 0, out);
    expect(out[0]).toBe(35);
    counterRate(Float64Array.of(100, 110, 120, 130), spans, terms, 240, new Int32Array(4), 0, out);
    expect(out[0]).toBe(30 * (240 / 180 / 240));
  });
});

describe('gaugeDelta()', () => {
  it('does not know resets', () => {
    const times = Float64Array.of(0, 10_000, 20_000);
    const ends = Float64Array.of(20_000);
    const spans = spansOver(times, ends, 20_001);
    const out = new Float64Array(1);
    gaugeDelta(Float64Array.of(9, 1, 5), spans, extrapolation(times, spans, ends, 20_001), out);
    expect(out[0]).toBe(-4 * ((20 + 0.001 + 0) / 20));
  });
});

describe('instantDelta()', () => {
  const times = Float64Array.of(0, 10_000, 15_000);
  const spans = spansOver(times, Float64Array.of(0, 10_000, 15_000), 60_000);

  it('takes the last two samples', () => {
    const out = new Float64Array(3);
    instantDelta(Float64Array.of(1, 4, 14), times, spans, true, out);
    expect([...out]).toEqual([0, 0.3, 2]);
    instantDelta(Float64Array.of(1, 4, 3), times, spans, false, out);
    expect([...out]).toEqual([0, 3, -1]);
  });

  it('starts a counter that fell from zero', () => {
    const out = new Float64Array(3);
    instantDelta(Float64Array.of(1, 4, 3), times, spans, true, out);
    expect([...out]).toEqual([0, 0.3, 0.6]);
  });
});

describe('countEvents()', () => {
  const values = Float64Array.of(1, 1, 2, NaN, NaN, 1, 0);
  const times = Float64Array.from(values, (_, i) => i * 1000);
  const spans = spansOver(times, Float64Array.of(1000, 4000, 6000), 4000);

  it('counts falls and changes, NaN being equal to itself', () => {
    const out = new Float64Array(3);
    countEvents(values, spans, 'changes', new Int32Array(7), out);
    expect([...out]).toEqual([0, 2, 2]);
    countEvents(values, spans, 'resets', new Int32Array(7), out);
    expect([...out]).toEqual([0, 0, 1]);
  });
});

describe('extendedDelta()', () => {
  const times = Float64Array.of(0, 15_000, 30_000, 45_000, 60_000);
  const values = Float64Array.of(1, 2, 3, 4, 5);
  const out = new Float64Array(1);
  const present = new Uint8Array(1);
  const run = (endMs: number, rangeMs: number, edges: 'anchored' | 'smoothed'): number | null => {
    const ends = Float64Array.of(endMs);
    const wide = { count: 1, first: Int32Array.of(0), last: Int32Array.of(5) };
    extendedDelta(values, times, wide, ends, rangeMs, edges, true, 0, out, present);
    return present[0] === 1 ? out[0] : null;
  };

  it('interpolates both edges where smoothed', () => {
    expect(run(50_000, 20_000, 'smoothed')).toBeCloseTo(4 / 3, 12);
    expect(run(15_000, 10_000, 'smoothed')).toBeCloseTo(2 / 3, 12);
  });

  it('takes the sample before the left edge where anchored', () => {
    expect(run(60_000, 20_000, 'anchored')).toBe(2);
  });

  it('has no value where nothing lies inside the range', () => {
    expect(run(90_000, 20_000, 'anchored')).toBeNull();
    expect(run(90_000, 20_000, 'smoothed')).toBeNull();
  });

  it('corrects for resets between the edges once', () => {
    const fallen = Float64Array.of(4, 8, 2, 3, 5);
    const ends = Float64Array.of(60_000);
    const wide = { count: 1, first: Int32Array.of(0), last: Int32Array.of(5) };
    extendedDelta(fallen, times, wide, ends, 60_000, 'anchored', true, 0, out, present);
    expect(out[0]).toBe(5 - 4 + 8);
  });
});

describe('anchoredSpans()', () => {
  it('adds the last sample before the range', () => {
    const times = Float64Array.of(0, 10_000, 20_000, 30_000);
    const wide = { count: 2, first: Int32Array.of(0, 0), last: Int32Array.of(4, 2) };
    const spans = anchoredSpans(times, wide, Float64Array.of(30_000, 30_000), 10_000);
    expect([spans.first[0], spans.last[0]]).toEqual([2, 4]);
    expect(spans.first[1]).toBe(spans.last[1]);
  });
});
