// Calendar fields, functions of one number, natural order, numbers as Go reads them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clamp, goMax, goMin, roundTo, unaryFunctions } from '../../../query/math/instant.ts';
import { naturalLess } from '../../../query/math/natural.ts';
import { parseFloatGo } from '../../../query/math/parse.ts';
import { calendarField } from '../../../query/math/time.ts';

describe('calendarField()', () => {
  it('agrees with Date wherever that reaches', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8_640_000_000_000, max: 8_640_000_000_000 }), (seconds) => {
        const date = new Date(seconds * 1000);
        expect(calendarField('year', seconds)).toBe(date.getUTCFullYear());
        expect(calendarField('month', seconds)).toBe(date.getUTCMonth() + 1);
        expect(calendarField('day_of_month', seconds)).toBe(date.getUTCDate());
        expect(calendarField('day_of_week', seconds)).toBe(date.getUTCDay());
        expect(calendarField('hour', seconds)).toBe(date.getUTCHours());
        expect(calendarField('minute', seconds)).toBe(date.getUTCMinutes());
      }),
    );
  });

  it('counts days of years and months', () => {
    const at = (text: string): number => Date.parse(text) / 1000;
    expect(calendarField('day_of_year', at('2024-01-01T00:00:00Z'))).toBe(1);
    expect(calendarField('day_of_year', at('2024-02-29T12:00:00Z'))).toBe(60);
    expect(calendarField('day_of_year', at('2024-03-01T00:00:00Z'))).toBe(61);
    expect(calendarField('day_of_year', at('2023-03-01T00:00:00Z'))).toBe(60);
    expect(calendarField('day_of_year', at('2024-12-31T23:59:59Z'))).toBe(366);
    expect(calendarField('days_in_month', at('2024-02-10T00:00:00Z'))).toBe(29);
    expect(calendarField('days_in_month', at('1900-02-10T00:00:00Z'))).toBe(28);
    expect(calendarField('days_in_month', at('2023-04-30T00:00:00Z'))).toBe(30);
  });

  it('cuts fractions towards zero and wraps what no 64-bit second holds', () => {
    expect(calendarField('year', -0.9)).toBe(1970);
    expect(calendarField('year', NaN)).toBe(292277026596);
    expect(calendarField('month', 1e300)).toBe(12);
  });
});

describe('functions of one number', () => {
  it('round to multiples, halves up', () => {
    expect(roundTo(2.5, 1)).toBe(3);
    expect(roundTo(-2.5, 1)).toBe(-2);
    expect(roundTo(7, 1 / 5)).toBe(5);
    expect(roundTo(1.26, 1 / 0.1)).toBe(1.3);
  });

  it('clamp as Go compares', () => {
    expect(clamp(5, 0, 3)).toBe(3);
    expect(clamp(NaN, 0, 3)).toBeNaN();
    expect(goMax(NaN, Infinity)).toBe(Infinity);
    expect(goMin(NaN, -Infinity)).toBe(-Infinity);
    expect(goMin(NaN, 1)).toBeNaN();
  });

  it('keep the sign of zero and NaN in sgn', () => {
    const { sgn, rad, deg } = unaryFunctions;
    expect([sgn(-3), sgn(8), sgn(NaN)]).toEqual([-1, 1, NaN]);
    expect(sgn(-0)).toBe(-0);
    expect(rad(180)).toBe(Math.PI);
    expect(deg(Math.PI / 2)).toBe(90);
  });
});

describe('naturalLess()', () => {
  it('compares runs of digits as numbers', () => {
    const sorted = ['a1', 'a2', 'a10', 'a10b', 'b'];
    for (let i = 1; i < sorted.length; i++) expect(naturalLess(sorted[i - 1], sorted[i])).toBe(true);
    for (let i = 1; i < sorted.length; i++) expect(naturalLess(sorted[i], sorted[i - 1])).toBe(false);
  });
});

describe('parseFloatGo()', () => {
  it('reads what Go reads', () => {
    expect(parseFloatGo('+Inf')).toBe(Infinity);
    expect(parseFloatGo('.5')).toBe(0.5);
    expect(parseFloatGo('1e-3')).toBe(0.001);
    expect(parseFloatGo('0x1p-2')).toBe(0.25);
    expect(parseFloatGo('nan')).toBeNaN();
  });

  it('refuses the rest', () => {
    for (const text of ['', ' 1', '1 ', 'x', '1e400', '0x1', '+nan', '1_0'])
      expect(parseFloatGo(text)).toBeNull();
  });
});
