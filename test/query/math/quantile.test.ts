// Quantiles of samples and of classic histograms.
import { describe, expect, it } from 'vitest';
import {
  almostEqual,
  type BucketFix,
  bucketFraction,
  bucketQuantile,
  quantile,
} from '../../../query/math/quantile.ts';

describe('quantile()', () => {
  const of = (phi: number, ...values: number[]): number =>
    quantile(phi, Float64Array.from(values), values.length);

  it('interpolates between neighbours', () => {
    expect(of(0.5, 4, 1)).toBe(2.5);
    expect(of(0.25, 1, 2, 3, 4, 5)).toBe(2);
    expect(of(0.9, 5, 3, 1, 2, 4)).toBeCloseTo(4.6, 12);
    expect(of(1, 3, 9, 2)).toBe(9);
    expect(of(0, 3, 9, 2)).toBe(2);
  });

  it('puts NaN before all numbers', () => {
    expect(of(0, 1, NaN, 2)).toBeNaN();
    expect(of(0.5, 7, NaN, 2)).toBe(2);
    expect(of(1, 7, NaN, 2)).toBe(7);
    expect(of(0.25, 7, NaN, 2)).toBeNaN();
  });

  it('has answers outside 0 to 1', () => {
    expect(of(-0.1, 1)).toBe(-Infinity);
    expect(of(1.1, 1)).toBe(Infinity);
    expect(of(NaN, 1)).toBeNaN();
    expect(of(2)).toBeNaN();
  });
});

const fix: BucketFix = { forced: false, minBucket: 0, maxBucket: 0, maxDiff: 0 };

function histogram(...buckets: [number, number][]): [Float64Array, Float64Array, number] {
  return [
    Float64Array.from(buckets, ([bound]) => bound),
    Float64Array.from(buckets, ([, count]) => count),
    buckets.length,
  ];
}

describe('bucketQuantile()', () => {
  it('interpolates in the bucket of the rank', () => {
    expect(bucketQuantile(0.5, ...histogram([1, 10], [2, 20], [4, 40], [Infinity, 40]), fix)).toBe(2);
    expect(bucketQuantile(0.75, ...histogram([1, 10], [2, 20], [4, 40], [Infinity, 40]), fix)).toBe(3);
    expect(bucketQuantile(0.125, ...histogram([1, 10], [2, 20], [4, 40], [Infinity, 40]), fix)).toBe(0.5);
  });

  it('knows the ends', () => {
    expect(bucketQuantile(0.99, ...histogram([1, 1], [Infinity, 10]), fix)).toBe(1);
    expect(bucketQuantile(0.1, ...histogram([-1, 5], [Infinity, 10]), fix)).toBe(-1);
    expect(bucketQuantile(0.5, ...histogram([1, 1], [2, 3]), fix)).toBeNaN();
    expect(bucketQuantile(0.5, ...histogram([Infinity, 3]), fix)).toBeNaN();
    expect(bucketQuantile(0.5, ...histogram([1, 0], [Infinity, 0]), fix)).toBeNaN();
    expect(bucketQuantile(-1, ...histogram([1, 0], [Infinity, 0]), fix)).toBe(-Infinity);
    expect(bucketQuantile(2, ...histogram([1, 0], [Infinity, 0]), fix)).toBe(Infinity);
  });

  it('adds up buckets of one bound', () => {
    expect(bucketQuantile(0.5, ...histogram([1, 1], [1, 1], [2, 4], [Infinity, 4]), fix)).toBe(1);
  });

  it('lifts falling counts and says so', () => {
    expect(bucketQuantile(0.5, ...histogram([1, 4], [2, 1], [3, 8], [Infinity, 6]), fix)).toBe(1);
    expect(fix).toEqual({ forced: true, minBucket: 2, maxBucket: Infinity, maxDiff: 3 });
  });

  it('passes over noise without a word', () => {
    const noisy = histogram([1, 5], [2, 5 - 1e-14], [3, 10], [Infinity, 10]);
    expect(bucketQuantile(0.75, ...noisy, fix)).toBe(2.5);
    expect(fix.forced).toBe(false);
  });
});

describe('bucketFraction()', () => {
  const buckets = (): [Float64Array, Float64Array, number] =>
    histogram([1, 1], [2, 3], [3, 6], [Infinity, 10]);

  it('measures the share between two bounds', () => {
    expect(bucketFraction(0, 1.5, ...buckets())).toBe(0.2);
    expect(bucketFraction(2, 3, ...buckets())).toBeCloseTo(0.3, 12);
    expect(bucketFraction(-Infinity, Infinity, ...buckets())).toBe(1);
    expect(bucketFraction(4, 5, ...buckets())).toBe(0);
    expect(bucketFraction(5, Infinity, ...buckets())).toBeCloseTo(0.4, 12);
  });

  it('has no answer without observations, bounds or an infinite bucket', () => {
    expect(bucketFraction(3, 2, ...buckets())).toBe(0);
    expect(bucketFraction(NaN, 2, ...buckets())).toBeNaN();
    expect(bucketFraction(0, 2, ...histogram([1, 0], [Infinity, 0]))).toBeNaN();
    expect(bucketFraction(0, 2, ...histogram([1, 1], [2, 3]))).toBeNaN();
  });
});

describe('almostEqual()', () => {
  it('compares by the sum of sizes', () => {
    expect(almostEqual(1, 1 + 1e-7, 1e-6)).toBe(true);
    expect(almostEqual(1, 1 + 1e-5, 1e-6)).toBe(false);
    expect(almostEqual(0, 1e-20, 1e-6)).toBe(false);
    expect(almostEqual(NaN, NaN, 1e-6)).toBe(true);
    expect(almostEqual(Infinity, -Infinity, 1e-6)).toBe(false);
  });
});
