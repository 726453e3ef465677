import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatApiValue,
  formatExponent,
  formatGo,
  formatOpenMetrics,
  formatPlain,
  parseNumber,
  parseSigned,
} from '../../../query/lang/number.ts';

// Value, then its text in the API, always plain, always with exponent, as OpenMetrics label.
const forms: [number, string, string, string, string][] = [
  [0, '0', '0', '0e+00', '0.0'],
  [-0, '-0', '-0', '-0e+00', '-0.0'],
  [1, '1', '1', '1e+00', '1.0'],
  [-12.5, '-12.5', '-12.5', '-1.25e+01', '-12.5'],
  [0.1, '0.1', '0.1', '1e-01', '0.1'],
  [1e-4, '0.0001', '0.0001', '1e-04', '0.0001'],
  [1e-5, '0.00001', '0.00001', '1e-05', '1e-05'],
  [1e-6, '0.000001', '0.000001', '1e-06', '1e-06'],
  [9.99e-7, '9.99e-07', '0.000000999', '9.99e-07', '9.99e-07'],
  [1e-100, '1e-100', `0.${'0'.repeat(99)}1`, '1e-100', '1e-100'],
  [5e-324, '5e-324', `0.${'0'.repeat(323)}5`, '5e-324', '5e-324'],
  [123456789, '123456789', '123456789', '1.23456789e+08', '1.23456789e+08'],
  [1e20, '100000000000000000000', '100000000000000000000', '1e+20', '1e+20'],
  [1e21, '1e+21', '1000000000000000000000', '1e+21', '1e+21'],
  [1.5e300, '1.5e+300', `15${'0'.repeat(299)}`, '1.5e+300', '1.5e+300'],
  [Number.NaN, 'NaN', 'NaN', 'NaN', 'NaN'],
  [Infinity, '+Inf', '+Inf', '+Inf', '+Inf'],
  [-Infinity, '-Inf', '-Inf', '-Inf', '-Inf'],
];

describe('number texts', () => {
  it.each(forms)('%s', (value, api, plain, exponent, openMetrics) => {
    expect(formatApiValue(value)).toBe(api);
    expect(formatPlain(value)).toBe(plain);
    expect(formatExponent(value)).toBe(exponent);
    expect(formatOpenMetrics(value)).toBe(openMetrics);
  });

  it('writes messages as Go prints floats', () => {
    expect([1e-4, 9e-5, 1e6, 1e21, 2.5, 0].map((value) => formatGo(value))).toEqual([
      '0.0001',
      '9e-05',
      '1e+06',
      '1e+21',
      '2.5',
      '0',
    ]);
  });

  it('reads back every text', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        for (const format of [formatApiValue, formatPlain, formatExponent, formatGo, formatOpenMetrics]) {
          expect(Object.is(parseSigned(format(value)), value)).toBe(true);
        }
      }),
    );
  });
});

describe('parseNumber', () => {
  it.each([
    ['1', 1],
    ['1_000', 1000],
    ['1_0.5_0e1_0', 105000000000],
    ['0XaF', 175],
    ['0x_1', 1],
    ['017', 15],
    ['018', 18],
    ['00', 0],
    ['.5', 0.5],
    ['5.', 5],
    ['iNf', Infinity],
    ['Infinity', Infinity],
  ])('%s', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each(['', '.', '_1', '1_', '1__0', '1_.5', '0x', '0x1_', '1e', 'e1', '1 ', '+1', '0b11', '١'])(
    'refuses %j',
    (text) => {
      expect(parseNumber(text)).toBeUndefined();
    },
  );

  it('takes one sign where signs are asked for', () => {
    expect(['-1', '+1', '-Inf', '-0', '--1', '-'].map(parseSigned)).toEqual([
      -1,
      1,
      -Infinity,
      -0,
      undefined,
      undefined,
    ]);
  });
});
