import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DamagedError } from '../../storage/errors.ts';
import { decodeTimeline, encodeTimeline, timelineHash } from '../../storage/timeline.ts';
import { anyDamage, damaged } from './codec/columns.ts';

const anyTimes = fc
  .record({
    start: fc.integer({ min: -(2 ** 49), max: 2 ** 49 }),
    steps: fc.array(
      fc.oneof(fc.constant(15000), fc.integer({ min: 14990, max: 15010 }), fc.integer({ min: 1, max: 1e9 })),
      { maxLength: 600 },
    ),
  })
  .map(({ start, steps }) => {
    let time = start;
    return Float64Array.from([start, ...steps.map((step) => (time += step))]);
  });

function regular(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => 1.7e12 + 15000 * i);
}

function decodedTimes(bytes: Uint8Array): Float64Array {
  const times = decodeTimeline(bytes);
  const all = new Float64Array(times.length);
  times.copy(0, times.length, all, 0);
  return all;
}

describe('timelines', () => {
  it('keep every time', () => {
    fc.assert(
      fc.property(anyTimes, (times) => {
        expect(decodedTimes(encodeTimeline(times, times.length))).toEqual(times);
      }),
    );
    expect(decodedTimes(encodeTimeline(new Float64Array(0), 0))).toEqual(new Float64Array(0));
    expect(decodedTimes(encodeTimeline(regular(10), 4))).toEqual(regular(4));
  });

  it('find and copy any stretch without the rest', () => {
    fc.assert(
      fc.property(anyTimes, fc.nat(), fc.nat(), fc.integer({ min: -2, max: 2 }), (times, a, b, off) => {
        const decoded = decodeTimeline(encodeTimeline(times, times.length));
        const from = a % times.length;
        const to = from + (b % (times.length - from + 1));
        const out = new Float64Array(to - from + 1).fill(-1);
        decoded.copy(from, to, out, 1);
        expect(out.subarray(1)).toEqual(times.subarray(from, to));
        expect(out[0]).toBe(-1);
        const timeMs = times[from] + off;
        expect(decoded.lowerBound(timeMs)).toBe(times.filter((time) => time < timeMs).length);
        expect([decoded.first, decoded.last]).toEqual([times[0], times[times.length - 1]]);
        expect([decoded.lowerBound(-Infinity), decoded.lowerBound(Infinity)]).toEqual([0, times.length]);
      }),
    );
  });

  it('are a dozen bytes when regular, two or three more for a time off the beat', () => {
    const times = regular(1920);
    expect(encodeTimeline(times, 1920).length).toBeLessThanOrEqual(14);
    const plain = encodeTimeline(times, 1920).length;
    times[700] += 3;
    expect(encodeTimeline(times, 1920).length).toBeLessThanOrEqual(plain + 8);
    // A pause moves what follows and is one step only.
    for (let i = 900; i < 1920; i++) times[i] += 1e6;
    expect(encodeTimeline(times, 1920).length).toBeLessThanOrEqual(plain + 14);
  });

  it('have equal hashes when equal, others when not', () => {
    const hashes = new Set<number>();
    for (let i = 1; i <= 2000; i++)
      hashes.add(
        timelineHash(
          encodeTimeline(
            regular(2000).map((t) => t + i),
            i,
          ),
        ),
      );
    expect(hashes.size).toBe(2000);
    const hash = timelineHash(encodeTimeline(regular(5), 5));
    expect(timelineHash(encodeTimeline(regular(5), 5))).toBe(hash);
    expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
  });

  it('refuse times that do not ascend or are no whole milliseconds', () => {
    expect(() => encodeTimeline(Float64Array.of(2, 2), 2)).toThrow('does not follow');
    expect(() => encodeTimeline(Float64Array.of(1, 2.5), 2)).toThrow('2.5');
    expect(() => encodeTimeline(Float64Array.of(NaN), 1)).toThrow(RangeError);
  });

  it('refuse damaged bytes or give times in order', () => {
    fc.assert(
      fc.property(anyTimes, anyDamage, (times, damage) => {
        try {
          const decoded = decodedTimes(damaged(encodeTimeline(times, times.length), damage));
          for (let i = 1; i < decoded.length; i++) expect(decoded[i]).toBeGreaterThan(decoded[i - 1]);
        } catch (error) {
          expect(error).toBeInstanceOf(DamagedError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
