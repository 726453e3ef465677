import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  NOT_A_NUMBER,
  normalizeBound,
  OUT_OF_RANGE,
  openMetricsFloat,
  readFloat,
} from '../../../src/scrape/float.ts';

function read(text: string): { value: number; end: number } {
  const cursor = { end: 0 };
  const value = readFloat(Buffer.from(`${text}\n`), 0, cursor);
  return { value, end: cursor.end };
}

describe('readFloat', () => {
  it('reads every finite number as JavaScript writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = Object.is(value, -0) ? '-0' : String(value);
        expect(read(text)).toEqual({ value, end: text.length });
      }),
      { numRuns: 5000 },
    );
  });

  it('reads decimals and exponents of any length as Number does', () => {
    const digits = fc.stringMatching(/^[0-9]{1,25}$/);
    const exponent = fc.option(fc.integer({ min: -330, max: 280 }), { nil: undefined });
    fc.assert(
      fc.property(digits, digits, exponent, (whole, fraction, power) => {
        const text = `${whole}.${fraction}${power === undefined ? '' : `e${power}`}`;
        expect(read(text).value).toBe(Number(text));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['0', 0],
    ['-0', -0],
    ['+1', 1],
    ['.5', 0.5],
    ['5.', 5],
    ['1E5', 1e5],
    ['1e+05', 1e5],
    ['1e-400', 0],
    ['-1.5e3', -1500],
    ['9007199254740993', 9007199254740992],
    ['0.29446700000000003', 0.29446700000000003],
    ['1e23', 1e23],
    ['Inf', Number.POSITIVE_INFINITY],
    ['+inf', Number.POSITIVE_INFINITY],
    ['-INF', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-infinity', Number.NEGATIVE_INFINITY],
    ['NaN', Number.NaN],
    ['nan', Number.NaN],
  ])('reads %s', (text, value) => {
    expect(read(text)).toEqual({ value, end: text.length });
  });

  it.each(['', '-', '+', '.', '-.', 'e5', '1e', '1e+', 'x', '+NaN', '-nan', 'In', '--1', ' 1'])(
    'refuses %j',
    (text) => {
      expect(read(text).end).toBe(NOT_A_NUMBER);
    },
  );

  it.each(['1e309', '-1e400', '9'.repeat(400), '1e99999999999'])('finds %j out of range', (text) => {
    expect(read(text).end).toBe(OUT_OF_RANGE);
  });

  it.each([
    ['0x10', 1],
    ['1_000', 1],
    ['1p3', 1],
    ['1.2.3', 3],
  ])('stops inside %s, which is no number to its end', (text, end) => {
    expect(read(text).end).toBe(end);
  });
});

describe('openMetricsFloat', () => {
  it.each([
    [0, '0.0'],
    [-0, '0.0'],
    [1, '1.0'],
    [-1, '-1.0'],
    [0.5, '0.5'],
    [100000, '100000.0'],
    [1000000, '1e+06'],
    [2500000, '2.5e+06'],
    [123456789, '1.23456789e+08'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [1e100, '1e+100'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('writes %d as %s', (value, text) => {
    expect(openMetricsFloat(value)).toBe(text);
  });
});

describe('normalizeBound', () => {
  it.each([
    ['1', '1.0'],
    ['+Inf', '+Inf'],
    ['Inf', '+Inf'],
    ['0.99', '0.99'],
    ['1e6', '1e+06'],
    ['high', 'high'],
    ['1 ', '1 '],
    ['', ''],
  ])('turns %j into %j', (from, to) => {
    expect(normalizeBound(from)).toBe(to);
  });
});
