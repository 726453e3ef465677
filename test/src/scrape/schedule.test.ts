import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignedTime, firstDelay, hashText, nextSlot, toleranceMs } from '../../../src/scrape/schedule.ts';

describe('nextSlot', () => {
  it('is the first time after now on the grid', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 2e12 }),
        fc.integer({ min: 1, max: 86_400_000 }),
        fc.nat(86_400_000),
        (now, interval, seed) => {
          const offset = seed % interval;
          const slot = nextSlot(now, interval, offset);
          expect(slot).toBeGreaterThan(now);
          expect(slot).toBeLessThanOrEqual(now + interval);
          expect(Math.abs((slot - offset) % interval)).toBe(0);
        },
      ),
    );
  });
});

describe('alignedTime', () => {
  it.each([
    [10_000, 10_000, 1000, 10_000],
    [10_002, 10_000, 1000, 10_000],
    [9_998, 10_000, 1000, 10_000],
    [10_003, 10_000, 1000, 10_003],
    [10_001, 10_000, 100, 10_000],
    [10_002, 10_000, 100, 10_002],
  ])('of %d for slot %d every %d ms is %d', (now, slot, interval, time) => {
    expect(alignedTime(now, slot, interval)).toBe(time);
    expect(toleranceMs(interval)).toBeLessThanOrEqual(2);
  });
});

describe('firstDelay', () => {
  it('is below a second for small set-ups, below the interval always, and even', () => {
    const delays = Array.from({ length: 500 }, (_, i) => firstDelay(hashText(`target-${i}`), 15_000, 500));
    expect(Math.max(...delays)).toBeLessThan(1000);
    for (let tenth = 0; tenth < 1000; tenth += 100) {
      expect(delays.filter((delay) => delay >= tenth && delay < tenth + 100).length).toBeGreaterThan(25);
    }
    expect(firstDelay(4_000_000_000, 500, 3)).toBeLessThan(500);
    const many = Array.from({ length: 100 }, (_, i) => firstDelay(hashText(String(i)), 60_000, 10_000));
    expect(Math.max(...many)).toBeGreaterThan(10_000);
    expect(Math.max(...many)).toBeLessThan(20_000);
  });
});
