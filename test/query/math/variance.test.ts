// Variances: the sliding form against the running mean of each window.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Workspace } from '../../../query/math/accumulators.ts';
import { varianceOf, varianceOverTime } from '../../../query/math/variance.ts';
import { spansOver } from './spans.ts';

const work = new Workspace();
const times = Float64Array.from({ length: 200 }, (_, i) => i * 1000);
const spans = spansOver(times, times, 50_000);

function check(values: Float64Array): void {
  const out = new Float64Array(200);
  varianceOverTime(values, spans, false, work, out);
  for (let k = 0; k < 200; k++) {
    const expected = varianceOf(values, spans.first[k], spans.last[k]);
    if (Number.isFinite(expected) && expected !== 0)
      expect(Math.abs(out[k] / expected - 1)).toBeLessThan(1e-11);
    else expect(out[k]).toBe(expected);
  }
}

describe('varianceOf()', () => {
  it('is the mean square distance from the mean', () => {
    expect(varianceOf(Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9), 0, 8)).toBe(4);
  });

  it('is exactly zero for a constant', () => {
    expect(varianceOf(new Float64Array(50).fill(0.1), 0, 50)).toBe(0);
  });
});

describe('varianceOverTime()', () => {
  it.each([
    ['floats', fc.double({ min: -1e3, max: 1e3, noNaN: true })],
    ['a wide range', fc.double({ min: -1e100, max: 1e100, noNaN: true })],
    ['decimals on a high level', fc.integer({ min: 0, max: 999 }).map((v) => 5e5 + v / 10)],
    ['few values', fc.constantFrom(0.1, 0.1, 0.1, 0.3)],
    ['odd values', fc.constantFrom(1, 2, NaN, Infinity, 1e200, 1e-200)],
    ['tiny values', fc.double({ min: 0, max: 1e-150, noNaN: true })],
  ])('slides over %s', (_, value) => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 200, maxLength: 200 }), (list) =>
        check(Float64Array.from(list)),
      ),
      { numRuns: 25 },
    );
  });

  it('follows the running mean where both are inexact', () => {
    check(Float64Array.from({ length: 200 }, (_, i) => 1.7e9 + (i % 7) * 1e-6));
  });

  it('gives zero for windows of one value, whatever came before', () => {
    const values = Float64Array.from({ length: 200 }, (_, i) => (i < 80 ? i * 1e9 : 0.7));
    const out = new Float64Array(200);
    varianceOverTime(values, spans, true, work, out);
    expect(out[199]).toBe(0);
    expect(out[130]).toBe(0);
    expect(out[100]).toBeGreaterThan(1e9);
  });
});
