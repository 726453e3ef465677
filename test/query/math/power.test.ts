// Powers as Go's math.Pow gives them.
import { describe, expect, it } from 'vitest';
import { power } from '../../../query/math/power.ts';

describe('power()', () => {
  it.each([
    [1.00000005, 1795205006, 9.60241201497993e38],
    [1.1, 1000, 2.469932918005993e41],
    [0.1, 30, 1.000000000000003e-30],
    [1.0001, 1234567.5, 4.110594417862427e53],
    [3, -0.5, 0.5773502691896258],
  ])('rounds %f ^ %f as Go does', (base, exponent, wanted) => expect(power(base, exponent)).toBe(wanted));

  it.each([
    [1, NaN, 1],
    [NaN, 0, 1],
    [-1, Infinity, 1],
    [-1, 1e300, 1],
    [-1, NaN, NaN],
    [-8, 1 / 3, NaN],
    [-2, 3, -8],
    [-2, -3, -0.125],
    [-0, -3, -Infinity],
    [-0, 0.5, 0],
    [-Infinity, 0.5, Infinity],
    [-Infinity, 3, -Infinity],
    [0.9, 1e19, 0],
    [1.1, 1e19, Infinity],
    [0.9, -1e19, Infinity],
  ])('gives %f ^ %f', (base, exponent, wanted) => expect(power(base, exponent)).toBe(wanted));

  it('reaches both ends of the range', () => {
    expect(power(2, 1023)).toBe(2 ** 1023);
    expect(power(2, 1024)).toBe(Infinity);
    expect(power(2, -1074)).toBe(5e-324);
    expect(power(2, -1080)).toBe(0);
    expect(power(5e-324, 3)).toBe(0);
    expect(power(1.7e308, 3)).toBe(Infinity);
    expect(power(10, 308) / 1e308).toBeCloseTo(1, 12);
  });
});
