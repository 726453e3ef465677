import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationText, gridOf, parseDuration } from '../../../web/ui/lib/range.ts';
import { readSpan, shifted, zoomedOut } from '../../../web/ui/lib/range-moves.ts';
import { ageText, axisTimes, clockText, parseTime, rangeName, timeText } from '../../../web/ui/lib/time.ts';

// 2026-11-20 19:00:00 UTC
const at = 1_795_201_200;

describe('durations', () => {
  it('are read in all units, alone and combined', () => {
    expect(parseDuration('90s')).toBe(90);
    expect(parseDuration('1h30m')).toBe(5400);
    expect(parseDuration('2w')).toBe(1_209_600);
    for (const wrong of ['', '0s', '5', 'm', '1h ', '-1h', '1.5h', 'h1', null])
      expect(parseDuration(wrong)).toBeNull();
  });
  it('survive writing and reading', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 * 86_400 }), (seconds) => {
        expect(parseDuration(durationText(seconds))).toBe(seconds);
      }),
    );
  });
  it('have names', () => {
    expect([300, 3600, 7200, 86_400, 5400].map(rangeName)).toEqual([
      '5 minutes',
      '1 hour',
      '2 hours',
      '1 day',
      '1h30m',
    ]);
  });
});

describe('gridOf()', () => {
  it('takes a round step of at most 240 points', () => {
    expect(gridOf({ seconds: 3600, end: null }, at + 7)).toEqual({ start: at - 3600, end: at, step: 15 });
    expect(gridOf({ seconds: 7200, end: at }, 0)).toEqual({ start: at - 7200, end: at, step: 30 });
    expect(gridOf({ seconds: 30 * 86_400, end: at }, 0).step).toBe(10_800);
  });
  it('ends exactly at its end, a whole number of steps after its start', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 800 * 86_400 }),
        fc.integer({ min: 2e9, max: 3e9 }),
        (seconds, now) => {
          const { start, end, step } = gridOf({ seconds, end: null }, now);
          expect((end - start) % step).toBe(0);
          expect((end - start) / step).toBeLessThanOrEqual(240);
          expect(end).toBeGreaterThan(now - 60);
          expect(end).toBeLessThanOrEqual(now);
        },
      ),
    );
  });
});

describe('moves of a range', () => {
  it('go back by half, and forward until now', () => {
    expect(shifted({ seconds: 3600, end: null }, -1, at)).toEqual({ seconds: 3600, end: at - 1800 });
    expect(shifted({ seconds: 3600, end: at - 1800 }, 1, at)).toEqual({ seconds: 3600, end: null });
  });
  it('zoom out around the middle', () => {
    expect(zoomedOut({ seconds: 3600, end: at - 7200 }, at)).toEqual({ seconds: 7200, end: at - 5400 });
    expect(zoomedOut({ seconds: 3600, end: null }, at)).toEqual({ seconds: 7200, end: null });
  });
  it('come from what is typed', () => {
    expect(readSpan('2026-11-20 18:00', '2026-11-20 19:00', true)).toEqual({ seconds: 3600, end: at });
    expect(readSpan('90m', 'now', true)).toEqual({ seconds: 5400, end: null });
    expect(readSpan('2026-11-20 19:00', '2026-11-20 18:00', true)).toBe('From must be earlier than To');
    expect(readSpan('yesterday', 'now', true)).toContain('"yesterday" is no time');
    expect(readSpan('1h', 'soon', true)).toContain('"soon" is no time');
  });
});

describe('times', () => {
  it('are written in ISO order and 24 hours', () => {
    expect(timeText(at, true)).toBe('2026-11-20 19:00:00');
    expect(clockText(at + 0.25, true)).toBe('19:00:00.250');
  });
  it('are read with and without zone', () => {
    expect(parseTime('2026-11-20 19:00', true)).toBe(at);
    expect(parseTime('2026-11-20T19:00:00Z', false)).toBe(at);
    expect(parseTime('2026-11-20 20:00:00+01:00', true)).toBe(at);
    expect(parseTime('2026-11-20', true)).toBe(at - 19 * 3600);
    expect(parseTime('20 Nov', true)).toBeNull();
  });
  it('name the date on an axis where it begins and where it changes', () => {
    expect(axisTimes([at, at + 3600, at + 5 * 3600], 3600, true)).toEqual([
      '19:00\n11-20',
      '20:00',
      '00:00\n11-21',
    ]);
    expect(axisTimes([at, at + 30], 30, true)).toEqual(['19:00:00\n11-20', '19:00:30']);
    expect(axisTimes([at, at + 86_400], 86_400, true)).toEqual(['11-20', '11-21']);
  });
  it('become ages of one unit', () => {
    expect([0, 59, 99, 100, 5999, 6000, 172_800].map(ageText)).toEqual([
      '0 s',
      '59 s',
      '99 s',
      '1 min',
      '99 min',
      '1 h',
      '2 d',
    ]);
  });
});
