import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_NUMBER_BYTES, writeNumber } from '../../query/float-text.ts';
import { formatApiValue } from '../../query/lang/number.ts';

function written(v: number): string {
  const bytes = new Uint8Array(MAX_NUMBER_BYTES + 2);
  const end = writeNumber(v, bytes, 2);
  return Buffer.from(bytes.subarray(2, end)).toString();
}

describe('numbers as bytes', () => {
  it.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [-12.5, '-12.5'],
    [2147483647, '2147483647'],
    [2147483648, '2147483648'],
    [123456789012345.6, '123456789012345.6'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1 / 3, '0.3333333333333333'],
    [1e-6, '0.000001'],
    [9.9e-7, '9.9e-07'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [2 ** 60, '1152921504606847000'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [0.5, '0.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('%s', (v, text) => {
    expect(written(v)).toBe(text);
  });

  it('are what the slow way writes, whatever the number', () => {
    fc.assert(
      fc.property(fc.double(), (v) => written(v) === formatApiValue(v)),
      { numRuns: 20_000 },
    );
  });

  it('are what the slow way writes, for decimals and integers in between', () => {
    const decimal = fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: -12, max: 25 }))
      .map(([digits, scale]) => Number(`${digits}e${-scale}`));
    fc.assert(
      fc.property(decimal, fc.double({ min: 0, max: 1000 }), (a, b) => {
        expect([written(a), written(b)]).toEqual([formatApiValue(a), formatApiValue(b)]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('fit the room they are promised', () => {
    fc.assert(fc.property(fc.double(), (v) => written(v).length <= MAX_NUMBER_BYTES));
  });
});
