import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../query/lang/duration.ts';

const DAY = 86_400_000;

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['1ms', 1],
    ['1s', 1000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['1d', DAY],
    ['1d12h', 1.5 * DAY],
    ['1w', 7 * DAY],
    ['8d', 8 * DAY],
    ['1y', 365 * DAY],
    ['366d', 366 * DAY],
    ['1d1ms', DAY + 1],
    ['-1h30m', -5_400_000],
  ])('writes %s', (text, ms) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    ['0', 0],
    ['1y2w3d4h5m6s7ms', 365 * DAY + 14 * DAY + 3 * DAY + 4 * 3_600_000 + 5 * 60_000 + 6007],
    ['100d', 100 * DAY],
    ['90s', 90_000],
    ['292y', 292 * 365 * DAY],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '1', '1x', '1.5h', '-1m', '1m1h', '1m1m', ' 1m', '1 m', '1M', '293y'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_000_000_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
